import Glibc

/// A colour with its stand-in for terminals of sixteen.
struct Colour: Sendable, Hashable {
  /// 0xRRGGBB
  let rgb: UInt32
  /// 0...15
  let ansi: Int

  /// Its place in the 256-colour palette where nearness alone would choose badly.
  private let chosenIndex: Int?

  init(_ rgb: UInt32, ansi: Int, paletteIndex: Int? = nil) {
    self.rgb = rgb
    self.ansi = ansi
    self.chosenIndex = paletteIndex
  }

  var red: Int { Int(rgb >> 16 & 0xff) }
  var green: Int { Int(rgb >> 8 & 0xff) }
  var blue: Int { Int(rgb & 0xff) }

  /// Relative luminance, 0...1, as the Web Content Accessibility Guidelines define it.
  var luminance: Double {
    func linear(_ value: Int) -> Double {
      let share = Double(value) / 255
      return share <= 0.04045 ? share / 12.92 : pow((share + 0.055) / 1.055, 2.4)
    }
    return 0.2126 * linear(red) + 0.7152 * linear(green) + 0.0722 * linear(blue)
  }

  /// Black or white for letters on this colour. White where its contrast ratio is at least 4: on
  /// middle tones the ratio of black is a little higher, but thin white letters read better.
  var letter: Colour {
    1.05 / (luminance + 0.05) >= 4
      ? Colour(0xffffff, ansi: 15, paletteIndex: 231) : Colour(0x000000, ansi: 0, paletteIndex: 16)
  }

  /// What a terminal of `depth` really shows for it.
  func asShown(_ depth: ColourDepth) -> Colour {
    switch depth {
    case .truecolor, .none: return self
    case .palette: return Colour(Self.paletteEntry(paletteIndex), ansi: ansi)
    case .sixteen: return Colour(Self.ansiColours[ansi & 15], ansi: ansi)
    }
  }

  /// The 6×6×6 cube (16...231) and the greys (232...255) of the 256-colour palette.
  private static func paletteEntry(_ index: Int) -> UInt32 {
    guard index >= 16 else { return ansiColours[max(0, index)] }
    guard index < 232 else { return UInt32(8 + 10 * (min(255, index) - 232)) * 0x010101 }
    func value(_ level: Int) -> UInt32 { level == 0 ? 0 : UInt32(55 + 40 * level) }
    let place = index - 16
    return value(place / 36) << 16 | value(place / 6 % 6) << 8 | value(place % 6)
  }

  /// The sixteen as most terminals have them; users choose others of about the same brightness.
  private static let ansiColours: [UInt32] = [
    0x000000, 0xcd0000, 0x00cd00, 0xcdcd00, 0x0000ee, 0xcd00cd, 0x00cdcd, 0xe5e5e5,
    0x7f7f7f, 0xff0000, 0x00ff00, 0xffff00, 0x5c5cff, 0xff00ff, 0x00ffff, 0xffffff,
  ]

  /// The nearest of the 6×6×6 cube and the 24 greys of the 256-colour palette, 16...255.
  var paletteIndex: Int {
    if let chosenIndex { return chosenIndex }
    func level(_ value: Int) -> Int { value < 48 ? 0 : value < 115 ? 1 : (value - 35) / 40 }
    func value(_ level: Int) -> Int { level == 0 ? 0 : 55 + 40 * level }
    func distance(_ r: Int, _ g: Int, _ b: Int) -> Int {
      (r - red) * (r - red) + (g - green) * (g - green) + (b - blue) * (b - blue)
    }
    let (r, g, b) = (level(red), level(green), level(blue))
    let grey = min(23, max(0, ((red + green + blue) / 3 - 3) / 10))
    let greyValue = 8 + 10 * grey
    // A grey may be nearer in numbers, but what has a hue must keep it.
    let hue = max(red, green, blue) - min(red, green, blue)
    if hue < 30,
      distance(greyValue, greyValue, greyValue) < distance(value(r), value(g), value(b))
    {
      return 232 + grey
    }
    return 16 + 36 * r + 6 * g + b
  }

  /// Between two colours; `share` 0 is the first.
  static func mix(_ a: Colour, _ b: Colour, _ share: Double) -> Colour {
    func between(_ x: Int, _ y: Int) -> UInt32 {
      UInt32((Double(x) + (Double(y) - Double(x)) * share).rounded())
    }
    let rgb =
      between(a.red, b.red) << 16 | between(a.green, b.green) << 8 | between(a.blue, b.blue)
    return Colour(rgb, ansi: share < 0.5 ? a.ansi : b.ansi)
  }
}

/// Colours along a line of stops, evenly spaced.
struct Ramp: Sendable {
  let stops: [Colour]
  /// The same line in the 256-colour palette, chosen by eye so that it never turns back.
  var palette: [Int] = []

  func colour(_ level: UInt8) -> Colour {
    let place = Double(level) / 255 * Double(stops.count - 1)
    let index = min(stops.count - 2, Int(place))
    let mixed = Colour.mix(stops[index], stops[index + 1], place - Double(index))
    guard !palette.isEmpty else { return mixed }
    return Colour(
      mixed.rgb, ansi: mixed.ansi, paletteIndex: palette[Int(level) * palette.count / 256])
  }
}
