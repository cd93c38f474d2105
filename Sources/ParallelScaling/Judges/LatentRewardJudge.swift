import LatentModels
import Tensors

/// A latent reward model as a judge of the thoughts that were fed back.
public struct LatentRewardJudge: StepJudge {
  public let name: String
  public let reward: LatentReward

  /// - Parameter name: what to call it, such as its folder's name.
  public init(_ reward: LatentReward, name: String) { (self.reward, self.name) = (reward, name) }

  public var explanation: String { "a latent reward model's score of every thought" }

  public func check(_ facts: ModelFacts) throws(JudgeError) {
    guard facts.thoughts != nil else { throw .noThoughts(judge: name, family: facts.family) }
    let own = reward.facts
    guard own.width == facts.width else { throw .width(judge: own.width, model: facts.width) }
    guard own.vocabularySize >= facts.vocabularySize else {
      throw .vocabulary(judge: own.vocabularySize, model: facts.vocabularySize)
    }
  }

  public func begin(_ ids: [Int], control: StepControl) throws -> any JudgedWays {
    Ways(judge: self, reading: try saying { try reward.begin(ids, control: control) })
  }

  /// Says whose limits they are.
  private func saying<Result>(_ body: () throws -> Result) throws -> Result {
    do {
      return try body()
    } catch let error as ModelError {
      throw JudgeError.reading(judge: name, error)
    }
  }

  private struct Ways: JudgedWays {
    let judge: LatentRewardJudge
    var reading: LatentReward.Reading

    func selecting(_ ways: [Int]) -> Ways {
      Ways(judge: judge, reading: reading.selecting(ways))
    }

    mutating func next(_ steps: Matrix, control: StepControl) throws -> [Double] {
      try judge.saying { try judge.reward.read(steps, in: &reading, control: control) }
    }
  }
}
