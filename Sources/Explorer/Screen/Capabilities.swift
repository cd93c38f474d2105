/// How many colours the terminal shows.
public enum ColourDepth: String, Sendable, CaseIterable {
  case none
  case sixteen = "16"
  case palette = "256"
  case truecolor
}

/// What plots are drawn with.
public enum GlyphStyle: String, Sendable, CaseIterable {
  case braille
  case block
  case ascii

  /// The next one down, and around.
  var next: GlyphStyle {
    switch self {
    case .braille: .block
    case .block: .ascii
    case .ascii: .braille
    }
  }
}

/// What the terminal can show, as far as drawing needs to know.
struct Capabilities: Sendable, Hashable {
  var colours: ColourDepth
  var glyphs: GlyphStyle
  /// False where only ASCII may be written at all.
  var isUnicode: Bool

  static let full = Capabilities(colours: .truecolor, glyphs: .braille, isUnicode: true)
  static let plain = Capabilities(colours: .none, glyphs: .ascii, isUnicode: false)
}
