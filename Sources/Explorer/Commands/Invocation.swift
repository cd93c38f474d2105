/// A command and what it is given: what keys, mouse, prompt, palette, lists, logs and tests all come to,
/// and the one thing that changes a session. Written as a line of text, such as `goto 12:8` or
/// `ask "3+4?"`, and read from one.
struct Invocation: Sendable, Hashable {
  /// The name of the command.
  let command: String
  /// What follows it; nil where nothing does. A count typed before a key stands here too.
  let argument: String?

  init(_ command: String, _ argument: String? = nil) {
    self.command = command
    self.argument = argument.flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Reads a line; nil where there is no word in it.
  init?(parsing line: String) {
    let words = line.split(separator: " ", maxSplits: 1, omittingEmptySubsequences: true)
    guard let name = words.first else { return nil }
    let rest = words.count > 1 ? String(words[1].drop { $0 == " " }) : ""
    self.init(String(name), QuotedText.read(rest) ?? rest)
  }
}

extension Invocation: CustomStringConvertible {
  /// As a line of text, which `init(parsing:)` reads.
  var description: String {
    guard let argument else { return command }
    return command + " " + (QuotedText.isNeeded(argument) ? QuotedText.write(argument) : argument)
  }
}

extension Invocation: Codable {
  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let line = try container.decode(String.self)
    guard let read = Self(parsing: line) else {
      throw DecodingError.dataCorruptedError(
        in: container, debugDescription: "an empty line is no invocation")
    }
    self = read
  }

  func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(description)
  }
}

/// Texts on one line: in double quotes, with `\n`, `\t`, `\"`, `\\` and `\u{1F5A4}`.
enum QuotedText {
  /// Whether a text can stand in a line only so: with blanks at its ends, with what is no letter to see,
  /// or where it could be taken for one in quotes.
  static func isNeeded(_ text: String) -> Bool {
    text.hasPrefix(" ") || text.hasSuffix(" ") || text.hasPrefix("\"")
      || text.unicodeScalars.contains(where: isHidden)
  }

  static func write(_ text: String) -> String {
    var written = "\""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\"": written += "\\\""
      case "\\": written += "\\\\"
      case "\n": written += "\\n"
      case "\t": written += "\\t"
      case _ where isHidden(scalar): written += "\\u{\(String(scalar.value, radix: 16))}"
      default: written.unicodeScalars.append(scalar)
      }
    }
    return written + "\""
  }

  /// What stands in quotes; nil where the text is not all in one pair of them.
  static func read(_ text: String) -> String? {
    guard text.first == "\"", text.count >= 2 else { return nil }
    var scalars = Array(text.unicodeScalars.dropFirst())[...]
    var read = String.UnicodeScalarView()
    while let scalar = scalars.popFirst() {
      if scalar == "\"" { return scalars.isEmpty ? String(read) : nil }
      guard scalar == "\\" else {
        read.append(scalar)
        continue
      }
      guard let escaped = escape(&scalars) else { return nil }
      read.append(escaped)
    }
    return nil
  }

  private static func escape(_ scalars: inout ArraySlice<Unicode.Scalar>) -> Unicode.Scalar? {
    switch scalars.popFirst() {
    case "\"": return "\""
    case "\\": return "\\"
    case "n": return "\n"
    case "t": return "\t"
    case "u":
      guard scalars.popFirst() == "{", let end = scalars.firstIndex(of: "}") else { return nil }
      let digits = String(String.UnicodeScalarView(scalars[..<end]))
      scalars = scalars[(end + 1)...]
      return UInt32(digits, radix: 16).flatMap(Unicode.Scalar.init)
    default: return nil
    }
  }

  private static func isHidden(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .format, .lineSeparator, .paragraphSeparator, .surrogate, .unassigned,
      .privateUse:
      true
    default: false
    }
  }
}
