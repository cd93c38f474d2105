/// The pieces a condition is made of, each with its column.
struct ConditionWord: Hashable {
  enum Kind: Hashable {
    case name(String)
    case number(Double)
    /// Between quotes, or the digits after `#`.
    case quoted(String)
    case id(Int)
    /// `<`, `&&`, `(` and the like.
    case sign(String)
    case end
  }

  let kind: Kind
  /// In characters, from 1.
  let column: Int
  /// As it was typed.
  let text: String

  private static let signs = [
    "<=", ">=", "==", "!=", "&&", "||", "<", ">", "!", "(", ")", ",", "=",
  ]

  /// - Throws: `ConditionError` at a character that begins no piece, or a quote that does not end.
  static func all(_ text: String) throws(ConditionError) -> [ConditionWord] {
    let characters = Array(text)
    var words: [ConditionWord] = []
    var place = 0
    while place < characters.count {
      if characters[place].isWhitespace {
        place += 1
        continue
      }
      let (kind, length) = try next(characters[place...], of: text)
      words.append(
        ConditionWord(
          kind: kind, column: place + 1, text: String(characters[place..<place + length])))
      place += length
    }
    return words + [ConditionWord(kind: .end, column: characters.count + 1, text: "")]
  }

  private static func next(
    _ rest: ArraySlice<Character>, of text: String
  ) throws(ConditionError) -> (Kind, Int) {
    let first = rest[rest.startIndex]
    if first == "\"" || first == "'" {
      guard let end = rest.dropFirst().firstIndex(of: first) else {
        throw ConditionError(
          text: text, column: rest.startIndex + 1, problem: "this quote is not closed")
      }
      return (
        .quoted(String(rest[(rest.startIndex + 1)..<end])), end - rest.startIndex + 1
      )
    }
    if first == "#" {
      let digits = rest.dropFirst().prefix { $0.isASCII && $0.isNumber }
      guard let id = Int(String(digits)) else {
        throw ConditionError(
          text: text, column: rest.startIndex + 1, problem: "# goes before a token's id, as in #55")
      }
      return (.id(id), digits.count + 1)
    }
    if first.isLetter || first == "_" {
      let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "-" }
      return (.name(String(name)), name.count)
    }
    if let number = number(rest) { return number }
    for sign in signs where rest.starts(with: Array(sign)) { return (.sign(sign), sign.count) }
    let isNumber = first.isASCII && (first.isNumber || first == ".")
    throw ConditionError(
      text: text, column: rest.startIndex + 1,
      problem: isNumber ? "this is no number that can be had" : "\(first) means nothing here")
  }

  /// `0.5`, `.5`, `-2`, `1e-3`
  private static func number(_ rest: ArraySlice<Character>) -> (Kind, Int)? {
    var length = 0
    var isExponent = false
    for (index, character) in rest.enumerated() {
      let isDigit = character.isASCII && character.isNumber
      let isSign = (character == "-" || character == "+") && (index == 0 || isExponent)
      guard isDigit || character == "." || isSign || (character == "e" && index > 0) else { break }
      isExponent = character == "e"
      length += 1
    }
    guard length > 0, let value = Double(String(rest.prefix(length))), value.isFinite else {
      return nil
    }
    return (.number(value), length)
  }
}
