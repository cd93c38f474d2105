/// How meanings look. The ramps run from a calm end near the background to a loud one, through
/// hues that stay apart for colour-blind eyes; letters and marks carry every meaning too.
public enum Theme: String, Sendable, CaseIterable {
  case dark
  case light
  case mono

  var next: Theme {
    switch self {
    case .dark: .light
    case .light: .mono
    case .mono: .dark
    }
  }

  /// What to ask of the terminal for a style; nil colours are the terminal's own.
  func resolve(_ style: Style, _ depth: ColourDepth) -> ResolvedStyle {
    guard self != .mono, depth != .none else { return monochrome(style) }
    var result = ResolvedStyle(isBold: style.isBold, isUnderlined: style.isUnderlined)
    result.foreground = foreground(style.role)
    switch style.ground {
    case .plain: break
    case .ramp(let level):
      let ground = ramp.colour(level)
      result.background = ground
      result.foreground = ground.asShown(depth).letter
    case .cursor:
      result.background = self == .dark ? Colour(0xf8f8f2, ansi: 15) : Colour(0x1b1f27, ansi: 0)
      result.foreground = self == .dark ? Colour(0x10131a, ansi: 0) : Colour(0xffffff, ansi: 15)
    case .notice:
      result.background = self == .dark ? Colour(0xf2b134, ansi: 3) : Colour(0x8a4b00, ansi: 4)
      result.foreground = self == .dark ? Colour(0x14110a, ansi: 0) : Colour(0xffffff, ansi: 15)
    case .bar:
      result.background = self == .dark ? Colour(0x262b36, ansi: 0) : Colour(0xe3e6ec, ansi: 7)
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
    case .trail(let level): result.isDim = level < 110
    case .error, .flip, .cursor: result.isBold = true
    default: break
    }
    return result
  }

  private func foreground(_ role: Role) -> Colour? {
    let isDark = self == .dark
    switch role {
    case .text: return nil
    case .dim: return isDark ? Colour(0x7c8596, ansi: 8) : Colour(0x6b7280, ansi: 8)
    case .title: return isDark ? Colour(0xcdd6e6, ansi: 15) : Colour(0x1f2937, ansi: 0)
    case .accent, .key: return isDark ? Colour(0x6cb6ff, ansi: 12) : Colour(0x0b5cad, ansi: 4)
    case .cursor: return isDark ? Colour(0xffd866, ansi: 11) : Colour(0x9a3412, ansi: 1)
    case .flip: return isDark ? Colour(0xff8fa3, ansi: 13) : Colour(0xb1105a, ansi: 5)
    case .warning: return isDark ? Colour(0xf2b134, ansi: 3) : Colour(0x8a4b00, ansi: 1)
    case .error: return isDark ? Colour(0xff6b6b, ansi: 9) : Colour(0xb42318, ansi: 1)
    case .good: return isDark ? Colour(0x7bd88f, ansi: 10) : Colour(0x116b3a, ansi: 2)
    case .series(let index):
      let colours = isDark ? Self.darkSeries : Self.lightSeries
      return colours[((index % colours.count) + colours.count) % colours.count]
    case .ramp(let level): return ramp.colour(level)
    case .trail(let level): return (isDark ? Self.darkTrail : Self.lightTrail).colour(level)
    }
  }

  private var ramp: Ramp { self == .light ? Self.lightRamp : Self.darkRamp }

  private static let darkRamp = Ramp(
    stops: [
      Colour(0x1d2035, ansi: 0), Colour(0x31446b, ansi: 4), Colour(0x2a788e, ansi: 6),
      Colour(0x35b779, ansi: 2), Colour(0xfde725, ansi: 11),
    ], palette: [235, 236, 238, 24, 30, 36, 71, 77, 113, 149, 185, 220])
  private static let lightRamp = Ramp(
    stops: [
      Colour(0xeef1e4, ansi: 15), Colour(0xa8dcb5, ansi: 14), Colour(0x43a2a5, ansi: 6),
      Colour(0x31598c, ansi: 4), Colour(0x440f54, ansi: 5),
    ], palette: [255, 254, 194, 151, 115, 73, 67, 61, 55, 54, 53])
  private static let darkTrail = Ramp(
    stops: [
      Colour(0x3d4658, ansi: 8), Colour(0x4a7fae, ansi: 4), Colour(0x7fd4ff, ansi: 14),
    ], palette: [238, 60, 67, 74, 81])
  private static let lightTrail = Ramp(
    stops: [
      Colour(0xc4cad4, ansi: 8), Colour(0x5d93c4, ansi: 6), Colour(0x0b4a8f, ansi: 4),
    ], palette: [251, 110, 67, 25, 24])
  /// After Okabe and Ito, "Color Universal Design", brightened or darkened for the background.
  private static let darkSeries = [
    Colour(0x6cb6ff, ansi: 12), Colour(0xf0a441, ansi: 11), Colour(0x4fd1a5, ansi: 10),
    Colour(0xe58fc0, ansi: 13), Colour(0xe8e06a, ansi: 3), Colour(0xff7f50, ansi: 9),
  ]
  private static let lightSeries = [
    Colour(0x0b5cad, ansi: 4), Colour(0xb45309, ansi: 1), Colour(0x00795a, ansi: 2),
    Colour(0xa02c7a, ansi: 5), Colour(0x7a6a00, ansi: 6), Colour(0xb8400f, ansi: 0),
  ]
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
