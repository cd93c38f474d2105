import Checkpoints

/// Why a judge cannot be trained.
public enum RewardError: Error, Sendable, Equatable, CustomStringConvertible {
  /// There are not enough prompts to learn from some and measure on others.
  case tooFewQuestions(prompts: Int, validation: Double)
  /// The model that the judge would be a copy of does not fit.
  case backbone(name: String, problem: String)
  /// What is small, and does not fit the data.
  case shape(problem: String)
  /// The loss is no number any more.
  case diverged(epoch: Int)

  public var description: String { DisplayText.escape(text) }

  private var text: String {
    switch self {
    case .tooFewQuestions(let prompts, let validation):
      "\(prompts) different prompts cannot be split into some to learn from and a share of "
        + "\(validation) to measure on. Collect more, or give another --validation."
    case .backbone(let name, let problem):
      "\(name) cannot become a judge of this data: \(problem)."
    case .shape(let problem): "No judge of this shape: \(problem)."
    case .diverged(let epoch):
      "The loss is not a number in epoch \(epoch). Lower --rate; the last checkpoint is from before."
    }
  }
}
