/// Printable forms of tokens for a terminal.
public enum DisplayText {
  /// The bytes as text that is safe to print: it moves the cursor only by printing.
  ///
  /// Printable text and the space stay as they are. A newline becomes `↵`, tab `⇥`, carriage return
  /// `\r`; other control characters become `\xNN`, as does each byte that is not valid UTF-8.
  /// What shows nothing or changes its neighbours – format characters (zero-width, direction),
  /// combining marks with no letter before them, separators, private and unassigned characters –
  /// becomes `\u{…}`. Variation selectors and joiners are escaped too: terminals disagree on the
  /// width of what they make.
  public static func escape(bytes: [UInt8]) -> String {
    if bytes.allSatisfy({ (0x20..<0x7F).contains($0) }) {
      return String(decoding: bytes, as: UTF8.self)
    }
    var result = ""
    var hasBase = false
    var rest = bytes[...]
    while !rest.isEmpty {
      let (scalar, length) = next(rest)
      if let scalar {
        let shown = shown(scalar, afterBase: hasBase)
        result += shown.text
        hasBase = shown.isBase
      } else {
        for byte in rest.prefix(length) { result += hexadecimal(byte) }
        hasBase = false
      }
      rest = rest.dropFirst(length)
    }
    return result
  }

  /// The same for text.
  public static func escape(_ text: String) -> String { escape(bytes: Array(text.utf8)) }

  /// The first scalar and its length in bytes, or nil and the number of invalid bytes.
  private static func next(_ bytes: ArraySlice<UInt8>) -> (Unicode.Scalar?, Int) {
    var decoder = UTF8()
    var iterator = bytes.makeIterator()
    if case .scalarValue(let scalar) = decoder.decode(&iterator) {
      return (scalar, UTF8.width(scalar))
    }
    // Broken bytes are shown one by one, so it does no harm to look at the next ones again.
    return (nil, 1)
  }

  private static func shown(
    _ scalar: Unicode.Scalar, afterBase: Bool
  ) -> (text: String, isBase: Bool) {
    switch scalar {
    case "\n": return ("↵", false)
    case "\t": return ("⇥", false)
    case "\r": return ("\\r", false)
    case " ": return (" ", false)
    default: break
    }
    switch scalar.properties.generalCategory {
    case .control:
      return (scalar.value < 0x80 ? hexadecimal(UInt8(scalar.value)) : coded(scalar), false)
    case .nonspacingMark, .enclosingMark, .spacingMark:
      let isSelector = scalar.properties.isVariationSelector
      return afterBase && !isSelector ? (String(scalar), true) : (coded(scalar), false)
    case .format, .lineSeparator, .paragraphSeparator, .spaceSeparator, .privateUse, .surrogate,
      .unassigned:
      return (coded(scalar), false)
    default:
      // Hangul fillers and the like are letters that show nothing.
      if scalar.properties.isDefaultIgnorableCodePoint { return (coded(scalar), false) }
      return (String(scalar), true)
    }
  }

  private static func coded(_ scalar: Unicode.Scalar) -> String {
    "\\u{\(String(scalar.value, radix: 16))}"
  }

  private static func hexadecimal(_ byte: UInt8) -> String {
    "\\x\(byte < 16 ? "0" : "")\(String(byte, radix: 16))"
  }
}
