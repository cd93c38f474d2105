/// Tokens as they are typed on one line: `0-9`, `+,-`, `' the','an'`, `#57`, `#48-57`.
///
/// Between commas stands one of: two characters with `-` between them, for all characters from one to
/// the other; `#` with an id, or with two; a text in quotes, blanks and commas included; or a text as
/// it is. A text means the token that reads so exactly.
public enum TokenList {
  /// As many as one list may name.
  public static let maximumCount = 512

  /// - Returns: ids in the order in which they were named, each once; never none.
  public static func parse(
    _ text: String, in search: TokenSearch
  ) throws(UnknownTokens) -> [Int] {
    var ids: [Int] = []
    var seen: Set<Int> = []
    for item in try items(text) {
      for id in try self.ids(item, search) where seen.insert(id).inserted { ids.append(id) }
      if ids.count > maximumCount { throw .tooMany }
    }
    return ids
  }

  /// One token.
  public static func one(
    _ text: String, in search: TokenSearch
  ) throws(UnknownTokens) -> Int {
    // A comma alone is one too.
    if let id = search.ids(of: text).first { return id }
    let ids = try parse(text, in: search)
    guard ids.count == 1 else { throw .notOne(ids.count) }
    return ids[0]
  }

  private struct Item {
    var text: String
    var isQuoted: Bool
  }

  private static func items(_ text: String) throws(UnknownTokens) -> [Item] {
    var items: [Item] = []
    var rest = text[...]
    while true {
      rest = rest.drop { $0 == " " }
      if let quote = rest.first, quote == "'" || quote == "\"",
        let end = rest.dropFirst().firstIndex(of: quote)
      {
        items.append(Item(text: String(rest[rest.startIndex..<end].dropFirst()), isQuoted: true))
        rest = rest[rest.index(after: end)...].drop { $0 == " " }
        guard rest.isEmpty || rest.first == "," else { throw .afterQuote(String(rest)) }
      } else if let quote = rest.first, quote == "'" || quote == "\"", rest.count > 1,
        rest.dropFirst().first != ","
      {
        throw .unclosed(String(rest))
      } else {
        var item = String(rest.prefix { $0 != "," })
        rest = rest.dropFirst(item.count)
        while item.last == " " { item.removeLast() }
        guard !item.isEmpty else { throw .empty }
        items.append(Item(text: item, isQuoted: false))
      }
      guard rest.first == "," else { return items }
      rest = rest.dropFirst()
    }
  }

  private static func ids(_ item: Item, _ search: TokenSearch) throws(UnknownTokens) -> [Int] {
    guard !item.isQuoted else { return [try id(item.text, search)] }
    if item.text.hasPrefix("#"), let ids = try numbers(item.text, search) { return ids }
    let characters = Array(item.text)
    guard characters.count == 3, characters[1] == "-",
      let first = characters[0].unicodeScalars.first?.value,
      let last = characters[2].unicodeScalars.first?.value
    else { return [try id(item.text, search)] }
    guard first <= last else { throw .backwards(item.text) }
    guard last - first < maximumCount else { throw .tooMany }
    var ids: [Int] = []
    for value in first...last {
      guard let scalar = Unicode.Scalar(value) else { continue }
      ids.append(try id(String(scalar), search))
    }
    return ids
  }

  /// `#48` and `#48-57`; nil for what is none of these.
  private static func numbers(
    _ text: String, _ search: TokenSearch
  ) throws(UnknownTokens) -> [Int]? {
    let parts = text.dropFirst().split(separator: "-", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { Int($0.first == "#" ? $0.dropFirst() : $0) }
    guard numbers.count == parts.count, (1...2).contains(numbers.count) else { return nil }
    let (first, last) = (numbers[0], numbers[numbers.count - 1])
    for id in numbers where !(0..<search.count).contains(id) { throw .noID(id, search.count) }
    guard first <= last else { throw .backwards(text) }
    guard last - first < maximumCount else { throw .tooMany }
    return Array(first...last)
  }

  private static func id(_ text: String, _ search: TokenSearch) throws(UnknownTokens) -> Int {
    if let id = search.ids(of: text).first { return id }
    let pieces = pieces(of: text, search)
    guard pieces.isEmpty else { throw .several(text, pieces) }
    let near = search.matches(text, most: 1).best.first { $0.kind == .nearlyExact }
    throw .noToken(text, near: near?.id)
  }

  /// The longest tokens that a short text begins with, one after another; none where it is not made of
  /// such.
  private static func pieces(of text: String, _ search: TokenSearch) -> [String] {
    var rest = Array(text.prefix(25))
    guard rest.count < 25 else { return [] }
    var pieces: [String] = []
    while !rest.isEmpty {
      let length = (1...rest.count).last { !search.ids(of: String(rest.prefix($0))).isEmpty }
      guard let length else { return [] }
      pieces.append(String(rest.prefix(length)))
      rest.removeFirst(length)
    }
    return pieces
  }

  /// What is typed with its last text completed as far as the tokens that begin so agree; nil where
  /// there are none.
  public static func completion(of text: String, in vocabulary: Vocabulary) -> String? {
    let last = text.lastIndex(of: ",").map { text.index(after: $0) } ?? text.startIndex
    var start = text[last...].firstIndex { $0 != " " } ?? text.endIndex
    let quote = text[start...].first { $0 == "'" || $0 == "\"" }
    if let quote, text[start...].first == quote { start = text.index(after: start) }
    let typed = String(text[start...])
    guard !typed.isEmpty, !typed.hasPrefix("#"), !typed.contains("\"") else { return nil }
    let texts = vocabulary.search.matches(typed, most: 200).best
      .map { vocabulary.text($0.id) }.filter { $0.hasPrefix(typed) }
    guard var common = texts.first else { return nil }
    for text in texts.dropFirst() {
      while !text.hasPrefix(common) { common.removeLast() }
    }
    return common.count > typed.count ? text[..<start] + common : nil
  }
}

/// What was typed names no tokens.
public enum UnknownTokens: Error, Sendable, Hashable, CustomStringConvertible {
  case empty
  /// No one token reads so, but these after one another.
  case several(String, [String])
  /// No token reads so; `near` does but for case or blanks around it.
  case noToken(String, near: Int?)
  case noID(Int, Int)
  case backwards(String)
  case unclosed(String)
  case afterQuote(String)
  case tooMany
  case notOne(Int)

  public var description: String {
    switch self {
    case .empty: "tokens are named as in 0-9 or +,- or ' the' or #57"
    case .several(let text, let pieces):
      "no token reads '\(text)'; it is several tokens: "
        + pieces.map { "'\($0)'" }.joined(separator: ", ")
    case .noToken(let text, let near):
      "no token reads '\(text)'; "
        + (near.map { "#\($0) nearly does" } ?? "s looks for tokens, #57 is one by its id")
    case .noID(let id, let count): "there is no token #\(id); ids are 0 to \(count - 1)"
    case .backwards(let text): "\(text) goes backwards; the lower end comes first"
    case .unclosed(let text): "\(text) has no closing quote"
    case .afterQuote(let text): "a comma is missing before \(text)"
    case .tooMany: "at most \(TokenList.maximumCount) tokens at once"
    case .notOne(let count): "one token is wanted, these are \(count)"
    }
  }
}
