import Tensors

/// A tensor a model needs.
public struct ExpectedTensor: Sendable {
  /// The name in the checkpoint.
  public let name: String
  /// The shapes that will do, usually one.
  public let shapes: [[Int]]
  /// Whether the model also works without it.
  public let isOptional: Bool

  /// Expects one shape.
  public init(_ name: String, _ shape: [Int], optional: Bool = false) {
    self.init(name, shapes: [shape], optional: optional)
  }

  /// Expects one of several shapes.
  public init(_ name: String, shapes: [[Int]], optional: Bool = false) {
    self.name = name
    self.shapes = shapes
    isOptional = optional
  }
}

/// What to do with a tensor the model does not know.
public enum UnexpectedTensor: Sendable, Equatable {
  /// It is a sign that the model is another one: an error.
  case refuse
  /// It does no harm; the reason is a clause such as "a table that is computed here".
  case skip(String)
}

/// The tensors of a model, and what was left aside.
public struct TakenTensors: Sendable {
  /// The expected tensors that are there, by name.
  public let tensors: [String: StoredTensor]
  /// What was left aside, sorted by name, with the reason.
  public let skipped: [Skipped]

  /// One tensor left aside.
  public struct Skipped: Sendable, Equatable {
    /// Its name.
    public let name: String
    /// Why, as a clause.
    public let reason: String
  }
}

extension Checkpoint {
  /// Takes the tensors a model needs and accounts for all others.
  ///
  /// - Parameter unexpected: asked for each tensor that no expectation names.
  /// - Throws: one `CheckpointError` of kind `.mismatch` that lists everything missing, of a wrong
  ///   shape or type, and unexpected.
  public func take(
    _ expected: [ExpectedTensor], unexpected: (String) -> UnexpectedTensor
  ) throws(CheckpointError) -> TakenTensors {
    var taken: [String: StoredTensor] = [:]
    var missing: [String] = []
    var wrong: [String] = []
    for item in expected {
      if let tensor = tensors[item.name] {
        if item.shapes.contains(tensor.shape) {
          taken[item.name] = tensor
        } else {
          let shapes = item.shapes.map { "\($0)" }.joined(separator: " or ")
          wrong.append("\(item.name) is \(tensor.shape), expected \(shapes)")
        }
      } else if let other = skipped[item.name] {
        wrong.append("\(item.name) cannot be used because \(other.reason)")
      } else if !item.isOptional {
        missing.append(item.name)
      }
    }
    let names = Set(expected.map(\.name))
    var refused: [String] = []
    var aside: [TakenTensors.Skipped] = []
    for other in skipped.values where !names.contains(other.name) {
      // A weight is a weight in whatever type; integers and truth values are tables and masks.
      if other.isFloating, unexpected(other.name) == .refuse {
        refused.append("\(other.name) (\(other.type))")
      } else {
        aside.append(TakenTensors.Skipped(name: other.name, reason: other.reason))
      }
    }
    for name in tensors.keys where !names.contains(name) {
      switch unexpected(name) {
      case .refuse: refused.append(name)
      case .skip(let reason): aside.append(TakenTensors.Skipped(name: name, reason: reason))
      }
    }
    let troubles = [
      ("missing", missing), ("wrong", wrong), ("unexpected", refused),
    ].filter { !$0.1.isEmpty }
    guard troubles.isEmpty else {
      let lists = troubles.map { title, names in
        let shown = names.sorted().prefix(20).map { "\n    \($0)" }.joined()
        let rest = names.count > 20 ? "\n    and \(names.count - 20) more" : ""
        return "\n  \(title) (\(names.count)):\(shown)\(rest)"
      }
      throw CheckpointError(
        .mismatch, file: source,
        "The tensors are not those this model needs:" + lists.joined(),
        advice: "\n  Check that config.json and the weights belong together.")
    }
    return TakenTensors(tensors: taken, skipped: aside.sorted { $0.name < $1.name })
  }
}
