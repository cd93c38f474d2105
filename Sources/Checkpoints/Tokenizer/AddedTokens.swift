/// The tokens that are matched in the text itself, before anything else.
struct AddedTokens: Sendable {
  /// One of them.
  struct Token: Sendable {
    var id: Int
    var content: [UInt32]
    var isSpecial: Bool
    var isNormalized: Bool
    var isSingleWord: Bool
    var stripsLeft: Bool
    var stripsRight: Bool
  }

  /// A part of the text: a token, or text that remains to be encoded.
  enum Part {
    case token(Int)
    case text(Range<Int>)
  }

  /// All of them, in file order.
  let tokens: [Token]
  /// Those matched in the raw text (false) and in the normalised text (true), by first scalar,
  /// longest first.
  private let raw: [UInt32: [Token]]
  private let normalized: [UInt32: [Token]]

  init(_ tokens: [Token], normalizer: Normalizer?) {
    self.tokens = tokens
    raw = Self.table(tokens.filter { !$0.isNormalized })
    normalized = Self.table(
      tokens.filter(\.isNormalized).map { token in
        var token = token
        token.content = normalizer?.apply(token.content) ?? token.content
        return token
      })
  }

  private static func table(_ tokens: [Token]) -> [UInt32: [Token]] {
    var table: [UInt32: [Token]] = [:]
    for token in tokens {
      if let first = token.content.first { table[first, default: []].append(token) }
    }
    return table.mapValues { list in
      list.enumerated().sorted {
        ($1.element.content.count, $0.offset) < ($0.element.content.count, $1.offset)
      }.map(\.element)
    }
  }

  /// Reads `added_tokens`. A content that the model's vocabulary has too keeps the model's id.
  static func read(
    _ document: JSONValue, vocabulary: [[UInt8]: Int], _ reader: TokenizerReader
  ) throws(CheckpointError) -> [Token] {
    var tokens: [Token] = []
    for entry in document.present("added_tokens")?.array ?? [] {
      guard let id = entry["id"]?.integer, let content = entry["content"]?.string,
        (0..<Tokenizer.maximumSize).contains(id)
      else { throw reader.damaged("an added token without a sensible id and content") }
      if content.isEmpty { continue }
      tokens.append(
        Token(
          id: vocabulary[Array(content.utf8)] ?? id, content: ScalarText.scalars(content),
          isSpecial: try reader.flag("special", of: entry, default: false),
          isNormalized: try reader.flag("normalized", of: entry, default: true),
          isSingleWord: try reader.flag("single_word", of: entry, default: false),
          stripsLeft: try reader.flag("lstrip", of: entry, default: false),
          stripsRight: try reader.flag("rstrip", of: entry, default: false)))
    }
    return tokens
  }

  /// Cuts a text at its added tokens: leftmost first, then longest.
  func parts(of text: [UInt32], normalized isNormalized: Bool) -> [Part] {
    let table = isNormalized ? normalized : raw
    if table.isEmpty { return text.isEmpty ? [] : [.text(0..<text.count)] }
    var parts: [Part] = []
    var done = 0
    var position = 0
    while position < text.count {
      guard
        let token = table[text[position]]?.first(where: {
          text[position...].starts(with: $0.content)
        })
      else {
        position += 1
        continue
      }
      var start = position
      var end = position + token.content.count
      position = end
      if token.isSingleWord, isWord(text, start - 1) || isWord(text, end) { continue }
      if token.stripsLeft { while start > done, isSpace(text, start - 1) { start -= 1 } }
      if token.stripsRight { while isSpace(text, end) { end += 1 } }
      if start > done { parts.append(.text(done..<start)) }
      parts.append(.token(token.id))
      done = end
      position = max(position, end)
    }
    if done < text.count { parts.append(.text(done..<text.count)) }
    return parts
  }

  /// Whether a scalar belongs to a word; the zero-width joiners do here.
  private func isWord(_ text: [UInt32], _ index: Int) -> Bool {
    text.indices.contains(index)
      && (ScalarClass.of(text[index]) & ScalarClass.word != 0
        || (0x200C...0x200D).contains(text[index]))
  }

  private func isSpace(_ text: [UInt32], _ index: Int) -> Bool {
    text.indices.contains(index) && ScalarClass.of(text[index]) & ScalarClass.space != 0
  }
}
