/// The marks panes are drawn with, and their stand-ins where only ASCII may be written.
struct Glyphs: Sendable {
  let isASCII: Bool
  var horizontal: Character { isASCII ? "-" : "─" }
  var vertical: Character { isASCII ? "|" : "│" }
  var corners: [Character] { isASCII ? ["+", "+", "+", "+"] : ["╭", "╮", "╰", "╯"] }
  var ellipsis: String { isASCII ? "~" : "…" }
  var space: String { isASCII ? "_" : "␣" }
  /// The end of a line, in one column.
  var lineEnd: String { isASCII ? "$" : "↵" }
  /// A token that is no text, in one column.
  var special: String { isASCII ? "^" : "◇" }
  /// A token that is a piece of a character, in one column.
  var odd: String { isASCII ? "?" : "▯" }
  var pointer: String { isASCII ? ">" : "▸" }
  var playing: String { isASCII ? ">" : "▶" }
  var paused: String { isASCII ? "||" : "❚❚" }
  var waiting: String { isASCII ? "~" : "◌" }
  var flip: String { isASCII ? "*" : "●" }
  var flipInCell: String { isASCII ? "*" : "•" }
  var you: String { isASCII ? "V" : "◆" }
  var liveEdge: String { isASCII ? "|" : "┃" }
  var trackDone: Character { isASCII ? "=" : "━" }
  var trackOpen: Character { isASCII ? "-" : "╌" }
  var trackStart: String { isASCII ? "[" : "├" }
  var trackEnd: String { isASCII ? "]" : "┤" }
  var here: String { isASCII ? "O" : "◉" }
  var start: String { isASCII ? "s0" : "s₀" }
  var same: String { isASCII ? "=" : "✓" }
  var differs: String { isASCII ? "x" : "✗" }
  /// In place of a number or a token that is not one.
  var diverged: String { isASCII ? "!" : "╳" }
  var atLeast: String { isASCII ? ">=" : "≥" }
  var up: String { isASCII ? "^" : "▲" }
  var down: String { isASCII ? "v" : "▼" }
  var left: String { isASCII ? "<" : "◂" }
  var right: String { isASCII ? ">" : "▸" }
  var arrow: String { isASCII ? ">" : "→" }
  var times: String { isASCII ? "x" : "×" }
  var dot: String { isASCII ? "-" : "·" }
  var stream: String { isASCII ? "|stream|" : "‖stream‖" }
  var norm: String { isASCII ? "|s|" : "‖s‖" }
  var residual: String { isASCII ? "|ds|" : "‖Δs‖" }
  var relativeResidual: String { isASCII ? "|ds|/|s|" : "‖Δs‖/‖s‖" }
  var minus: String { isASCII ? "-" : "−" }
  var appended: String { isASCII ? ">" : "»" }
  /// An end of line inside a line.
  var newline: String { isASCII ? "\\n" : "↵" }
  var textEnd: String { isASCII ? "[end]" : "∎" }
  var curve: String { isASCII ? "_" : "━" }
  /// A line that is broken.
  var brokenCurve: String { isASCII ? ":" : "╍" }

  /// The state after an iteration: `s₁₂`.
  func state(_ iteration: Int) -> String {
    guard !isASCII else { return "s\(iteration)" }
    let digits: [Character] = ["₀", "₁", "₂", "₃", "₄", "₅", "₆", "₇", "₈", "₉"]
    return "s" + String("\(iteration)".compactMap(\.wholeNumberValue).map { digits[$0] })
  }

  /// A cell filled from below by so many eighths.
  func column(_ eighths: Int) -> Character {
    let eighths = max(0, min(8, eighths))
    let parts: [Character] =
      isASCII
      ? [" ", ".", ".", ".", ":", ":", ":", "#", "#"]
      : [" ", "▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    return parts[eighths]
  }

  /// Five shades from calm to loud, for a value in 0...1 where there is no colour.
  func shade(_ level: Double) -> Character {
    let shades: [Character] = isASCII ? [" ", ".", ":", "%", "#"] : [" ", "░", "▒", "▓", "█"]
    return shades[Int(max(0, min(0.999, level)) * Double(shades.count))]
  }

  /// Words of a table as this terminal can write them: in ASCII what formulas and marks are written with
  /// has stand-ins.
  func plain(_ text: String) -> String {
    guard isASCII, !text.utf8.allSatisfy({ $0 < 0x80 }) else { return text }
    var text = text
    for (mark, word) in Self.standIns where text.contains(mark) {
      text = text.replacing(mark, with: word)
    }
    return text
  }

  private static let standIns = [
    ("‖", "|"), ("§", "section "), ("Δ", "d"), ("√", "sqrt "), ("Σ", "sum "),
    ("∂", "d"), ("²", "^2"), ("₀", "0"), ("₁", "1"), ("ᵢ", "_i"), ("₊", "+"),
    ("₋", "-"), ("ρ", "rho"), ("−", "-"), ("×", "x"), ("·", "-"), ("…", "..."),
    ("→", "->"), ("≥", ">="), ("≤", "<="), ("│", "|"), ("◉", "O"), ("○", "o"),
    ("◆", "V"), ("●", "*"), ("•", "*"), ("┃", "|"), ("▲", "^"), ("▼", "v"), ("✓", "="),
    ("✗", "x"), ("╳", "!"), ("»", ">"), ("⇥", "\\t"), ("↵", "\\n"), ("❚❚", "||"),
    ("▶", ">"),
  ]

  init(_ capabilities: Capabilities) {
    isASCII = !capabilities.isUnicode || capabilities.glyphs == .ascii
  }
}
