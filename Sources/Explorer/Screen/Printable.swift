/// Makes any text safe and predictable to print: nothing in it can move the cursor, reverse the
/// line, or take more columns than we count.
enum Printable {
  /// A character as it will be shown, and the columns it takes (1 or 2).
  static func glyph(of character: Character, unicode: Bool) -> (Character, Int) {
    if let ascii = character.asciiValue, ascii >= 0x20, ascii < 0x7f { return (character, 1) }
    guard let first = character.unicodeScalars.first else { return (" ", 1) }
    if character == "\r\n" { return (unicode ? "␊" : "?", 1) }
    if let picture = controlPicture(first) { return (unicode ? picture : "?", 1) }
    let width = DisplayWidth.of(first)
    guard isShown(first), width > 0 else { return (unicode ? "·" : "?", 1) }
    guard unicode else { return ("?", width) }
    var kept = String.UnicodeScalarView()
    kept.append(first)
    for mark in character.unicodeScalars.dropFirst().prefix(3)
    where isShown(mark) && DisplayWidth.of(mark) == 0 && !isVariationSelector(mark) {
      kept.append(mark)
    }
    let text = String(kept)
    return (text.count == 1 ? text.first ?? " " : Character(first), width)
  }

  /// `text` as one line that is safe outside the screen too.
  static func line(_ text: String) -> String {
    String(text.map { glyph(of: $0, unicode: true).0 })
  }

  /// Columns `text` takes.
  static func width(_ text: String) -> Int {
    if text.utf8.allSatisfy({ $0 >= 0x20 && $0 < 0x7f }) { return text.utf8.count }
    return text.reduce(0) { $0 + glyph(of: $1, unicode: true).1 }
  }

  /// `text` cut to at most `width` columns, ending in `ellipsis` when something was cut.
  static func clip(_ text: String, _ width: Int, ellipsis: String = "…") -> String {
    guard Self.width(text) > width else { return text }
    let room = width - Self.width(ellipsis)
    guard room > 0 else { return width > 0 ? prefix(text, width) : "" }
    return prefix(text, room) + ellipsis
  }

  /// As many whole characters from the left as fit in `width` columns.
  static func prefix(_ text: String, _ width: Int) -> String {
    var used = 0
    var result = ""
    for character in text {
      let columns = glyph(of: character, unicode: true).1
      if used + columns > width { break }
      used += columns
      result.append(character)
    }
    return result
  }

  /// `text` in lines of at most `width` columns, broken between words where possible; at least one
  /// line.
  static func wrapped(_ text: String, _ width: Int) -> [String] {
    var lines: [String] = []
    var line = ""
    for word in text.split(whereSeparator: { $0 == " " || $0 == "\n" }) {
      var word = String(word)
      if !line.isEmpty, Self.width(line) + 1 + Self.width(word) > width {
        lines.append(line)
        line = ""
      }
      while line.isEmpty, Self.width(word) > width {
        let part = prefix(word, max(2, width))
        lines.append(part)
        word = String(word.dropFirst(part.count))
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    if !line.isEmpty || lines.isEmpty { lines.append(line) }
    return lines
  }

  /// `text` with blanks to the right, `width` columns wide; longer text is clipped.
  static func padded(_ text: String, _ width: Int, ellipsis: String = "…") -> String {
    let clipped = clip(text, width, ellipsis: ellipsis)
    return clipped + String(repeating: " ", count: max(0, width - Self.width(clipped)))
  }

  /// `text` with blanks to the left.
  static func leftPadded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - Self.width(text))) + text
  }

  private static func controlPicture(_ scalar: Unicode.Scalar) -> Character? {
    if scalar.value < 0x20 {
      return Unicode.Scalar(0x2400 + scalar.value).map(Character.init)
    }
    return scalar.value == 0x7f ? "␡" : nil
  }

  private static func isVariationSelector(_ scalar: Unicode.Scalar) -> Bool {
    (0xfe00...0xfe0f).contains(scalar.value) || (0xe0100...0xe01ef).contains(scalar.value)
  }

  /// False for what terminals disagree about or must not receive: controls, direction marks,
  /// joiners, private and unassigned code points, halves of flags.
  private static func isShown(_ scalar: Unicode.Scalar) -> Bool {
    if (0x1f1e6...0x1f1ff).contains(scalar.value) { return false }
    switch scalar.properties.generalCategory {
    case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator,
      .paragraphSeparator:
      return false
    default:
      return true
    }
  }
}
