import Checkpoints
import Tensors

extension RewardData {
  /// Reads a file of rollouts.
  /// - Throws: `CheckpointError` for a file that is none, `RewardDataError` for one that holds something
  ///   else, naming the tensor.
  public init(path: String) throws {
    try self.init(SafetensorsFile.open(path))
  }

  /// Reads a file that is open.
  /// - Throws: as above.
  public init(_ file: SafetensorsFile) throws {
    let names = Set(file.tensors.keys).union(file.skipped.keys)
    func refuse(_ tensor: String, _ problem: String) -> RewardDataError {
      RewardDataError(path: file.path, tensor: tensor, problem: problem)
    }
    var questions: [Question] = []
    var size: [Int]?
    while names.contains("\(questions.count).latent_embeds") {
      let number = questions.count
      func named(_ part: String) throws -> String {
        let name = "\(number).\(part)"
        guard names.contains(name) else { throw refuse(name, "is missing") }
        return name
      }
      func floats(_ part: String, _ shape: [Int]?) throws -> StoredTensor {
        let tensor = try file.tensor(named(part))
        if let shape, tensor.shape != shape {
          throw refuse(tensor.name, "has the shape \(tensor.shape), not \(shape)")
        }
        return tensor
      }
      let states = try floats("latent_embeds", size)
      guard states.shape.count == 3, states.shape[0] > 1, states.count > 0 else {
        throw refuse(
          states.name,
          "has the shape \(states.shape), not [rollouts, steps, width] with two rollouts or more")
      }
      size = states.shape
      let labels = try floats("estimations", Array(states.shape.prefix(2)))
      let shares = labels.floats()
      guard shares.allSatisfy({ (0...1).contains($0) }) else {
        throw refuse(labels.name, "has a number that is no share of 0…1")
      }
      let values = states.floats()
      guard values.allSatisfy(\.isFinite) else {
        throw refuse(states.name, "has a number that is not finite")
      }
      let ids = try file.integers(named("input_ids"))
      let correct = try file.integers(named("corrects"))
      guard !ids.isEmpty, ids.allSatisfy({ (0...Int(Int32.max)).contains($0) }) else {
        throw refuse("\(number).input_ids", "is empty, or has a number that is no token")
      }
      guard correct.count == states.shape[0], correct.allSatisfy({ $0 == 0 || $0 == 1 }) else {
        throw refuse(
          "\(number).corrects",
          "has to have one number, 0 or 1, for each of \(states.shape[0]) rollouts")
      }
      questions.append(
        Question(ids: ids, states: values, labels: shares, correct: correct.map { $0 == 1 }))
    }
    guard let size else {
      // A collection may be whole and hold nothing: of every problem all copies were right, or none.
      guard file.metadata[CollectedFile.key] == nil else { throw RewardDataError.empty(file.path) }
      throw refuse("0.latent_embeds", "is missing: it holds no rollouts")
    }
    // A question in the middle that is missing would hide those behind it.
    if let other = names.sorted().first(where: { !Self.isOwn($0, questions.count) }) {
      throw refuse(
        other, "belongs to none of its \(RewardWords.count(questions.count, "question"))")
    }
    self.init(
      questions: questions, rollouts: size[0], steps: size[1], width: size[2],
      vocabulary: Self.vocabulary(of: file))
  }

  /// Tokens that the model knows whose rollouts a file holds; nil where it does not say.
  static func vocabulary(of file: SafetensorsFile) -> Int? {
    file.metadata[CollectedFile.key].flatMap { try? JSONValue(parsing: $0) }?[
      CollectedFile.vocabularyKey]?.integer.flatMap { $0 > 0 ? $0 : nil }
  }

  private static let parts = ["input_ids", "latent_embeds", "estimations", "corrects"]

  /// Whether a tensor is of one of so many questions, or none of what questions are made of.
  private static func isOwn(_ name: String, _ questions: Int) -> Bool {
    let words = name.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard words.count == 2, parts.contains(String(words[1])) else { return true }
    return Int(words[0]).map { (0..<questions).contains($0) } ?? false
  }
}

/// What is wrong with a file of rollouts.
public struct RewardDataError: Error, Sendable, Equatable, CustomStringConvertible {
  public let path: String
  public let tensor: String
  public let problem: String

  public init(path: String, tensor: String, problem: String) {
    (self.path, self.tensor, self.problem) = (path, tensor, problem)
  }

  /// What to do.
  private var advice = "Give a file that muninn reward collect wrote."

  /// A collection in which no question was kept.
  static func empty(_ path: String) -> RewardDataError {
    var error = RewardDataError(
      path: path, tensor: "the collection",
      problem:
        "is whole and has no question: of each all copies were right, none was, or it was left out")
    error.advice =
      "Collect at a level where some copies are right and some are wrong, or with more copies or noise."
    return error
  }

  public var description: String {
    "\(DisplayText.escape(path)): \(DisplayText.escape(tensor)) \(problem). \(advice)"
  }
}
