/// A text and what follows it, as token ids.
public struct Continuation: Sendable, Equatable {
  /// Of the text, special tokens included where they were asked for.
  public let prompt: [Int]
  /// Of what follows it, and nothing besides.
  public let answer: [Int]

  public init(prompt: [Int], answer: [Int]) {
    self.prompt = prompt
    self.answer = answer
  }
}

extension Tokenizer {
  /// The ids of an answer where it stands: behind its prompt.
  ///
  /// Both are encoded together and cut where the prompt alone would end, for letters that meet at
  /// the seam may belong to one token, and the blank that some tokenizers set before a text belongs
  /// to the prompt alone. Blanks at the end of the prompt go to the answer, because words are learnt
  /// with the blank before them. This is how the common evaluation harnesses do it.
  ///
  /// The answer is empty if the tokenizer drops all its letters.
  /// - Parameter addSpecialTokens: whether the prompt gets what the model expects around a text.
  public func encode(
    prompt: String, answer: String, addSpecialTokens: Bool
  ) throws(CheckpointError) -> Continuation {
    let scalars = Array(prompt.unicodeScalars)
    var end = scalars.count
    while end > 0, ScalarText.isBlank(scalars[end - 1]) { end -= 1 }
    // A prompt of blanks alone would leave nothing to stand before the answer.
    if end == 0 { end = scalars.count }
    let text = String(String.UnicodeScalarView(scalars[..<end]))
    let rest = String(String.UnicodeScalarView(scalars[end...])) + answer
    let alone = try encode(text, addSpecialTokens: false)
    let whole = try encode(text + rest, addSpecialTokens: false)
    var (before, after) = (alone, Array(whole.dropFirst(alone.count)))
    if after.isEmpty {
      // The answer's letters went into the last token of the prompt: cut before that token.
      let shared = zip(alone, whole).prefix { $0 == $1 }.count
      (before, after) = (Array(whole[..<shared]), Array(whole[shared...]))
    }
    return Continuation(
      prompt: addSpecialTokens ? try surrounded(before) : before, answer: after)
  }
}
