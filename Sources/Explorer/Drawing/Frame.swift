/// The edge of a pane: a title rule, or a box where there is room for one.
enum Frame {
  case rule
  case box

  /// Draws title and edge, and returns what is left for the pane.
  func draw(
    on screen: inout Screen, _ rect: Rect, title: String, legend: [(String, Style)],
    isFocused: Bool, glyphs: Glyphs
  ) -> Rect {
    let inner = drawEdge(on: &screen, rect, isFocused ? .accent : .dim, glyphs)
    drawTitle(on: &screen, rect, title, legend, isFocused, glyphs)
    return inner
  }

  /// Draws the edge alone, and returns what is left inside.
  @discardableResult
  func drawEdge(
    on screen: inout Screen, _ rect: Rect, _ style: Style, _ glyphs: Glyphs
  ) -> Rect {
    guard rect.height > 0, rect.width > 2 else { return rect }
    let line = Rect(x: rect.x, y: rect.y, width: rect.width, height: 1)
    screen.fill(line, glyphs.horizontal, style: style)
    let inner: Rect
    switch self {
    case .rule:
      inner = rect.inset(top: 1)
    case .box:
      let corners = glyphs.corners
      let bottom = rect.maxY - 1
      screen.fill(
        Rect(x: rect.x, y: bottom, width: rect.width, height: 1), glyphs.horizontal, style: style)
      for y in rect.y..<rect.maxY {
        screen.put(String(glyphs.vertical), x: rect.x, y: y, style: style)
        screen.put(String(glyphs.vertical), x: rect.maxX - 1, y: y, style: style)
      }
      screen.put(String(corners[0]), x: rect.x, y: rect.y, style: style)
      screen.put(String(corners[1]), x: rect.maxX - 1, y: rect.y, style: style)
      screen.put(String(corners[2]), x: rect.x, y: bottom, style: style)
      screen.put(String(corners[3]), x: rect.maxX - 1, y: bottom, style: style)
      inner = rect.inset(left: 1, top: 1, right: 1, bottom: 1)
    }
    return inner
  }

  private func drawTitle(
    on screen: inout Screen, _ rect: Rect, _ title: String, _ legend: [(String, Style)],
    _ isFocused: Bool, _ glyphs: Glyphs
  ) {
    let room = rect.width - 4
    guard room > 3 else { return }
    let text = Printable.clip(title, room, ellipsis: glyphs.ellipsis)
    let titleStyle: Style = isFocused ? Style(role: .accent, isBold: true) : .title
    var x = screen.put(" \(text) ", x: rect.x + 1, y: rect.y, style: titleStyle)
    for (entry, style) in legend {
      guard x + Printable.width(entry) < rect.maxX else { return }
      x = screen.put("\(entry) ", x: x, y: rect.y, style: style)
    }
  }
}
