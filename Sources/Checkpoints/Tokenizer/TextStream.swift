/// The text of tokens that come one by one.
///
/// `take` gives what is certain: a letter whose bytes lie in several tokens comes with the last of
/// them, blanks that a decoder may still strip are held back, and where a vocabulary falls back to
/// bytes a run of byte tokens comes when it is over, for it is text only as a whole. All that `take`
/// gave and `finish` joined is what `Tokenizer.decode` gives for all the tokens at once.
public struct TextStream: Sendable {
  /// The vocabulary string of a token; nil for one that adds nothing.
  private let piece: @Sendable (Int) -> [UInt32]?
  private var stages: [DecoderStage]

  init(_ decoder: Decoder, piece: @escaping @Sendable (Int) -> [UInt32]?) {
    self.piece = piece
    stages = decoder.stages.map(DecoderStage.init)
  }

  /// A stream in which every token has a text of its own, whatever stands beside it.
  public init(spelling: @escaping @Sendable (Int) -> String) {
    piece = { ScalarText.scalars(spelling($0)) }
    stages = []
  }

  /// Takes the next token.
  /// - Returns: the text that has become whole; often empty. An id that is not in the vocabulary
  ///   adds nothing.
  public mutating func take(_ id: Int) -> String {
    guard let piece = piece(id) else { return "" }
    return text(run([DecoderStage.Part(text: piece, isEnd: true)], from: 0))
  }

  /// Ends the text.
  /// - Returns: what was held back; bytes of a letter that never became whole are U+FFFD.
  public mutating func finish() -> String {
    var parts: [DecoderStage.Part] = []
    for index in stages.indices { parts += run(stages[index].finish(), from: index + 1) }
    return text(parts)
  }

  private mutating func run(
    _ parts: [DecoderStage.Part], from first: Int
  ) -> [DecoderStage.Part] {
    var parts = parts
    for index in stages.indices.dropFirst(first) where !parts.isEmpty {
      var next: [DecoderStage.Part] = []
      for part in parts { next += stages[index].take(part) }
      parts = next
    }
    return parts
  }

  private func text(_ parts: [DecoderStage.Part]) -> String {
    parts.reduce(into: "") { text, part in
      for value in part.text { text.unicodeScalars.append(Unicode.Scalar(value) ?? "\u{FFFD}") }
    }
  }
}
