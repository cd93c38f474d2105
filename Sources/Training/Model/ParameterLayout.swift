/// Where each trained tensor lies in one flat vector of float32.
///
/// Weights, gradients, averages and the state of an optimizer are vectors of the same layout.
public struct ParameterLayout: Sendable, Equatable {
  /// One trained tensor.
  public struct Entry: Sendable, Equatable {
    /// As the checkpoint calls it.
    public var name: String
    /// Sizes, outermost first.
    public var shape: [Int]
    /// Index of the first element.
    public var offset: Int
    public var role: Role
    /// Whether files have a matrix the other way round, [inputs, outputs].
    public var isInputsFirstInFiles = false

    public init(name: String, shape: [Int], offset: Int, role: Role) {
      self.name = name
      self.shape = shape
      self.offset = offset
      self.role = role
    }

    /// Number of elements.
    public var count: Int { shape.reduce(1, *) }
  }

  /// What a tensor does, which decides how it is initialised and optimized.
  public enum Role: Sendable, Equatable {
    case embedding
    /// A matrix `[outputs, inputs]` made of `parts` matrices stacked by rows (queries, keys, values; gate,
    /// up), each of which is orthogonalised on its own.
    case matrix(parts: Int)
    /// The same where the parts have unlike numbers of rows (keys and values of fewer heads).
    case stack(rows: [Int])
    /// A gain of a norm.
    case gain
    case bias
  }

  public var entries: [Entry]

  public init(entries: [Entry]) { self.entries = entries }

  /// Lays entries one behind the other.
  init(_ tensors: [(name: String, shape: [Int], role: Role, isInputsFirstInFiles: Bool)]) {
    var offset = 0
    entries = tensors.map { tensor in
      var entry = Entry(
        name: tensor.name, shape: tensor.shape, offset: offset, role: tensor.role)
      entry.isInputsFirstInFiles = tensor.isInputsFirstInFiles
      offset += entry.count
      return entry
    }
  }

  /// Number of floats in all.
  public var count: Int { entries.reduce(0) { $0 + $1.count } }
}
