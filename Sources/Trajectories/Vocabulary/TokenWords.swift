/// Tokens of a vocabulary as they are typed, several with blanks between: `7`, `"7"`, `' 7'` where
/// blanks belong to it, `#55` for an id. A text is that of one token as a person sees it.
public enum TokenWords {
  /// Words that name no token: at which column, and why.
  public struct Failure: Error, Hashable {
    /// In characters, from 1.
    public let column: Int
    /// As a sentence without its point.
    public let problem: String
  }

  /// Looks up every token that is typed, each once.
  /// - Throws: `Failure`.
  public static func ids(_ text: String, in vocabulary: Vocabulary) throws(Failure) -> [Int] {
    var ids: [Int] = []
    for word in try words(text) {
      let id = try id(word, in: vocabulary)
      if !ids.contains(id) { ids.append(id) }
    }
    return ids
  }

  /// What is typed with its last word completed as far as the tokens that begin so agree; nil where
  /// there are none.
  public static func completion(of text: String, in vocabulary: Vocabulary) -> String? {
    guard let last = words(completing: text), !last.text.isEmpty, !last.isID else { return nil }
    let (best, _) = vocabulary.search.matches(last.text, most: 200)
    let texts = best.map { vocabulary.text($0.id) }.filter { $0.hasPrefix(last.text) }
    guard var common = texts.first else { return nil }
    for text in texts.dropFirst() {
      while !text.hasPrefix(common) { common.removeLast() }
    }
    guard texts.count == 1 || common.count > last.text.count else { return nil }
    let quote = texts.count == 1 ? "\"" : ""
    return text.prefix(last.column - 1) + "\"" + common + quote
  }

  /// How a token is written so that it is read again.
  public static func words(for id: Int, in vocabulary: Vocabulary) -> String {
    let text = vocabulary.text(id)
    let isPlain = !text.isEmpty && !text.contains("\"") && vocabulary.search.ids(of: text) == [id]
    return isPlain ? "\"\(text)\"" : "#\(id)"
  }

  // MARK: One by one

  private struct Word {
    let text: String
    let column: Int
    let isID: Bool
    let isQuoted: Bool
  }

  private static func id(_ word: Word, in vocabulary: Vocabulary) throws(Failure) -> Int {
    if word.isID {
      guard let id = Int(word.text), id < vocabulary.count else {
        throw Failure(
          column: word.column, problem: "ids go from #0 to #\(vocabulary.count - 1)")
      }
      return id
    }
    if let id = vocabulary.search.ids(of: word.text).first { return id }
    var problem = "no token reads \"\(word.text)\""
    let pieces = pieces(of: word.text, in: vocabulary)
    if pieces.count > 1 {
      problem = "\"\(word.text)\" is several tokens: " + pieces.joined(separator: " ")
    } else if !word.isQuoted, let id = Int(word.text), id >= 0, id < vocabulary.count {
      problem += "; #\(id) is the token with that id"
    } else if let near = vocabulary.search.matches(word.text, most: 1).best.first {
      problem += "; near is \(words(for: near.id, in: vocabulary))"
    }
    throw Failure(column: word.column, problem: problem)
  }

  /// The longest tokens that a text begins with, one after another; none where it is not made of such.
  private static func pieces(of text: String, in vocabulary: Vocabulary) -> [String] {
    var rest = Array(text.prefix(40))
    guard rest.count == text.count else { return [] }
    var pieces: [String] = []
    while !rest.isEmpty {
      let length = (1...rest.count).reversed().first {
        !vocabulary.search.ids(of: String(rest.prefix($0))).isEmpty
      }
      guard let length else { return [] }
      pieces.append("\"\(String(rest.prefix(length)))\"")
      rest.removeFirst(length)
    }
    return pieces
  }

  // MARK: Words

  private static func words(_ text: String) throws(Failure) -> [Word] {
    let characters = Array(text)
    var words: [Word] = []
    var place = 0
    while place < characters.count {
      if characters[place] == " " {
        place += 1
        continue
      }
      let (word, next) = try word(characters, at: place)
      words.append(word)
      place = next
    }
    return words
  }

  private static func word(
    _ characters: [Character], at start: Int
  ) throws(Failure) -> (Word, next: Int) {
    let first = characters[start]
    if first == "\"" || first == "'", start + 1 < characters.count {
      guard let end = characters[(start + 1)...].firstIndex(of: first) else {
        throw Failure(column: start + 1, problem: "this quote is not closed")
      }
      let text = String(characters[start + 1..<end])
      guard !text.isEmpty else {
        throw Failure(column: start + 1, problem: "between the quotes goes the text of a token")
      }
      return (Word(text: text, column: start + 1, isID: false, isQuoted: true), end + 1)
    }
    let end = characters[start...].firstIndex(of: " ") ?? characters.count
    let text = String(characters[start..<end])
    let digits = text.dropFirst()
    let isID =
      first == "#" && !digits.isEmpty && digits.allSatisfy { $0.isASCII && $0.isNumber }
    return (
      Word(
        text: isID ? String(digits) : text, column: start + 1, isID: isID, isQuoted: false), end
    )
  }

  /// The last word of what is being typed, whose quote may still be open.
  private static func words(completing text: String) -> Word? {
    if let whole = try? words(text) {
      guard let last = whole.last, !text.hasSuffix(" "), !last.isQuoted else { return nil }
      return last
    }
    let quotes = text.enumerated().filter { $0.element == "\"" }
    guard let open = quotes.last, quotes.count % 2 == 1 else { return nil }
    return Word(
      text: String(text.dropFirst(open.offset + 1)), column: open.offset + 1, isID: false,
      isQuoted: true)
  }
}
