import Tensors

/// A start and how far into it a text is: gives the tokens of one call after another their initial
/// states. A value: a copy goes on from where it was taken.
///
/// It is another thing than the `Start` it goes through: that is said once for a run, while every
/// token of the run has its own stream, behind the draws of all before it.
public struct StartStream: Sendable {
  /// Never the usual one.
  public let start: Start
  private let width: Int
  /// What is drawn from; nil where nothing is.
  private let distribution: StateDistribution?
  private let table: Matrix?  // [positions, width]
  private var generator: TorchGenerator

  /// - Parameter table: what a given start means; row p is of position p.
  /// - Throws: `ModelError` for a start that the model cannot have, and for a table that holds numbers
  ///   that are none; `StartError`.
  public init(_ start: Start, facts: ModelFacts, given table: Matrix? = nil) throws {
    let start = start.resolved(facts.usualStart)
    if facts.hasFixedStart, let asked = start.asked(besides: facts.usualStart) {
      throw ModelError.fixedStart(asked: asked)
    }
    try self.init(start, width: facts.width, from: facts.initialStates, given: table)
  }

  /// - Precondition: the start is not the usual one, which a model alone can tell.
  package init(
    _ start: Start, width: Int, from distribution: StateDistribution?, given table: Matrix? = nil
  ) throws {
    self.start = start
    self.width = width
    var drawn: StateDistribution?
    var seed: UInt64 = 0
    var given: Matrix?
    switch start {
    case .usual: preconditionFailure("a model tells what its usual start is")
    case .zero, .embedded: break
    case .seeded(let torch, _, let scale): (seed, drawn) = (torch, distribution?.spread(scale))
    case .placed: drawn = distribution
    case .given(let label):
      guard let table else { throw StartError.noTable(label: label) }
      if let bad = table.values.firstIndex(where: { !$0.isFinite }) {
        throw ModelError.nonFiniteInitialState(
          row: bad / table.columns, column: bad % table.columns)
      }
      given = table
    }
    if start.isDrawn, drawn == nil { throw StartError.nothingToDrawFrom(start) }
    (self.distribution, self.table) = (drawn, given)
    generator = TorchGenerator(seed: seed)
  }

  /// The initial state of the tokens of the next call, which stand at these positions; nil where it is
  /// what the model embeds them to. What is drawn may be too large for numbers.  // [positions, width]
  /// - Parameter type: what is drawn as torch draws it is drawn as this, not as the seed's form says.
  /// - Throws: `StartError.tableTooShort`, `ModelError.initialStateShape`.
  public mutating func next(
    _ positions: Range<Int>, as type: TorchGenerator.Storage? = nil
  ) throws -> Matrix? {
    switch start {
    case .usual, .embedded: return nil
    case .zero: return Matrix(rows: positions.count, columns: width)
    case .seeded(_, var form, _):
      if let type { form.type = type }
      return distribution.map {
        generator.initialState(tokens: positions.count, width: width, from: $0, form: form)
      }
    case .placed(let seed):
      return distribution.map {
        PlacedStates($0).states(seed: seed, places: positions, width: width)
      }
    case .given: return try rows(positions)
    }
  }

  /// Rows of the table.
  private func rows(_ positions: Range<Int>) throws -> Matrix? {
    guard let table else { return nil }
    let fits = positions.upperBound <= table.rows
    // A prompt is told what it needs; later tokens what they have gone beyond.
    guard table.columns == width, fits || positions.lowerBound > 0 else {
      throw ModelError.initialStateShape(
        found: [table.rows, table.columns], expected: [positions.upperBound, width])
    }
    guard fits else {
      throw StartError.tableTooShort(rows: table.rows, position: positions.upperBound - 1)
    }
    return positions == 0..<table.rows ? table : table.rows(positions)
  }
}

extension Start {
  fileprivate var isDrawn: Bool {
    switch self {
    case .seeded, .placed: true
    case .usual, .embedded, .zero, .given: false
    }
  }

  /// How to say what is asked of a model that has one start alone; nil for that one.
  fileprivate func asked(besides own: Start) -> String? {
    if self == own { return nil }
    return switch self {
    case .usual, .embedded: "embeddings"
    case .zero: "zeros"
    case .seeded(let seed, _, _), .placed(let seed): "a state of seed \(seed)"
    case .given: "a given state"
    }
  }
}

/// Why there is no initial state.
public enum StartError: Error, Sendable, Equatable, CustomStringConvertible {
  /// A run was to start from a table that nobody has at hand.
  case noTable(label: String)
  /// A table has no row for a position that was reached.
  case tableTooShort(rows: Int, position: Int)
  /// The model does not say what its initial states are drawn from.
  case nothingToDrawFrom(Start)

  public var description: String {
    switch self {
    case .noTable(let label): "There is no initial state named \(label)."
    case .tableTooShort(let rows, let position):
      "The table of initial states has \(rows) rows and position \(position) needs one. Generate "
        + "fewer tokens or give a longer table."
    case .nothingToDrawFrom(let start):
      "The model says nothing of how its initial states are drawn, so there is none of "
        + "\(start.label). Start from zeros, or as the model does."
    }
  }
}
