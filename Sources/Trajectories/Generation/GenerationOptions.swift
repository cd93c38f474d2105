import LatentModels
import Tensors

/// How many iterations each token gets.
public enum IterationPolicy: Sendable {
  case fixed(Int)
  /// One number for each generated token, the first for the prompt; past the end, the last.
  case scheduled([Int])
  /// Until a rule says stop, at most so many.
  case adaptive(ExitPolicy, maximum: Int)
}

/// Where the state of every new token starts.
public enum TokenStart: Sendable {
  case zero
  /// Drawn: the prompt from the seed, the token at position p from seed + p.
  case seeded(UInt64, form: TorchGenerator.TruncatedForm, scale: Float)
  /// Row p of a table for the token at position p.
  case table(Matrix)  // [positions, width]
  /// The token's own embedding: looped models start nowhere else.
  case embedded
}

extension TokenStart {
  /// The initial state of new tokens at these positions.
  /// - Throws: `StartTableTooShort`.
  func state(of positions: Range<Int>) throws -> InitialState {
    switch self {
    case .zero: return .zero
    case .embedded: return .embedded
    case .seeded(let seed, let form, let scale):
      return .seeded(seed &+ UInt64(positions.lowerBound), form: form, scale: scale)
    case .table(let table):
      guard positions.upperBound <= table.rows else {
        throw StartTableTooShort(rows: table.rows, position: positions.upperBound - 1)
      }
      return .given(table.rows(positions))
    }
  }
}

/// Continuous compute: whether a token starts from where the one before it ended.
public enum WarmStart: Sendable {
  case none
  /// From ln_f(s), as `generate_minimal` does.
  case normalized
  /// From s, as `generate_with_adaptive_compute` does.
  case raw
}

/// What a generator needs besides a model and a prompt.
public struct GenerationOptions: Sendable {
  public var iterations: IterationPolicy
  public var start: TokenStart
  public var warmStart = WarmStart.none
  public var cache: CacheStrategy
  public var sampling = Sampling()

  public init(iterations: IterationPolicy, start: TokenStart, cache: CacheStrategy) {
    self.iterations = iterations
    self.start = start
    self.cache = cache
  }
}

/// One token that was generated.
public struct GeneratedToken: Sendable {
  public let id: Int
  /// Iterations of the pass that gave it.
  public let iterations: Int
  /// What the exit rule said at each check; nil where undefined, empty without a rule.
  public let exitValues: [Float?]
  /// The logits it was taken from.  // [vocabulary]
  public let logits: [Float]
}
