/// A grid of dots finer than the cells, drawn with braille (2×4 dots a cell), quarter blocks (2×2)
/// or ASCII (1×2). One style a cell: the one drawn last with the highest rank stays.
struct Canvas {
  let size: Size
  let glyphs: GlyphStyle
  private var bits: [UInt8]  // [height, width]
  private var styles: [Style]  // [height, width]
  private var ranks: [Int]  // [height, width]

  init(_ size: Size, glyphs: GlyphStyle) {
    self.size = Size(width: max(0, size.width), height: max(0, size.height))
    self.glyphs = glyphs
    let count = self.size.width * self.size.height
    bits = Array(repeating: 0, count: count)
    styles = Array(repeating: .text, count: count)
    ranks = Array(repeating: .min, count: count)
  }

  var dotsAcross: Int { glyphs == .ascii ? 1 : 2 }
  var dotsDown: Int { glyphs == .braille ? 4 : 2 }
  /// Dots in all.
  var width: Int { size.width * dotsAcross }
  var height: Int { size.height * dotsDown }

  /// Sets one dot; outside is ignored.
  mutating func dot(_ x: Int, _ y: Int, _ style: Style, rank: Int = 0) {
    guard x >= 0, y >= 0, x < width, y < height else { return }
    let cell = y / dotsDown * size.width + x / dotsAcross
    bits[cell] |= mask(x % dotsAcross, y % dotsDown)
    if rank >= ranks[cell] {
      ranks[cell] = rank
      styles[cell] = style
    }
  }

  /// A straight line between two dots. Ends must lie on the canvas.
  /// - Parameter isBroken: every third and fourth dot is left out.
  mutating func line(
    _ a: Point, _ b: Point, _ style: Style, rank: Int = 0, isBroken: Bool = false
  ) {
    Self.walk(a, b) { here, along in
      // By where it lies, so that pieces of one path are broken evenly.
      if !isBroken || (along & 3) < 2 { dot(here.x, here.y, style, rank: rank) }
    }
  }

  /// Visits the dots of a straight line (Bresenham), each with how far along its longer side it lies.
  static func walk(_ a: Point, _ b: Point, _ visit: (Point, _ along: Int) -> Void) {
    let across = abs(b.x - a.x)
    let down = -abs(b.y - a.y)
    let stepX = a.x < b.x ? 1 : -1
    let stepY = a.y < b.y ? 1 : -1
    var error = across + down
    var here = a
    while true {
      visit(here, across > -down ? here.x : here.y)
      if here == b { return }
      let twice = 2 * error
      if twice >= down {
        error += down
        here.x += stepX
      }
      if twice <= across {
        error += across
        here.y += stepY
      }
    }
  }

  /// Whether anything is drawn in a cell.
  func hasDots(x: Int, y: Int) -> Bool {
    x >= 0 && y >= 0 && x < size.width && y < size.height && bits[y * size.width + x] != 0
  }

  /// Puts the dots on a screen; empty cells leave what is there.
  func draw(on screen: inout Screen, at origin: Point) {
    for y in 0..<size.height {
      for x in 0..<size.width where bits[y * size.width + x] != 0 {
        let cell = y * size.width + x
        screen.put(
          String(character(bits[cell])), x: origin.x + x, y: origin.y + y, style: styles[cell])
      }
    }
  }

  private func mask(_ x: Int, _ y: Int) -> UInt8 {
    guard glyphs == .braille else { return 1 << UInt8(y * dotsAcross + x) }
    let column: [UInt8] = x == 0 ? [0x01, 0x02, 0x04, 0x40] : [0x08, 0x10, 0x20, 0x80]
    return column[y]
  }

  private func character(_ bits: UInt8) -> Character {
    switch glyphs {
    case .braille: Unicode.Scalar(0x2800 + UInt32(bits)).map(Character.init) ?? " "
    case .block: Self.quarters[Int(bits & 15)]
    case .ascii: bits == 1 ? "'" : bits == 2 ? "." : ":"
    }
  }

  /// By bits: upper left, upper right, lower left, lower right.
  private static let quarters: [Character] = [
    " ", "▘", "▝", "▀", "▖", "▌", "▞", "▛", "▗", "▚", "▐", "▜", "▄", "▙", "▟", "█",
  ]
}
