import Engine
import Trajectories

/// What token ids read, where they leave the program.
public struct TokenTexts: Sendable {
  /// The text a token stands for by itself, unescaped.
  public let text: @Sendable (Int) -> String
  /// The bytes of one that stands for no whole letters; nil for all others.
  public let bytes: @Sendable (Int) -> [UInt8]?

  /// - Parameters:
  ///   - text: the text of an id.
  ///   - bytes: the bytes of one that is a part of a letter.
  public init(
    text: @escaping @Sendable (Int) -> String,
    bytes: @escaping @Sendable (Int) -> [UInt8]? = { _ in nil }
  ) {
    (self.text, self.bytes) = (text, bytes)
  }

  /// As a tokenizer has them.
  public init(_ codec: TextCodec) {
    self.init(text: codec.decode, bytes: codec.partialBytes)
  }

  /// Where nothing but printable texts is known, as of a run that is read without its model.
  public init(_ vocabulary: Vocabulary) {
    self.init(text: vocabulary.text)
  }
}
