extension JSONValue {
  /// The document as text on one line. Numbers keep full precision; a number that is not finite,
  /// which JSON cannot hold, becomes null.
  public func serialized() -> String {
    var text = ""
    write(into: &text) { _ in "null" }
    return text
  }

  /// The value for a message: numbers that are not finite as Python writes them, what is long cut.
  public var shown: String {
    var text = ""
    write(into: &text) { $0.isNaN ? "NaN" : $0 < 0 ? "-Infinity" : "Infinity" }
    return text.count > 80 ? text.prefix(80) + "…" : text
  }

  /// - Parameter literal: stands for a number that is not finite.
  private func write(into text: inout String, literal: (Double) -> String) {
    switch self {
    case .null: text += "null"
    case .bool(let value): text += value ? "true" : "false"
    case .integer(let value): text += String(value)
    case .number(let value): text += value.isFinite ? "\(value)" : literal(value)
    case .string(let value): text += Self.quoted(value)
    case .array(let elements):
      text += "["
      for (index, element) in elements.enumerated() {
        if index > 0 { text += "," }
        element.write(into: &text, literal: literal)
      }
      text += "]"
    case .object(let members):
      text += "{"
      for (index, member) in members.enumerated() {
        if index > 0 { text += "," }
        text += Self.quoted(member.name) + ":"
        member.value.write(into: &text, literal: literal)
      }
      text += "}"
    }
  }

  /// A string as a JSON literal, with its quotes. What would speak to a terminal is escaped:
  /// controls of both sets, and the marks that turn the direction of a line.
  public static func quoted(_ string: String) -> String {
    var text = "\""
    for scalar in string.unicodeScalars {
      switch scalar {
      case "\"": text += "\\\""
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      case "\t": text += "\\t"
      case "\u{0}"..<" ", "\u{7F}"..."\u{9F}", "\u{61C}", "\u{200E}"..."\u{200F}",
        "\u{2028}"..."\u{202E}", "\u{2066}"..."\u{2069}", "\u{FEFF}":
        let digits = String(scalar.value, radix: 16)
        text += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text + "\""
  }
}
