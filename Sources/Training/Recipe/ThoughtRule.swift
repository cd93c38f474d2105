import Tasks

/// Which part of a worked solution is thought instead of written (the curriculum of COCONUT, arXiv
/// 2412.06769): stage after stage one step more, until the answer follows the thoughts at once.
public struct ThoughtRule: Sendable, Equatable {
  /// k: so many of the first steps are not written; 0 writes the whole solution.
  public var replacedSteps = 0
  /// c: thoughts in place of each of them, also where a solution has fewer.
  public var perStep = 1
  /// Part of the training steps that replace fewer steps instead, any number alike often.
  public var earlierShare = 0.0

  public init() {}

  /// Thoughts of every question.
  public var count: Int { replacedSteps * perStep }

  /// The rule of one training step.
  func drawn(_ random: inout TaskRandom) -> ThoughtRule {
    guard replacedSteps > 0, earlierShare > 0, random.unit() < earlierShare else { return self }
    var rule = self
    rule.replacedSteps = random.below(replacedSteps)
    return rule
  }
}
