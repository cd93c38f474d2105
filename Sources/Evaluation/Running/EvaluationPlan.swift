import Checkpoints
import LatentModels
import Tensors
import Trajectories

/// A rule that may stop a run, where it looks, and when it fires.
public struct ExitChoice: Sendable {
  public let rule: ExitRule
  public let scope: ExitRule.Scope
  public let threshold: Float

  public init(_ rule: ExitRule, scope: ExitRule.Scope, threshold: Float? = nil) {
    self.rule = rule
    self.scope = scope
    self.threshold = threshold ?? rule.defaultThreshold
  }
}

/// What is measured of every problem. Results of one plan can be put together; those of two cannot.
public struct EvaluationPlan: Sendable {
  /// Which weights, in which precision.
  public var model: String
  /// Which problems.
  public var problems: String
  public var kind: AnswerKind
  /// Iterations at which answers are read, ascending.
  public var iterations: [Int]
  /// States that every problem is run from. The first is the one whose answers count; the others must
  /// agree with it.
  public var starts: [Start]
  public var exits: [ExitChoice]
  /// Tokens written at most, where a text is written.
  public var tokenLimit: Int

  /// - Parameters:
  ///   - tokenLimit: counts where a text is written.
  ///   - alwaysWrites: whether the model answers in writing also where the answer is known to follow.
  public init(
    model: String, problems: ProblemSet, iterations: [Int], starts: [Start],
    exits: [ExitChoice], tokenLimit: Int = 0, alwaysWrites: Bool = false
  ) {
    precondition(!iterations.isEmpty && !starts.isEmpty)
    self.model = model
    self.problems = problems.fingerprint
    kind = problems.kind
    self.iterations = iterations
    self.starts = starts
    self.exits = exits
    self.tokenLimit = problems.kind == .lastNumber || alwaysWrites ? tokenLimit : 0
  }

  /// Everything that decides about the results.
  public var document: JSONValue {
    .object([
      JSONMember("model", .string(model)), JSONMember("problems", .string(problems)),
      JSONMember("kind", .string(kind.rawValue)),
      JSONMember("r", .array(iterations.map { .integer($0) })),
      JSONMember("starts", .array(starts.map { .string(Self.mark(of: $0)) })),
      JSONMember(
        "exits",
        .array(
          exits.map { .string("\($0.rule.name)=\($0.threshold):\($0.scope.rawValue)") })),
      JSONMember("tokens", .integer(tokenLimit)),
      JSONMember("cache", .string(kind == .lastNumber ? "full" : "")),
    ])
  }

  /// A start's name and, of a drawn state, how it is drawn.
  static func mark(of start: Start) -> String {
    guard case .seeded(_, let form, _) = start else { return start.label }
    return "\(start.label) \(form.truncation.rawValue) \(form.type.rawValue)"
  }

  /// A short mark of the document.
  public var fingerprint: String {
    var hash = Fingerprint()
    hash.add(document.serialized())
    return hash.text
  }

  /// A mark of a model: its name and precision, and a sample of every tensor.
  public static func mark(of plan: ModelPlan, name: String, precision: Precision) -> String {
    "\(name) \(precision.rawValue) \(mark(of: plan.tensors.values))"
  }

  /// A mark of weights: a sample of every tensor.
  static func mark(of tensors: some Sequence<StoredTensor>) -> String {
    var hash = Fingerprint()
    for tensor in tensors.sorted(by: { $0.name < $1.name }) {
      hash.add(tensor.name)
      let step = max(1, tensor.count / 64)
      for index in stride(from: 0, to: tensor.count, by: step) {
        let bits = tensor.floats(in: index..<index + 1)[0].bitPattern
        withUnsafeBytes(of: bits.littleEndian) { hash.add($0) }
      }
    }
    return hash.text
  }
}
