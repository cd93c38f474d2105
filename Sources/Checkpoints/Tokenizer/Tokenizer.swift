/// Text to token ids and back, as a checkpoint's `tokenizer.json` describes it.
public struct Tokenizer: Sendable {
  /// Reads a `tokenizer.json`.
  public static func open(_ path: String) throws(CheckpointError) -> Tokenizer {
    try Tokenizer(Checkpoint.document(path), path: path)
  }

  init(_ document: JSONValue, path: String) throws(CheckpointError) {
    throw CheckpointError(.unsupported, file: path, "Tokenizers are not read yet.")
  }

  /// The token ids of a text.
  public func encode(_ text: String, addSpecialTokens: Bool) -> [Int] { [] }
  /// The text of token ids.
  public func decode(_ ids: [Int], skipSpecialTokens: Bool) -> String { "" }
  /// The vocabulary string of a token.
  public func piece(_ id: Int) -> String { "" }
  /// The bytes a token stands for.
  public func bytes(of id: Int) -> [UInt8]? { nil }
  /// Whether a token is special.
  public func isSpecial(_ id: Int) -> Bool { false }
  /// Number of tokens.
  public var vocabularySize: Int { 0 }
  /// The special tokens.
  public var specialTokens: [Int] { [] }
}
