/// How meanings look. Colours never say alone what is meant: letters, marks and places say it too.
public enum Theme: String, Sendable, CaseIterable {
  case dark
  case light
  case highContrast = "high-contrast"
  case mono

  var next: Theme {
    switch self {
    case .dark: .light
    case .light: .highContrast
    case .highContrast: .mono
    case .mono: .dark
    }
  }

  /// nil where there are none.
  var colours: ThemeColours? {
    switch self {
    case .dark: .dark
    case .light: .light
    case .highContrast: .highContrast
    case .mono: nil
    }
  }

  /// What to ask of the terminal for a style; nil colours are the terminal's own.
  func resolve(_ style: Style, _ depth: ColourDepth) -> ResolvedStyle {
    guard let colours, depth != .none else { return monochrome(style) }
    var result = ResolvedStyle(isBold: style.isBold, isUnderlined: style.isUnderlined)
    result.foreground = Self.foreground(style.role, colours)
    result.background = colours.ground
    switch style.ground {
    case .plain: break
    case .ramp(let level):
      let ground = colours.ramp.colour(level)
      result.background = ground
      result.foreground = ground.asShown(depth).letter
    case .cursor:
      (result.background, result.foreground) = colours.selection
    case .notice:
      (result.background, result.foreground) = colours.notice
    case .bar:
      result.background = colours.bar
    }
    return result
  }

  private func monochrome(_ style: Style) -> ResolvedStyle {
    var result = ResolvedStyle(isBold: style.isBold, isUnderlined: style.isUnderlined)
    switch style.ground {
    case .cursor, .notice: result.isReversed = true
    case .plain, .ramp, .bar: break
    }
    switch style.role {
    case .dim: result.isDim = true
    case .error, .flip, .cursor: result.isBold = true
    default: break
    }
    return result
  }

  private static func foreground(_ role: Role, _ colours: ThemeColours) -> Colour? {
    switch role {
    case .text: return colours.text
    case .dim: return colours.dim
    case .title: return colours.title
    case .accent, .key: return colours.accent
    case .cursor: return colours.cursor
    case .flip: return colours.flip
    case .warning: return colours.warning
    case .error: return colours.error
    case .good: return colours.good
    case .series(let index):
      let count = colours.series.count
      return colours.series[((index % count) + count) % count]
    case .ramp(let level): return colours.ramp.colour(level)
    case .trail(let level): return colours.trail.colour(level)
    }
  }
}

/// What the terminal is asked for.
struct ResolvedStyle: Sendable, Hashable {
  var foreground: Colour?
  var background: Colour?
  var isBold = false
  var isDim = false
  var isUnderlined = false
  var isReversed = false
}
