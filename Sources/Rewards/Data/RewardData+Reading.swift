import Checkpoints
import Tensors

extension RewardData {
  /// Reads a file of rollouts.
  /// - Throws: `CheckpointError` for a file that is none, `RewardDataError` for one that holds something
  ///   else, naming the tensor.
  public init(path: String) throws {
    let file = try SafetensorsFile.open(path)
    func has(_ name: String) -> Bool { file.tensors[name] != nil || file.skipped[name] != nil }
    func refuse(_ tensor: String, _ problem: String) -> RewardDataError {
      RewardDataError(path: path, tensor: tensor, problem: problem)
    }
    var questions: [Question] = []
    var size: [Int]?
    while has("\(questions.count).latent_embeds") {
      let number = questions.count
      func tensor(_ name: String, _ shape: [Int]?) throws -> StoredTensor {
        let full = "\(number).\(name)"
        guard has(full) else { throw refuse(full, "is missing") }
        let tensor = try file.tensor(full)
        if let shape, tensor.shape != shape {
          throw refuse(full, "has the shape \(tensor.shape), not \(shape)")
        }
        return tensor
      }
      let states = try tensor("latent_embeds", size)
      guard states.shape.count == 3, states.shape[0] > 1, states.count > 0 else {
        throw refuse(
          states.name,
          "has the shape \(states.shape), not [rollouts, steps, width] with two rollouts or more")
      }
      size = states.shape
      let labels = try tensor("estimations", Array(states.shape.prefix(2))).floats()
      guard labels.allSatisfy({ (0...1).contains($0) }) else {
        throw refuse("\(number).estimations", "has a number that is no share of 0…1")
      }
      let values = states.floats()
      guard values.allSatisfy(\.isFinite) else {
        throw refuse(states.name, "has a number that is not finite")
      }
      let ids = try file.integers("\(number).input_ids")
      let correct = try file.integers("\(number).corrects")
      guard !ids.isEmpty, ids.allSatisfy({ $0 >= 0 }) else {
        throw refuse("\(number).input_ids", "is empty, or has a number below 0")
      }
      guard correct.count == states.shape[0] else {
        throw refuse(
          "\(number).corrects", "has \(correct.count) numbers for \(states.shape[0]) rollouts")
      }
      questions.append(
        Question(ids: ids, states: values, labels: labels, correct: correct.map { $0 != 0 }))
    }
    guard let size else { throw refuse("0.latent_embeds", "is missing: it holds no rollouts") }
    self.init(questions: questions, rollouts: size[0], steps: size[1], width: size[2])
  }
}

/// What is wrong with a file of rollouts.
public struct RewardDataError: Error, Sendable, CustomStringConvertible {
  public let path: String
  public let tensor: String
  public let problem: String

  public var description: String {
    "\(DisplayText.escape(path)): \(DisplayText.escape(tensor)) \(problem). Give a file that muninn "
      + "reward collect wrote."
  }
}
