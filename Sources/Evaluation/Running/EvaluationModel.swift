import LatentModels
import Trajectories

/// A model with its words, as an evaluation needs them.
public struct EvaluationModel: Sendable {
  public let model: any LatentModel
  /// Token ids of a prompt, begin-of-text included where the model wants one.
  public let encodePrompt: @Sendable (String) throws -> [Int]
  /// Token ids of an answer, and nothing besides.
  public let encodeAnswer: @Sendable (String) throws -> [Int]
  public let decode: @Sendable (Int) -> String
  /// Tokens that end a text.
  public let stops: Set<Int>
  public let cost: ComputeCost

  public init(
    model: any LatentModel, prompt: TextCodec, answer: TextCodec, stops: Set<Int>,
    cost: ComputeCost
  ) {
    self.model = model
    encodePrompt = prompt.encode
    encodeAnswer = answer.encode
    decode = prompt.decode
    self.stops = stops
    self.cost = cost
  }
}
