import LatentModels
import Tensors

/// Where the state of every new token starts.
public enum TokenStart: Sendable {
  case zero
  /// Drawn from one running stream that the seed begins, as torch's CPU generator gives it out: the
  /// state of the whole prompt, then of the tokens of every later call.
  case seeded(UInt64, form: SeedForm, scale: Float)
  /// Row p of a table for the token at position p.
  case table(Matrix)  // [positions, width]
  /// The token's own embedding: looped models start nowhere else.
  case embedded
}

/// Gives the tokens of one call after another their initial states. A value: a copy goes on from
/// where it was taken.
public struct StartStream: Sendable {
  public let start: TokenStart
  private let width: Int
  private let distribution: StateDistribution?
  private var generator: TorchGenerator

  public init(_ start: TokenStart, facts: ModelFacts) {
    self.start = start
    width = facts.width
    if case .seeded(let seed, _, let scale) = start {
      distribution = facts.initialStates?.spread(scale)
      generator = TorchGenerator(seed: seed)
    } else {
      distribution = nil
      generator = TorchGenerator(seed: 0)
    }
  }

  /// The initial state of the tokens of the next call, which stand at these positions.
  /// - Parameter type: what a drawn state is drawn as, if not as the seed's form says.
  /// - Throws: `StartTableTooShort`, `Divergence` when what is drawn is too large for numbers.
  public mutating func next(
    _ positions: Range<Int>, as type: TorchGenerator.Storage? = nil
  ) throws -> InitialState {
    switch start {
    case .zero: return .zero
    case .embedded: return .embedded
    case .seeded(let seed, var form, let scale):
      // The model says why it cannot start there.
      guard let distribution else { return .seeded(seed, form: form, scale: scale) }
      if let type { form.type = type }
      let drawn = generator.initialState(
        tokens: positions.count, width: width, from: distribution, form: form)
      try Divergence.check(states: drawn, firstToken: positions.lowerBound, iteration: 0)
      return .given(drawn)
    case .table(let table):
      guard positions.upperBound <= table.rows else {
        throw StartTableTooShort(rows: table.rows, position: positions.upperBound - 1)
      }
      return .given(table.rows(positions))
    }
  }
}

/// A table of initial states has no row for a position that was reached.
public struct StartTableTooShort: Error, CustomStringConvertible {
  let rows: Int
  let position: Int
  public var description: String {
    "The table of initial states has \(rows) rows and position \(position) needs one. Generate "
      + "fewer tokens or give a longer table."
  }
}
