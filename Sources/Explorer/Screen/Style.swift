/// What a cell means; a `Theme` decides how that looks.
enum Role: Sendable, Hashable {
  case text
  case dim
  case title
  case accent
  case cursor
  case flip
  case warning
  case error
  case good
  case key
  /// One curve or candidate among several.
  case series(Int)
  /// A value on the colour ramp, 0...255.
  case ramp(UInt8)
  /// A piece of the path through the plane: 0 faded, 255 fresh.
  case trail(UInt8)
}

/// What lies behind a cell.
enum Ground: Sendable, Hashable {
  case plain
  /// A value on the colour ramp, 0...255; the letters on it are black or white, whichever reads.
  case ramp(UInt8)
  /// The thing under the cursor.
  case cursor
  /// A notice that must be seen.
  case notice
  /// The status and footer bars.
  case bar
}

/// How a cell is to look, by meaning.
struct Style: Sendable, Hashable {
  var role: Role = .text
  var ground: Ground = .plain
  var isBold = false
  var isUnderlined = false

  static let text = Style()
  static let dim = Style(role: .dim)
  static let title = Style(role: .title, isBold: true)
  static let accent = Style(role: .accent)
  static let cursor = Style(role: .cursor, isBold: true)
  static let flip = Style(role: .flip, isBold: true)
  static let warning = Style(role: .warning, isBold: true)
  static let error = Style(role: .error, isBold: true)
  static let good = Style(role: .good)
  static let key = Style(role: .key, isBold: true)
  static let notice = Style(role: .text, ground: .notice, isBold: true)
  static let selected = Style(role: .cursor, ground: .cursor, isBold: true)

  static func series(_ index: Int) -> Style { Style(role: .series(index)) }
  static func trail(_ level: Double) -> Style { Style(role: .trail(byte(level))) }
  static func ramp(_ level: Double) -> Style { Style(role: .ramp(byte(level))) }
  static func onRamp(_ level: Double) -> Style { Style(ground: .ramp(byte(level))) }

  func bold(_ isBold: Bool = true) -> Style {
    var copy = self
    copy.isBold = isBold
    return copy
  }

  func on(_ ground: Ground) -> Style {
    var copy = self
    copy.ground = ground
    return copy
  }

  /// 0...1 as 0...255; anything else is clamped, not-a-number is 0.
  static func byte(_ level: Double) -> UInt8 {
    guard level > 0 else { return 0 }
    return UInt8(min(1, level) * 255)
  }
}
