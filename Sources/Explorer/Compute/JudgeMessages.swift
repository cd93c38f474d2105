import ParallelScaling

/// Copies, and who is to score them.
public struct JudgeQuestion: Sendable, Hashable {
  public let ensemble: EnsembleQuestion
  /// By name, as `NamedJudge` reads it.
  public let judge: String

  public init(_ ensemble: EnsembleQuestion, judge: String) {
    (self.ensemble, self.judge) = (ensemble, judge)
  }
}

/// What a judge says of some copies.
public struct EnsembleVerdicts: Sendable {
  public let question: JudgeQuestion
  /// Their numbers: all up to the last that was asked for, where a score depends on the others.
  public let range: Range<Int>
  public let verdicts: [Verdict]
  /// Whether the judge scores steps as they come, so that beams can be searched by it.
  public let isOfSteps: Bool

  public init(
    question: JudgeQuestion, range: Range<Int>, verdicts: [Verdict], isOfSteps: Bool
  ) {
    self.question = question
    self.range = range
    self.verdicts = verdicts
    self.isOfSteps = isOfSteps
  }
}

/// What a search by a judge came to.
public struct EnsembleBeam: Sendable {
  /// Beams that are kept at every step, and ways in which each goes on.
  public static let (beams, candidates) = (4, 4)

  public let question: JudgeQuestion
  /// The best beam, with the scores of its steps.
  public let rollout: Rollout

  public init(question: JudgeQuestion, rollout: Rollout) {
    (self.question, self.rollout) = (question, rollout)
  }
}
