import Checkpoints
import LatentModels
import Trajectories

/// A model with its words, as an evaluation needs them.
public struct EvaluationModel: Sendable {
  public let model: any LatentModel
  public let tokenizer: Tokenizer
  /// Tokens that end a text.
  public let stops: Set<Int>
  public let cost: ComputeCost

  public init(
    model: any LatentModel, tokenizer: Tokenizer, stops: Set<Int>, cost: ComputeCost
  ) {
    self.model = model
    self.tokenizer = tokenizer
    self.stops = stops
    self.cost = cost
  }

  /// Token ids of a prompt and of its answer, encoded as one text and cut at the prompt's end.
  func encode(prompt: String, answer: String) throws -> Continuation {
    let ids = try asked {
      try tokenizer.encode(prompt: prompt, answer: answer, addSpecialTokens: true)
    }
    guard !ids.answer.isEmpty else { throw UnaskableProblem("the answer comes to no token") }
    guard !ids.prompt.isEmpty else {
      throw UnaskableProblem("the prompt comes to no token of its own")
    }
    return ids
  }

  /// Token ids of a prompt, begin-of-text included where the model wants one, and asked as models of
  /// continuous thoughts want to be.
  func encode(prompt: String) throws -> [Int] {
    let ids = try asked {
      func encode(_ text: String) throws -> [Int] {
        try tokenizer.encode(text, addSpecialTokens: true)
      }
      return try model.facts.thoughts?.ids(of: prompt, encode) ?? encode(prompt)
    }
    guard !ids.isEmpty else { throw UnaskableProblem("the prompt comes to no token") }
    return ids
  }

  /// A text that is too much work for the tokenizer is the problem's trouble, not the run's.
  private func asked<Ids>(_ encode: () throws -> Ids) throws -> Ids {
    do {
      return try encode()
    } catch let error as CheckpointError {
      throw UnaskableProblem(error.cause)
    }
  }

  /// The text of what stands behind a prompt, decoded as a whole: letters that are spread over
  /// several tokens and blanks that depend on what stands before come out right.
  func text(_ ids: [Int], after prompt: [Int], skipSpecialTokens: Bool = false) -> [UInt8] {
    var stream = tokenizer.stream(after: prompt, skipSpecialTokens: skipSpecialTokens)
    let text = ids.reduce(into: "") { $0 += stream.take($1) } + stream.finish()
    return Array(text.utf8)
  }

  /// The text of the first of these tokens, as many as it takes to have so many bytes.
  func text(_ ids: [Int], after prompt: [Int], upTo bytes: Int) -> String {
    var stream = tokenizer.stream(after: prompt, skipSpecialTokens: false)
    var text = ""
    for id in ids where text.utf8.count < bytes { text += stream.take(id) }
    return text + stream.finish()
  }
}

/// A problem that cannot be asked of this model: it is left out, and the others go on.
struct UnaskableProblem: Error {
  /// The end of a sentence.
  let words: String
  init(_ words: String) { self.words = words }
}
