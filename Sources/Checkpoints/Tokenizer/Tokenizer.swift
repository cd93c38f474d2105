/// Text to token ids and back, exactly as a checkpoint's `tokenizer.json` describes it.
///
/// The stages are those of the file: added tokens, normalizer, pre-tokenizer, model (byte-pair
/// encoding), post-processor, decoder. A stage or option that is not supported makes `open` fail
/// with an error that names it.
public struct Tokenizer: Sendable {
  /// Ids at or above this are refused.
  static let maximumSize = 1 << 24

  private let addedTokens: AddedTokens
  private let normalizer: Normalizer?
  private let preTokenizer: PreTokenizer?
  private let model: BytePairModel
  private let postProcessor: PostProcessor?
  private let decoder: Decoder
  private let pieces: [[UInt32]?]  // [vocabularySize]
  private let special: Set<Int>

  /// Reads a `tokenizer.json`.
  /// - Throws: `CheckpointError` of kind `.missing`, `.inaccessible`, `.damaged` or
  ///   `.unsupported`, naming the file and the part.
  public static func open(_ path: String) throws(CheckpointError) -> Tokenizer {
    try Tokenizer(Checkpoint.document(path), path: path)
  }

  /// Reads a parsed `tokenizer.json`; `path` is for messages.
  public init(_ document: JSONValue, path: String) throws(CheckpointError) {
    let reader = TokenizerReader(path: path)
    guard let modelValue = document["model"] else { throw reader.damaged("it has no 'model'") }
    for name in ["truncation", "padding"] where document.present(name) != nil {
      throw reader.unsupported("'\(name)'")
    }
    model = try BytePairModel(modelValue, reader)
    normalizer = try document.present("normalizer").map { value throws(CheckpointError) in
      try Normalizer.read(value, reader)
    }
    preTokenizer = try document.present("pre_tokenizer").map { value throws(CheckpointError) in
      try PreTokenizer.read(value, reader)
    }
    postProcessor = try document.present("post_processor").map { value throws(CheckpointError) in
      try PostProcessor.read(value, reader)
    }
    decoder =
      try document.present("decoder").map { value throws(CheckpointError) in
        try Decoder(value, reader)
      } ?? .none
    let added = try AddedTokens.read(document, vocabulary: model.vocabulary, reader)
    addedTokens = AddedTokens(added, normalizer: normalizer)
    special = Set(added.filter(\.isSpecial).map(\.id))
    let largest = max(model.vocabulary.values.max() ?? -1, added.map(\.id).max() ?? -1)
    var pieces = [[UInt32]?](repeating: nil, count: largest + 1)
    for (piece, id) in model.vocabulary {
      pieces[id] = ScalarText.scalars(String(decoding: piece, as: UTF8.self))
    }
    for token in added { pieces[token.id] = token.content }
    self.pieces = pieces
  }

  /// One more than the largest id.
  public var vocabularySize: Int { pieces.count }

  /// The ids of the special tokens, ascending.
  public var specialTokens: [Int] { special.sorted() }

  /// The id of the special token with this text.
  public func specialToken(_ content: String) -> Int? {
    let scalars = ScalarText.scalars(content)
    return addedTokens.tokens.first { $0.isSpecial && $0.content == scalars }?.id
  }

  /// Whether a token is special: skipped on request when decoding.
  public func isSpecial(_ id: Int) -> Bool { special.contains(id) }

  /// The token ids of a text.
  ///
  /// With `addSpecialTokens` the post-processor adds what the model expects around a text, usually
  /// a begin-of-text token. Some tokenizers drop characters, so decoding need not return the text.
  public func encode(
    _ text: String, addSpecialTokens: Bool
  ) throws(CheckpointError) -> [Int] {
    let scalars = ScalarText.scalars(text)
    var ids: [Int] = []
    for part in addedTokens.parts(of: scalars, normalized: false) {
      switch part {
      case .token(let id): ids.append(id)
      case .text(let range):
        let raw = Array(scalars[range])
        let text = normalizer?.apply(raw) ?? raw
        encode(normalized: text, isFirst: range.lowerBound == 0, into: &ids)
      }
    }
    return addSpecialTokens ? surrounded(ids) : ids
  }

  /// The ids with what the post-processor sets around them.
  func surrounded(_ ids: [Int]) -> [Int] { postProcessor?.apply(ids) ?? ids }

  /// The token ids of UTF-8 bytes; each maximal invalid part counts as one U+FFFD.
  public func encode(
    utf8 bytes: [UInt8], addSpecialTokens: Bool
  ) throws(CheckpointError) -> [Int] {
    try encode(String(decoding: bytes, as: UTF8.self), addSpecialTokens: addSpecialTokens)
  }

  private func encode(normalized text: [UInt32], isFirst: Bool, into ids: inout [Int]) {
    for part in addedTokens.parts(of: text, normalized: true) {
      switch part {
      case .token(let id): ids.append(id)
      case .text(let range):
        let piece = range.count == text.count ? text : Array(text[range])
        let first = isFirst && range.lowerBound == 0
        for piece in preTokenizer?.apply(piece, isFirst: first) ?? [piece] {
          ids += model.encode(piece)
        }
      }
    }
  }

  /// The text of token ids. Ids outside the vocabulary contribute nothing; bytes that are not valid
  /// UTF-8 become U+FFFD.
  public func decode(_ ids: [Int], skipSpecialTokens: Bool) -> String {
    var stream = stream(skipSpecialTokens: skipSpecialTokens)
    var text = ""
    for id in ids { text += stream.take(id) }
    return text + stream.finish()
  }

  /// The text of tokens that are still to come.
  /// - Parameter context: tokens that stand before them, such as a prompt's: what follows is read as
  ///   their continuation, so that the blank at the start of a word stays.
  public func stream(after context: [Int] = [], skipSpecialTokens: Bool) -> TextStream {
    var stream = TextStream(decoder) { [pieces, special] id in
      guard pieces.indices.contains(id), !(skipSpecialTokens && special.contains(id)) else {
        return nil
      }
      return pieces[id]
    }
    for id in context { _ = stream.take(id) }
    return stream
  }

  /// The vocabulary string of a token, as the file spells it; empty for an id that is not in the
  /// vocabulary.
  public func piece(_ id: Int) -> String { scalars(id).map(ScalarText.string) ?? "" }

  /// The bytes a token contributes in the middle of a text; nil for an id not in the vocabulary.
  /// They need not be valid UTF-8 by themselves.
  public func bytes(of id: Int) -> [UInt8]? {
    scalars(id).map(decoder.bytes)
  }

  private func scalars(_ id: Int) -> [UInt32]? { pieces.indices.contains(id) ? pieces[id] : nil }
}
