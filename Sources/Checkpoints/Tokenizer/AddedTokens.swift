/// The tokens that are matched in the text itself, before anything else.
struct AddedTokens: Sendable {
  /// One of them.
  struct Token: Sendable {
    var id: Int
    /// As the file spells it.
    var content: [UInt32]
    /// As it is found in the text and given back: normalised, if it is to be.
    var spelling: [UInt32]
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
  /// Those matched in the raw text and in the normalised text.
  private let raw: Matcher
  private let normalized: Matcher

  /// Tokens with the automaton that finds them.
  private struct Matcher {
    let tokens: [Token]
    let automaton: LiteralAutomaton

    /// Special tokens come first: of two that read the same once normalised, the last is found.
    init(_ tokens: [Token]) {
      self.tokens = tokens.filter(\.isSpecial) + tokens.filter { !$0.isSpecial }
      automaton = LiteralAutomaton(self.tokens.map(\.spelling))
    }
  }

  init(
    _ tokens: [Token], normalizer: Normalizer?, _ work: inout TokenizerWork
  ) throws(TokenizerWork.Exceeded) {
    var tokens = tokens
    if let normalizer {
      for index in tokens.indices where tokens[index].isNormalized {
        tokens[index].spelling = try normalizer.apply(tokens[index].content, &work)
      }
    }
    self.tokens = tokens
    raw = Matcher(tokens.filter { !$0.isNormalized })
    normalized = Matcher(tokens.filter(\.isNormalized))
  }

  /// Reads `added_tokens`.
  ///
  /// They are numbered as the reference library numbers them: a content that the model's vocabulary
  /// has too keeps the model's id, any other gets the next one free, whatever the file says. Where a
  /// content comes twice, the later entry holds.
  /// - Returns: the tokens, and a remark if the file says other ids.
  static func read(
    _ document: JSONValue, vocabulary: [[UInt8]: Int], _ reader: TokenizerReader
  ) throws(CheckpointError) -> (tokens: [Token], note: String?) {
    var tokens: [Token] = []
    var places: [[UInt32]: Int] = [:]
    var largest = -1
    var note: String?
    for entry in document.present("added_tokens")?.array ?? [] {
      guard let given = entry["id"]?.integer, let content = entry["content"]?.string,
        (0..<Tokenizer.maximumSize).contains(given)
      else { throw reader.damaged("an added token without a sensible id and content") }
      if content.isEmpty { continue }
      let scalars = ScalarText.scalars(content)
      let place = places[scalars]
      let id =
        place.map { tokens[$0].id } ?? vocabulary[Array(content.utf8)]
        ?? max(vocabulary.count, largest + 1)
      largest = max(largest, id)
      if id != given, place == nil, note == nil {
        note =
          "The added token '\(DisplayText.escape(content))' gets the id \(id) where the file says "
          + "\(given): ids of added tokens follow from the vocabulary, as in the reference library."
      }
      let isSpecial = try reader.flag("special", of: entry, default: false)
      let token = Token(
        id: id, content: scalars, spelling: scalars,
        isSpecial: isSpecial || place.map { tokens[$0].isSpecial } ?? false,
        isNormalized: try reader.flag("normalized", of: entry, default: true),
        isSingleWord: try reader.flag("single_word", of: entry, default: false),
        stripsLeft: try reader.flag("lstrip", of: entry, default: false),
        stripsRight: try reader.flag("rstrip", of: entry, default: false))
      if let place {
        tokens[place] = token
      } else {
        places[scalars] = tokens.count
        tokens.append(token)
      }
    }
    return (tokens, note)
  }

  /// Cuts a text at its added tokens: leftmost first, then longest.
  ///
  /// Blanks that a token strips at its right are looked at again: a token of blanks among them is
  /// given too, and text goes on where that one ends.
  func parts(
    of text: [UInt32], normalized isNormalized: Bool, _ work: inout TokenizerWork
  ) throws(TokenizerWork.Exceeded) -> [Part] {
    let matcher = isNormalized ? normalized : raw
    var parts: [Part] = []
    var done = 0
    // Blanks that were looked at: a row of tokens that strip it would look again and again.
    var blanks = 0..<0
    for match in try matcher.automaton.matches(in: text, &work) {
      let token = matcher.tokens[match.pattern]
      var (start, end) = (match.range.lowerBound, match.range.upperBound)
      if token.isSingleWord, isWord(text, start - 1) || isWord(text, end) { continue }
      if token.stripsLeft { while start > done, isSpace(text, start - 1) { start -= 1 } }
      if token.stripsRight {
        if !blanks.contains(end) {
          let first = end
          while isSpace(text, end) { end += 1 }
          blanks = first..<end
        }
        end = max(end, blanks.upperBound)
      }
      if start > done { parts.append(.text(done..<start)) }
      parts.append(.token(token.id))
      done = end
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
