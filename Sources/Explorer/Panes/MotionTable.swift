import Trajectories

/// A line a token: its kind of motion, since when, and the numbers that speak for it.
struct MotionTable {
  let state: ExplorerState
  private let tokens: Range<Int>

  init(_ state: ExplorerState) {
    self.state = state
    tokens = state.passage?.tokens ?? 0..<0
  }

  var rows: Int { tokens.count }

  private struct Column {
    let title: String
    let width: Int
    let text: (Motion) -> String
  }

  private static let labelWidth = 12
  private static let kindWidth = 15

  /// All it has to say.
  var width: Int { Self.labelWidth + Self.kindWidth + columns.reduce(0) { $0 + $1.width } + 2 }

  private var columns: [Column] {
    let glyphs = state.glyphs
    let minus = glyphs.minus
    func number(_ value: Double?) -> String { value.map { Numbers.short($0) } ?? minus }
    return [
      // What holds from the window's beginning on may have begun before it.
      Column(
        title: "since", width: 8,
        text: { motion in
          let isEarlier = motion.since <= motion.window.lowerBound + 1
          return (isEarlier ? (glyphs.isASCII ? "<=" : "≤") : "") + "r \(motion.since)"
        }),
      Column(
        title: "slope/r, 95 %", width: 17,
        text: { motion in
          guard let fit = motion.fit else { return minus }
          let half = (fit.interval.upperBound - fit.interval.lowerBound) / 2
          return "\(Numbers.short(fit.slope)) \(glyphs.isASCII ? "+-" : "±")\(Numbers.tick(half))"
        }),
      Column(
        title: "cosine", width: 8, text: { number($0.path?.meanStepCosine) }),
      Column(title: "net/way", width: 9, text: { number($0.path?.straightness) }),
      Column(
        title: "last step", width: 10,
        text: { motion in
          motion.restsSince == nil
            ? number(motion.path?.steps.last) : "rounding"
        }),
    ]
  }

  /// The first line in sight.
  private func first(_ room: Int) -> Int {
    HeatGrid.scrolled(to: state.row, of: tokens.count, room: room - 1)
  }

  /// The token at a line of the pane, the heading being the first.
  func token(atLine line: Int, room: Int) -> Int? {
    let row = first(room) + line - 1
    return line >= 1 && row < tokens.count ? tokens.lowerBound + row : nil
  }

  func draw(on screen: inout Screen, _ rect: Rect) {
    guard rect.height > 0 else { return }
    var shown: [Column] = []
    var used = Self.labelWidth + Self.kindWidth
    for column in columns where used + column.width <= rect.width {
      shown.append(column)
      used += column.width
    }
    var x = rect.x + 2
    put("token", &screen, x, rect.y, .dim, rect)
    x = rect.x + Self.labelWidth
    put("motion", &screen, x + 2, rect.y, .dim, rect)
    x += Self.kindWidth
    for column in shown {
      put(column.title, &screen, x, rect.y, .dim, rect)
      x += column.width
    }
    let first = first(rect.height)
    for line in 0..<max(0, min(rect.height - 1, tokens.count - first)) {
      draw(row: first + line, y: rect.y + 1 + line, shown, rect, &screen)
    }
    if first > 0 { screen.put(state.glyphs.up, x: rect.x, y: rect.y, style: .accent) }
    if first + rect.height - 1 < tokens.count {
      screen.put(state.glyphs.down, x: rect.x, y: rect.maxY - 1, style: .accent)
    }
  }

  private func draw(
    row: Int, y: Int, _ columns: [Column], _ rect: Rect, _ screen: inout Screen
  ) {
    let isSelected = row == state.row
    if isSelected { screen.put(state.glyphs.pointer, x: rect.x, y: y, style: .cursor) }
    let label = state.tokenLabel(tokens.lowerBound + row)
    put(
      Printable.clip(label, Self.labelWidth - 3, ellipsis: state.glyphs.ellipsis), &screen,
      rect.x + 2, y, isSelected ? .cursor : .text, rect)
    var x = rect.x + Self.labelWidth
    guard let motion = state.motion(ofRow: row) else {
      put(
        state.motion.stopped != nil ? state.glyphs.minus : state.glyphs.ellipsis, &screen, x, y,
        .dim, rect)
      return
    }
    put(state.glyphs.mark(motion.kind), &screen, x, y, motion.kind.style, rect)
    put(motion.kind.words, &screen, x + 2, y, motion.kind.style.bold(isSelected), rect)
    x += Self.kindWidth
    for column in columns {
      put(column.text(motion), &screen, x, y, .text, rect)
      x += column.width
    }
  }

  private func put(
    _ text: String, _ screen: inout Screen, _ x: Int, _ y: Int, _ style: Style, _ rect: Rect
  ) {
    screen.put(text, x: x, y: y, style: style, width: max(0, rect.maxX - x))
  }
}
