import ParallelScaling
import Training

/// What a judge is trained to make small, by the name that commands give it.
public enum RewardObjective: String, Sendable, CaseIterable {
  /// Candidates against each other, labels as they are.
  case contrastive
  /// The same, labels of a step divided by their sum.
  case normalised
  /// The same, the best candidate alone.
  case best
  /// Every score a bet of its own.
  case bce

  var loss: any StepLoss {
    switch self {
    case .contrastive: ContrastiveLoss(labels: .soft)
    case .normalised: ContrastiveLoss(labels: .normalised)
    case .best: ContrastiveLoss(labels: .best)
    case .bce: BinaryLoss()
    }
  }

  /// What makes one score of those of the steps.
  public var reduction: ScoreReduction { self == .bce ? .sumLogSigmoid : .sum }

  /// Whether scores are the logits of chances; of others a number added to all changes nothing.
  var hasAbsoluteScores: Bool { self == .bce }
}
