/// A character that is drawn as a shape: lines of boxes, blocks, and the dots of braille.
enum SVGShape {
  /// What draws a path.
  struct Pen: Hashable, Comparable {
    enum Kind: Hashable {
      case area(opacity: Double)
      case line(width: Double)
      case dots
    }
    let kind: Kind
    /// 0xRRGGBB
    let colour: UInt32

    /// Areas first, then lines, then dots.
    private var rank: (Int, Double, UInt32) {
      switch kind {
      case .area(let opacity): (0, opacity, colour)
      case .line(let width): (1, width, colour)
      case .dots: (2, 0, colour)
      }
    }

    static func < (a: Pen, b: Pen) -> Bool { a.rank < b.rank }
  }

  /// Arms from the middle: 0 none, 1 thin, 2 thick.
  case box(up: Int, right: Int, down: Int, left: Int)
  /// A corner that is round, by the sides it touches.
  case arc(isRight: Bool, isDown: Bool)
  case dashes(isThick: Bool)
  case cross
  /// Part of the cell, in shares of it.
  case area(x: Double, y: Double, width: Double, height: Double, opacity: Double)
  /// Which of the eight dots are there.
  case braille(UInt32)

  init?(_ character: Character) {
    guard let scalar = character.unicodeScalars.first, character.unicodeScalars.count == 1 else {
      return nil
    }
    switch scalar.value {
    case 0x2801...0x28ff: self = .braille(scalar.value - 0x2800)
    case 0x2581...0x2588:
      let part = Double(scalar.value - 0x2580) / 8
      self = .area(x: 0, y: 1 - part, width: 1, height: part, opacity: 1)
    case 0x2589...0x258f:
      self = .area(
        x: 0, y: 0, width: Double(0x2590 - scalar.value) / 8, height: 1, opacity: 1)
    case 0x2580: self = .area(x: 0, y: 0, width: 1, height: 0.5, opacity: 1)
    case 0x2590: self = .area(x: 0.5, y: 0, width: 0.5, height: 1, opacity: 1)
    case 0x2591...0x2593:
      self = .area(
        x: 0, y: 0, width: 1, height: 1, opacity: Double(scalar.value - 0x2590) / 4)
    case 0x256d: self = .arc(isRight: true, isDown: true)
    case 0x256e: self = .arc(isRight: false, isDown: true)
    case 0x256f: self = .arc(isRight: false, isDown: false)
    case 0x2570: self = .arc(isRight: true, isDown: false)
    case 0x2573: self = .cross
    case 0x254c: self = .dashes(isThick: false)
    case 0x254d: self = .dashes(isThick: true)
    default:
      guard let arms = Self.boxes[character] else { return nil }
      self = .box(up: arms[0], right: arms[1], down: arms[2], left: arms[3])
    }
  }

  /// Up, right, down, left.
  private static let boxes: [Character: [Int]] = [
    "─": [0, 1, 0, 1], "━": [0, 2, 0, 2], "│": [1, 0, 1, 0], "┃": [2, 0, 2, 0],
    "┌": [0, 1, 1, 0], "┐": [0, 0, 1, 1], "└": [1, 1, 0, 0], "┘": [1, 0, 0, 1],
    "├": [1, 1, 1, 0], "┤": [1, 0, 1, 1], "┬": [0, 1, 1, 1], "┴": [1, 1, 0, 1],
    "┼": [1, 1, 1, 1], "╴": [0, 0, 0, 1], "╵": [1, 0, 0, 0], "╶": [0, 1, 0, 0],
    "╷": [0, 0, 1, 0], "╸": [0, 0, 0, 2], "╹": [2, 0, 0, 0], "╺": [0, 2, 0, 0],
    "╻": [0, 0, 2, 0], "┝": [1, 2, 1, 0], "┥": [1, 0, 1, 2], "╋": [2, 2, 2, 2],
    "┠": [2, 1, 2, 0], "┨": [2, 0, 2, 1], "┿": [1, 2, 1, 2], "╂": [2, 1, 2, 1],
  ]

  /// The paths that draw it in a cell whose upper left corner is (x, y).
  func paths(x: Double, y: Double, colour: UInt32) -> [(Pen, String)] {
    let (width, height) = SVGDrawing.cell
    let (middle, centre) = (x + width / 2, y + height / 2)
    func text(_ value: Double) -> String { SVGDrawing.number(value) }
    func line(_ weight: Int, _ path: String) -> (Pen, String) {
      (Pen(kind: .line(width: weight == 2 ? 2.4 : 1.1), colour: colour), path)
    }
    switch self {
    case .box(let up, let right, let down, let left):
      var parts: [(Pen, String)] = []
      if up > 0 { parts.append(line(up, "M\(text(middle)) \(text(centre))V\(text(y))")) }
      if down > 0 {
        parts.append(line(down, "M\(text(middle)) \(text(centre))V\(text(y + height))"))
      }
      if left > 0 { parts.append(line(left, "M\(text(middle)) \(text(centre))H\(text(x))")) }
      if right > 0 {
        parts.append(line(right, "M\(text(middle)) \(text(centre))H\(text(x + width))"))
      }
      return parts
    case .arc(let isRight, let isDown):
      let (side, end) = (isRight ? x + width : x, isDown ? y + height : y)
      return [
        line(
          1,
          "M\(text(side)) \(text(centre))Q\(text(middle)) \(text(centre)) \(text(middle)) \(text(end))"
        )
      ]
    case .dashes(let isThick):
      let (start, second) = (x + width * 0.1, x + width * 0.6)
      let dash = text(width * 0.3)
      return [
        line(
          isThick ? 2 : 1,
          "M\(text(start)) \(text(centre))h\(dash)M\(text(second)) \(text(centre))h\(dash)")
      ]
    case .cross:
      return [
        line(
          1,
          "M\(text(x)) \(text(y))L\(text(x + width)) \(text(y + height))"
            + "M\(text(x + width)) \(text(y))L\(text(x)) \(text(y + height))")
      ]
    case .area(let left, let top, let wide, let high, let opacity):
      return [
        (
          Pen(kind: .area(opacity: opacity), colour: colour),
          "M\(text(x + left * width)) \(text(y + top * height))h\(text(wide * width))"
            + "v\(text(high * height))h\(text(-wide * width))z"
        )
      ]
    case .braille(let dots):
      // Bits by column and row: 1 2 3 7 on the left, 4 5 6 8 on the right.
      let bits = [[0, 1, 2, 6], [3, 4, 5, 7]]
      var path = ""
      for column in 0..<2 {
        for row in 0..<4 where dots >> UInt32(bits[column][row]) & 1 == 1 {
          path +=
            "M\(text(x + width * (0.25 + 0.5 * Double(column)))) "
            + "\(text(y + height * (0.125 + 0.25 * Double(row))))h.01"
        }
      }
      return [(Pen(kind: .dots, colour: colour), path)]
    }
  }
}
