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

  /// Perceived brightness, 0...1 (Rec. 601 weights).
  var luminance: Double {
    (0.299 * Double(red) + 0.587 * Double(green) + 0.114 * Double(blue)) / 255
  }

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
