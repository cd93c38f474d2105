/// The colours of a theme, by meaning.
struct ThemeColours: Sendable {
  /// Letters and what is behind them; nil is the terminal's own.
  var text: Colour?
  var ground: Colour?
  /// What the terminal's own background may be at worst: the others are told from it.
  var assumedGround: Colour
  var dim: Colour
  var title: Colour
  /// Of what can be pressed too.
  var accent: Colour
  var cursor: Colour
  var flip: Colour
  var warning: Colour
  var error: Colour
  var good: Colour
  /// What is under the cursor, a notice: background and letters.
  var selection: (ground: Colour, letters: Colour)
  var notice: (ground: Colour, letters: Colour)
  var bar: Colour
  /// Of curves and candidates. After Okabe and Ito, "Color Universal Design", brightened or darkened for
  /// the background.
  var series: [Colour]
  /// From calm, near the background, to loud. Its lightness goes one way alone, as viridis does, so that it
  /// reads without hues.
  var ramp: Ramp
  /// From the oldest piece of a path, which must be seen from afar, to the newest.
  var trail: Ramp
}

extension ThemeColours {
  static let dark = ThemeColours(
    assumedGround: Colour(0x1e1e1e, ansi: 0),
    dim: Colour(0x8b94a5, ansi: 8, paletteIndex: 246), title: Colour(0xcdd6e6, ansi: 15),
    accent: Colour(0x6cb6ff, ansi: 12), cursor: Colour(0xffd866, ansi: 11),
    flip: Colour(0xff8fa3, ansi: 13), warning: Colour(0xf2b134, ansi: 3),
    error: Colour(0xff6b6b, ansi: 9), good: Colour(0x7bd88f, ansi: 10),
    selection: (Colour(0xf8f8f2, ansi: 15), Colour(0x10131a, ansi: 0)),
    notice: (Colour(0xf2b134, ansi: 3), Colour(0x14110a, ansi: 0)),
    bar: Colour(0x262b36, ansi: 0),
    series: [
      Colour(0x6cb6ff, ansi: 12), Colour(0xf0a441, ansi: 11), Colour(0x4fd1a5, ansi: 10),
      Colour(0xe58fc0, ansi: 13), Colour(0xe8e06a, ansi: 3), Colour(0xff7f50, ansi: 9),
    ],
    ramp: Ramp(
      stops: [
        Colour(0x1d2035, ansi: 0), Colour(0x31446b, ansi: 4), Colour(0x2a788e, ansi: 6),
        Colour(0x35b779, ansi: 10), Colour(0xfde725, ansi: 11),
      ], palette: [235, 236, 238, 24, 30, 36, 71, 77, 113, 149, 185, 220]),
    trail: Ramp(
      stops: [
        Colour(0x7f9cc0, ansi: 6), Colour(0x7fc4ee, ansi: 6), Colour(0xb4ecff, ansi: 14),
      ], palette: [110, 117, 159]))

  static let light = ThemeColours(
    assumedGround: Colour(0xf5f5f5, ansi: 15),
    dim: Colour(0x5f6775, ansi: 8, paletteIndex: 241), title: Colour(0x1f2937, ansi: 0),
    accent: Colour(0x0b5cad, ansi: 4), cursor: Colour(0x9a3412, ansi: 1),
    flip: Colour(0xb1105a, ansi: 5), warning: Colour(0x8a4b00, ansi: 1),
    error: Colour(0xb42318, ansi: 1), good: Colour(0x116b3a, ansi: 2),
    selection: (Colour(0x1b1f27, ansi: 0), Colour(0xffffff, ansi: 15)),
    notice: (Colour(0x8a4b00, ansi: 4), Colour(0xffffff, ansi: 15)),
    bar: Colour(0xe3e6ec, ansi: 7),
    series: [
      Colour(0x0b5cad, ansi: 4), Colour(0xa84b00, ansi: 1, paletteIndex: 94),
      Colour(0x00795a, ansi: 2, paletteIndex: 23),
      Colour(0xa02c7a, ansi: 5), Colour(0x7a6a00, ansi: 6, paletteIndex: 58),
      Colour(0xb8400f, ansi: 0, paletteIndex: 124),
    ],
    ramp: Ramp(
      stops: [
        Colour(0xeef1e4, ansi: 15), Colour(0xa8dcb5, ansi: 14), Colour(0x43a2a5, ansi: 6),
        Colour(0x31598c, ansi: 5), Colour(0x440f54, ansi: 4),
      ], palette: [255, 253, 152, 115, 73, 67, 61, 55, 54, 53]),
    trail: Ramp(
      stops: [
        Colour(0x51709f, ansi: 4), Colour(0x1f5fa6, ansi: 4), Colour(0x06306b, ansi: 0),
      ], palette: [61, 25, 18]))

  /// On black, which it paints itself; nothing is fainter than 7 : 1.
  static let highContrast = ThemeColours(
    text: Colour(0xffffff, ansi: 15, paletteIndex: 231),
    ground: Colour(0x000000, ansi: 0, paletteIndex: 16),
    assumedGround: Colour(0x000000, ansi: 0, paletteIndex: 16),
    dim: Colour(0xd0d0d0, ansi: 7), title: Colour(0xffffff, ansi: 15, paletteIndex: 231),
    accent: Colour(0x5fffff, ansi: 14), cursor: Colour(0xffff00, ansi: 11),
    flip: Colour(0xff9fff, ansi: 13), warning: Colour(0xffd75f, ansi: 11),
    error: Colour(0xff8787, ansi: 9), good: Colour(0x87ff87, ansi: 10),
    selection: (Colour(0xffff00, ansi: 11), Colour(0x000000, ansi: 0, paletteIndex: 16)),
    notice: (Colour(0xffffff, ansi: 15, paletteIndex: 231), Colour(0x000000, ansi: 0)),
    bar: Colour(0x262626, ansi: 0),
    series: [
      Colour(0x5fffff, ansi: 14), Colour(0xffd75f, ansi: 11), Colour(0x87ff87, ansi: 10),
      Colour(0xff9fff, ansi: 13), Colour(0xffffff, ansi: 15, paletteIndex: 231),
      Colour(0xff9f87, ansi: 9),
    ],
    ramp: Ramp(
      stops: [
        Colour(0x000000, ansi: 0), Colour(0x00499a, ansi: 4), Colour(0x00a3a3, ansi: 6),
        Colour(0x6fe06f, ansi: 10), Colour(0xffff5f, ansi: 11),
      ], palette: [16, 17, 18, 24, 31, 37, 78, 120, 192, 227]),
    trail: Ramp(
      stops: [Colour(0xb8c8ff, ansi: 7), Colour(0xffffff, ansi: 15)], palette: [153, 195, 231]))
}
