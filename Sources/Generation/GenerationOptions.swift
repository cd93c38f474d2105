import LatentModels
import Tensors
import Trajectories

/// How many iterations each token gets.
public enum IterationPolicy: Sendable {
  case fixed(Int)
  /// One number for each generated token, the first for the prompt; past the end, the last.
  case scheduled([Int])
  /// Until a rule says stop, at most so many.
  case adaptive(ExitPolicy, maximum: Int)
  /// Until something is so of the last token, at most so many.
  case until(Condition, maximum: Int)
  /// Thoughts until the model says this token behind the last of them, at most so many.
  case untilSaid(Int, maximum: Int)
  /// All loops for every token, so that the cache is whole; the exit gate says which are read.
  case gated(GateReadout, loops: Int)
}

/// Which loop of a looped model the next token is read out of.
public enum GateReadout: Sendable, Equatable {
  /// One loop, from 0.
  case loop(Int)
  /// The first at which the chance to have stopped reaches a threshold, else the last.
  case threshold(Float)
  /// All, weighed by the chance to stop there.
  case weighted
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
  public var start: Start
  /// What a given start means: row p is of position p.
  public var givenState: Matrix?  // [positions, width]
  public var warmStart = WarmStart.none
  public var cache: CacheStrategy
  public var sampling = Sampling()

  public init(iterations: IterationPolicy, start: Start, cache: CacheStrategy) {
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
  /// Whether the condition it was to be thought about until was met; nil without one.
  public var isMet: Bool?
  /// Whether it stands there whatever the model would have said: the end of its thoughts.
  public var isForced = false
}
