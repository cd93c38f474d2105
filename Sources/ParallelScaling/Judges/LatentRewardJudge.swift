import LatentModels
import Tensors

/// A latent reward model as a judge of the thoughts that were fed back, or of the states that iterations
/// left.
public struct LatentRewardJudge: StepJudge {
  /// What it was trained to read; published judges read thoughts, and do not say so.
  public enum Steps: String, Sendable {
    case thoughts
    /// Of recurrent depth, or whatever a model's steps are.
    case states
  }

  /// The key of config.json that says what it reads.
  public static let stepsKey = "judged_steps"

  public let name: String
  public let reward: LatentReward
  public let steps: Steps

  /// - Parameter name: what to call it, such as its folder's name.
  public init(_ reward: LatentReward, name: String, steps: Steps = .thoughts) {
    (self.reward, self.name, self.steps) = (reward, name, steps)
  }

  public var explanation: String {
    "a latent reward model's score of every \(steps == .thoughts ? "thought" : "step")"
  }

  public var width: Int { reward.facts.width }

  public func check(_ facts: ModelFacts) throws(JudgeError) {
    guard steps == .states || facts.thoughts != nil else {
      throw .noThoughts(judge: name, family: facts.family)
    }
    let own = reward.facts
    guard own.width == facts.width else { throw .width(judge: own.width, model: facts.width) }
    guard own.vocabularySize >= facts.vocabularySize else {
      throw .vocabulary(judge: own.vocabularySize, model: facts.vocabularySize)
    }
  }

  public func begin(_ ids: [Int], control: StepControl) throws -> any JudgedWays {
    Ways(
      judge: self,
      reading: try JudgeError.reading(by: name) { try reward.begin(ids, control: control) })
  }

  private struct Ways: JudgedWays {
    let judge: LatentRewardJudge
    var reading: LatentReward.Reading

    func selecting(_ ways: [Int]) -> Ways {
      Ways(judge: judge, reading: reading.selecting(ways))
    }

    mutating func next(_ steps: Matrix, control: StepControl) throws -> [Double] {
      try JudgeError.reading(by: judge.name) {
        try judge.reward.read(steps, in: &reading, control: control)
      }
    }
  }
}
