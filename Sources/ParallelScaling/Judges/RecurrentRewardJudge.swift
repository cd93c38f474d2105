import LatentModels
import Tensors

/// A reward model on recurrent depth as a judge of the states that iterations left.
public struct RecurrentRewardJudge: StepJudge {
  public let name: String
  public let reward: RecurrentReward

  /// - Parameter name: what to call it, such as its folder's name.
  public init(_ reward: RecurrentReward, name: String) {
    (self.reward, self.name) = (reward, name)
  }

  public var explanation: String { "a recurrent-depth reward model's score of every step" }

  public var width: Int { reward.facts.width }

  public func check(_ facts: ModelFacts) throws(JudgeError) {
    guard width == facts.width else { throw .width(judge: width, model: facts.width) }
    guard reward.facts.vocabularySize >= facts.vocabularySize else {
      throw .vocabulary(judge: reward.facts.vocabularySize, model: facts.vocabularySize)
    }
  }

  public func begin(_ ids: [Int], control: StepControl) throws -> any JudgedWays {
    Ways(
      judge: self,
      reading: try JudgeError.reading(by: name) { try reward.begin(ids, control: control) })
  }

  private struct Ways: JudgedWays {
    let judge: RecurrentRewardJudge
    var reading: RecurrentReward.Reading

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
