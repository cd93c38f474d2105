/// Text for the man macros, in ASCII alone: what is not becomes its code point.
struct Roff {
  private(set) var lines: [String] = []

  /// Text that stands for itself.
  static func escaped(_ text: String) -> String {
    var escaped = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "\\": escaped += "\\e"
      case "-": escaped += "\\-"
      case "'": escaped += "\\(aq"
      case "`": escaped += "\\(ga"
      case "^": escaped += "\\(ha"
      case "~": escaped += "\\(ti"
      case "\"": escaped += "\\(dq"
      case "\n": escaped += " "
      case _ where scalar.isASCII: escaped.unicodeScalars.append(scalar)
      default:
        let digits = String(scalar.value, radix: 16, uppercase: true)
        escaped += "\\[u\(String(repeating: "0", count: max(0, 4 - digits.count)))\(digits)]"
      }
    }
    return escaped
  }

  /// The title line.
  mutating func title(_ name: String, _ section: Int, source: String) {
    lines.append(".TH \(name) \(section) \"\" \"\(Self.escaped(source))\"")
  }

  mutating func heading(_ text: String) { lines.append(".SH \"\(Self.escaped(text))\"") }
  mutating func subheading(_ text: String) { lines.append(".SS \"\(Self.escaped(text))\"") }

  /// A paragraph.
  mutating func paragraph(_ text: String) { lines += [".PP", Self.line(text)] }

  /// Something in bold with what it is, indented.
  mutating func item(_ name: String, _ text: String) {
    lines += [".TP", "\\fB\(Self.escaped(name))\\fR", text.isEmpty ? "\\&" : Self.line(text)]
  }

  /// A line as it is typed.
  mutating func example(_ text: String) {
    lines += [".PP", ".nf", ".RS", Self.line(text), ".RE", ".fi"]
  }

  /// A line that is no request, whatever it begins with.
  private static func line(_ text: String) -> String {
    let escaped = escaped(text)
    return escaped.hasPrefix(".") || escaped.hasPrefix(" ") ? "\\&" + escaped : escaped
  }
}
