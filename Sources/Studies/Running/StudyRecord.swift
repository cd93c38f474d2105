import Evaluation
import ParallelScaling
import Trajectories

/// What copies of one problem came to, with everything that choices among them and measures of them are
/// made of: whatever a report says is found out of these alone.
public struct StudyRecord: KeptRecord {
  public enum Outcome: Sendable, Equatable {
    /// It could not be asked, and why.
    case leftOut(String)
    /// The run without noise was not finite.
    case diverged
    case answered(Copies)
  }

  public struct Copies: Sendable, Equatable {
    /// The right answer.
    public let key: Rollout.Answer
    /// Of the run without noise.
    public let greedy: Rollout.Answer?
    /// nil of a copy in which none can be read.  // [copies]
    public let answers: [Rollout.Answer?]
    /// Of the scores that need no training, by their place in `StudyWork.pathJudges`; nil where one cannot
    /// say.  // [judges][copies]
    public let pathScores: [[Double?]]
    /// Of the trained judges, rounded to `StudyRecord.parts`; none of a copy that stopped being finite.
    // [judges][copies][steps]
    public let stepScores: [[[Double]]]
    /// At every step; nil where fewer than two copies are finite.  // [steps]
    public let spreads: [Spread?]
    /// What searches came to, in the order of the judges that search.
    public let searched: [Rollout.Answer?]

    /// - Parameters: as the properties say.
    public init(
      key: Rollout.Answer, greedy: Rollout.Answer?, answers: [Rollout.Answer?],
      pathScores: [[Double?]], stepScores: [[[Double]]], spreads: [Spread?],
      searched: [Rollout.Answer?]
    ) {
      (self.key, self.greedy, self.answers) = (key, greedy, answers)
      (self.pathScores, self.stepScores) = (pathScores, stepScores)
      (self.spreads, self.searched) = (spreads, searched)
    }

    /// Of every copy.
    public var isRight: [Bool] { answers.map { $0 == key } }
  }

  /// How far copies are apart at a step, as `CopySpread` has it.
  public struct Spread: Sendable, Equatable {
    public let cosineDistance: Double
    public let drift: Double
    public let dispersion: Double
    /// Of the cloud's variance, in its first direction; nil of copies that are one.
    public let largestShare: Double?

    public init(
      cosineDistance: Double, drift: Double, dispersion: Double, largestShare: Double?
    ) {
      (self.cosineDistance, self.drift) = (cosineDistance, drift)
      (self.dispersion, self.largestShare) = (dispersion, largestShare)
    }

    /// drift / (drift + dispersion); nil of copies that did not move.
    public var driftRatio: Double? {
      drift + dispersion > 0 ? drift / (drift + dispersion) : nil
    }
  }

  /// Scores of steps are kept in so many parts of 1.
  public static let parts = 1e5

  public let number: Int
  public let outcome: Outcome

  public init(number: Int, outcome: Outcome) { (self.number, self.outcome) = (number, outcome) }

  public var leftOut: String? {
    if case .leftOut(let reason) = outcome { reason } else { nil }
  }

  public var divergence: Divergence? { nil }

  /// nil of one without answers.
  public var copies: Copies? {
    if case .answered(let copies) = outcome { copies } else { nil }
  }
}
