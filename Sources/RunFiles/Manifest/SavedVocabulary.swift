import Checkpoints
import Engine
import Trajectories

/// Texts of the tokens that occur in a file.
struct SavedVocabulary: Codable, Sendable {
  var count: Int
  /// As a person sees them, by token id.
  var texts: [String: String]
  /// What they stand for by themselves, where that is another text.
  var plain: [String: String]?
  /// The bytes of those that stand for no whole letters.
  var bytes: [String: [UInt8]]?
  /// Those that no person typed.
  var special: [Int]

  init() { (count, texts, special) = (0, [:], []) }

  /// Of some tokens.
  /// - Parameter codec: knows the words; nil where nobody does.
  init(_ ids: Set<Int>, of vocabulary: Vocabulary, _ codec: TextCodec?) {
    self.init()
    count = vocabulary.count
    var (plain, bytes): ([String: String], [String: [UInt8]]) = ([:], [:])
    for id in ids.sorted() {
      let token = vocabulary.token(id)
      texts["\(id)"] = token.text
      if token.isSpecial { special.append(id) }
      guard let codec else { continue }
      let text = codec.decode(id)
      if text != token.text { plain["\(id)"] = text }
      bytes["\(id)"] = codec.partialBytes(id)
    }
    if !plain.isEmpty { self.plain = plain }
    if !bytes.isEmpty { self.bytes = bytes }
  }

  var vocabulary: Vocabulary {
    let texts = byID(texts)
    let special = Set(special)
    // What a file says is printed, whoever wrote it.
    return Vocabulary(count: max(1, count)) {
      Token(
        id: $0, text: texts[$0].map { DisplayText.escape($0) } ?? "#\($0)",
        isSpecial: special.contains($0))
    }
  }

  /// The same for records; it turns no text into tokens.
  var codec: TextCodec {
    let texts = byID(texts).merging(byID(plain ?? [:])) { $1 }
    let bytes = byID(bytes ?? [:])
    let vocabulary = vocabulary
    let decode: @Sendable (Int) -> String = { texts[$0] ?? "#\($0)" }
    let none = TextCodec.idsOnly(problem: "A run file has no tokenizer.")
    return TextCodec(
      encode: none.encode, encodeAnswer: none.encodeAnswer,
      token: vocabulary.token, decode: decode, stream: { _ in TextStream(spelling: decode) },
      bytes: { bytes[$0] })
  }

  private func byID<Value>(_ table: [String: Value]) -> [Int: Value] {
    Dictionary(
      table.compactMap { id, value in Int(id).map { ($0, value) } },
      uniquingKeysWith: { first, _ in first })
  }
}
