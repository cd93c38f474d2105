/// Text to token ids and back, exactly as a checkpoint's `tokenizer.json` describes it.
///
/// The stages are those of the file: added tokens, normalizer, pre-tokenizer, model (byte-pair
/// encoding), post-processor, decoder. A stage or option that is not supported makes `open` fail
/// with an error that names it.
public struct Tokenizer: Sendable {
  /// Ids at or above this are refused.
  static let maximumSize = 1 << 24

  /// What the file says and is not done, a whole sentence each.
  public let notes: [String]

  private let path: String
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
    self.path = path
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
    let (added, note) = try AddedTokens.read(document, vocabulary: model.vocabulary, reader)
    let left = ["truncation", "padding"].filter { document.present($0) != nil }.map {
      "The tokenizer's '\($0)' is left aside: texts are encoded whole, with nothing added to them."
    }
    notes = left + (note.map { [$0] } ?? [])
    // The text of the added tokens is normalised like any other text.
    var work = TokenizerWork(bytes: added.reduce(0) { $0 + $1.content.count })
    do throws(TokenizerWork.Exceeded) {
      addedTokens = try AddedTokens(added, normalizer: normalizer, &work)
    } catch {
      throw work.error(error, file: path)
    }
    special = Set(added.filter(\.isSpecial).map(\.id))
    let largest = max(model.vocabulary.values.max() ?? -1, added.map(\.id).max() ?? -1)
    var pieces = [[UInt32]?](repeating: nil, count: largest + 1)
    for (piece, id) in model.vocabulary {
      pieces[id] = ScalarText.scalars(String(decoding: piece, as: UTF8.self))
    }
    for token in addedTokens.tokens { pieces[token.id] = token.spelling }
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
  /// - Throws: `CheckpointError` of kind `.unsupported` if the tokenizer is made so that it needs
  ///   more work, or makes more text, than any sound one.
  public func encode(
    _ text: String, addSpecialTokens: Bool
  ) throws(CheckpointError) -> [Int] {
    var work = TokenizerWork(bytes: text.utf8.count)
    return try encode(text, addSpecialTokens: addSpecialTokens, &work)
  }

  /// The same, with the work it takes.
  func encode(
    _ text: String, addSpecialTokens: Bool, _ work: inout TokenizerWork
  ) throws(CheckpointError) -> [Int] {
    do throws(TokenizerWork.Exceeded) {
      let ids = try encode(raw: ScalarText.scalars(text), &work)
      return addSpecialTokens ? try postProcessor?.apply(ids, &work) ?? ids : ids
    } catch {
      throw work.error(error, file: path)
    }
  }

  /// The ids with what the post-processor sets around them.
  func surrounded(_ ids: [Int]) throws(CheckpointError) -> [Int] {
    var work = TokenizerWork(bytes: ids.count)
    do throws(TokenizerWork.Exceeded) {
      return try postProcessor?.apply(ids, &work) ?? ids
    } catch {
      throw work.error(error, file: path)
    }
  }

  private func encode(
    raw scalars: [UInt32], _ work: inout TokenizerWork
  ) throws(TokenizerWork.Exceeded) -> [Int] {
    var ids: [Int] = []
    for part in try addedTokens.parts(of: scalars, normalized: false, &work) {
      switch part {
      case .token(let id): ids.append(id)
      case .text(let range):
        let raw = Array(scalars[range])
        let text = try normalizer?.apply(raw, &work) ?? raw
        try encode(normalized: text, isFirst: range.lowerBound == 0, &work, into: &ids)
      }
    }
    return ids
  }

  /// The token ids of UTF-8 bytes; each maximal invalid part counts as one U+FFFD.
  public func encode(
    utf8 bytes: [UInt8], addSpecialTokens: Bool
  ) throws(CheckpointError) -> [Int] {
    try encode(String(decoding: bytes, as: UTF8.self), addSpecialTokens: addSpecialTokens)
  }

  private func encode(
    normalized text: [UInt32], isFirst: Bool, _ work: inout TokenizerWork, into ids: inout [Int]
  ) throws(TokenizerWork.Exceeded) {
    for part in try addedTokens.parts(of: text, normalized: true, &work) {
      switch part {
      case .token(let id): ids.append(id)
      case .text(let range):
        let piece = range.count == text.count ? text : Array(text[range])
        let first = isFirst && range.lowerBound == 0
        let pieces = try preTokenizer?.apply(piece, isFirst: first, &work) ?? [piece]
        for piece in pieces { ids += try model.encode(piece, &work) }
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
