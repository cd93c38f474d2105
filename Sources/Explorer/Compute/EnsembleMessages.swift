import ParallelScaling
import Trajectories

/// Many copies of a prompt: of which, made different how, and how far they go. Copy n of it is the same
/// whatever is asked for beside it.
public struct EnsembleQuestion: Sendable, Hashable {
  /// What makes copies different.
  public enum Way: Sendable, Hashable {
    /// A perturbation by its name in `PerturbationKind.all`.
    case perturbed(String, Float, isHeld: Bool)
    /// Copy n starts from the n-th seed after that of the prompt.
    case starts
  }

  /// The prompt, and where its run starts.
  public let cause: PromptCause
  public var way: Way
  /// Of all that is drawn but starts.
  public var seed: UInt64
  public let iterations: Int
  /// Whether copies of a model that ends its thoughts itself have as many as each wants, at most those.
  public let endsItself: Bool

  /// The first iteration whose states are worth a place in the plane: s₀ is one and the same for all copies,
  /// and far from all that follows, but where it is what makes them different.
  public var firstShown: Int { way == .starts ? 0 : 1 }

  public init(cause: PromptCause, way: Way, seed: UInt64, iterations: Int, endsItself: Bool = false)
  {
    self.cause = cause
    self.way = way
    self.seed = seed
    self.iterations = iterations
    self.endsItself = endsItself
  }
}

/// One copy, as far as the screen shows it.
public struct EnsembleCopy: Sendable {
  public internal(set) var rollout: Rollout
  /// The likeliest token behind the prompt at every iteration, from s₀ on; nil where it is not finite.
  public let said: [Int?]
  /// Where the states of the prompt's last token lie on the common basis.  // [iterations + 1][2]
  public let points: [[Float]]

  public init(rollout: Rollout, said: [Int?], points: [[Float]]) {
    self.rollout = rollout
    self.said = said
    self.points = points
  }
}

/// Some copies that came, beside the run without noise.
public struct EnsembleChunk: Sendable {
  public let question: EnsembleQuestion
  /// Their numbers.
  public let range: Range<Int>
  public let copies: [EnsembleCopy]
  public let plain: EnsembleCopy
  /// Share of the variance along both components of the states they were fitted to.  // [2]
  public let explainedVarianceRatio: [Float]
  /// Of all copies so far, from s₀ on.  // [iterations + 1]
  public let spread: [RunningSpread.Moment?]
  /// Of the first copies so far, from s₀ on: nil where one is not finite.  // [iterations + 1]
  public let pairs: [CopySpread?]
  /// How many copies `pairs` are of.
  public let pairedCopies: Int
  /// The size of what is added beside the size of what is there; nil for what adds nothing.
  public let level: Float?

  public init(
    question: EnsembleQuestion, range: Range<Int>, copies: [EnsembleCopy], plain: EnsembleCopy,
    explainedVarianceRatio: [Float], spread: [RunningSpread.Moment?], pairs: [CopySpread?],
    pairedCopies: Int, level: Float?
  ) {
    self.question = question
    self.range = range
    self.copies = copies
    self.plain = plain
    self.explainedVarianceRatio = explainedVarianceRatio
    self.spread = spread
    self.pairs = pairs
    self.pairedCopies = pairedCopies
    self.level = level
  }
}
