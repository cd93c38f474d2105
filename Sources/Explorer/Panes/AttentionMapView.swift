import Trajectories

/// Attention of a block from every token: who looks, down; at whom, across. The colour is the weight, by
/// ratio; what comes later is not seen and stays empty.
enum AttentionMapView {
  /// Weights below the low end are drawn like it.
  static let axis = Axis(log: 0.01, to: 1)

  static func title(_ state: ExplorerState) -> String {
    let map = LookingAtAttention.shown(state)
    let which =
      state.inside.map.head.map { "head \($0 + 1) of \(map?.heads ?? 0)" }
      ?? "mean of \(map.map { "\($0.heads)" } ?? state.glyphs.ellipsis) heads"
    return
      "attention \(state.insideAddress.described(state.model?.passes)) \(state.glyphs.dot) \(which)"
      + " \(state.glyphs.dot) each row looks at columns"
  }

  static func draw(_ state: ExplorerState, on screen: inout Screen, _ rect: Rect) {
    guard let map = LookingAtAttention.shown(state) else {
      let words =
        state.inside.block.block == 0
        ? "the adapter looks at no other token; } goes on to a block"
        : state.inside.map.isAsking
          ? "looking" + state.glyphs.ellipsis
          : state.isBusy ? "when the step is done" : "not looked at: A twice looks again"
      Pane.drawEmpty(state, &screen, rect, words)
      return
    }
    MapGrid(state, map, rect)?.draw(on: &screen)
  }

  /// The token whose row is pointed at.
  static func pick(_ state: ExplorerState, _ rect: Rect, _ point: Point) -> Pick? {
    guard let map = LookingAtAttention.shown(state), let grid = MapGrid(state, map, rect) else {
      return nil
    }
    let row = (point.y - rect.y - 1) / grid.cellHeight
    guard point.y > rect.y, row < grid.rows.count else { return nil }
    return Pick(token: grid.firstToken + grid.rows.lowerBound + row)
  }
}

/// Where the cells of a map lie, and which are in sight.
private struct MapGrid {
  let state: ExplorerState
  let map: AttentionMap
  let rect: Rect
  /// Of the text that the first row is.
  let firstToken: Int
  let rows: Range<Int>
  let columns: Range<Int>
  let labelWidth: Int
  let cellWidth: Int
  /// Lines a token takes: more than one where all have as many.
  let cellHeight: Int

  init?(_ state: ExplorerState, _ map: AttentionMap, _ rect: Rect) {
    guard let branch = state.branch, let passage = state.passage, rect.width >= 12,
      rect.height >= 3, map.queries > 0
    else { return nil }
    self.state = state
    self.map = map
    self.rect = rect
    firstToken = passage.firstToken
    let room = rect.height - 2
    let row = state.cursor.token - passage.firstToken
    let shown = min(map.queries, room)
    cellHeight = max(1, min(3, room / map.queries))
    let first = HeatGrid.scrolled(to: row, of: map.queries, room: shown)
    rows = first..<first + shown
    let labels = rows.map {
      Printable.width(state.visible(branch.token(passage.firstToken + $0).text))
    }
    labelWidth = min(labels.max() ?? 1, max(1, rect.width / 6)) + 3
    let width = rect.width - labelWidth - 1
    cellWidth = max(1, min(8, width / max(1, map.keys)))
    let fit = min(map.keys, max(1, width / cellWidth))
    let from = HeatGrid.scrolled(to: state.ownKey(of: map.keys), of: map.keys, room: fit)
    columns = from..<from + fit
  }

  private func text(_ token: Int) -> String {
    guard let branch = state.branch, token < branch.tokenCount else { return "?" }
    return state.visible(branch.token(token).text)
  }

  private func x(_ key: Int) -> Int { rect.x + labelWidth + (key - columns.lowerBound) * cellWidth }

  func draw(on screen: inout Screen) {
    let gap = cellWidth > 2 ? 1 : 0
    for key in columns {
      let isOwn = key == state.ownKey(of: map.keys)
      let text = state.keyLabel(key)
      let label =
        cellWidth < 3
        ? Printable.prefix(text, cellWidth)
        : Printable.clip(text, cellWidth - gap, ellipsis: state.glyphs.ellipsis)
      screen.put(label, x: x(key), y: rect.y, style: isOwn ? .cursor : .text, width: cellWidth)
    }
    for (line, row) in rows.enumerated() {
      draw(row, y: rect.y + 1 + line * cellHeight, on: &screen)
    }
    drawMore(on: &screen)
    drawFoot(on: &screen)
  }

  private func draw(_ row: Int, y: Int, on screen: inout Screen) {
    let token = firstToken + row
    let isOwn = token == state.cursor.token
    if isOwn { screen.put(state.glyphs.pointer, x: rect.x, y: y, style: .cursor) }
    screen.put(
      Printable.clip(text(token), labelWidth - 3, ellipsis: state.glyphs.ellipsis), x: rect.x + 2,
      y: y, style: isOwn ? .cursor : .text)
    // Inside a thought the token that thinks is alone there.
    let isThought = map.keys > map.queries && state.thinkingToken != nil
    if isThought, token != state.thinkingToken { return }
    for key in columns where key <= token || isThought {
      let cell = Rect(x: x(key), y: y, width: cellWidth, height: cellHeight)
      guard let weight = map.weight(query: row, key: key, head: state.inside.map.head) else {
        screen.put(state.glyphs.diverged, x: cell.x, y: y, style: .error)
        continue
      }
      draw(weight, cell, isOwn, on: &screen)
    }
  }

  private func draw(_ weight: Float, _ cell: Rect, _ isOwn: Bool, on screen: inout Screen) {
    let level = AttentionMapView.axis.place(Double(weight)) ?? 0
    let number =
      weight < 0.005
      ? "" : weight >= 0.995 ? "1.0" : String(Numbers.fixed(Double(weight), 2).dropFirst())
    if state.hasColour {
      var style = Style.onRamp(level)
      style.isBold = isOwn
      screen.fill(cell, " ", style: style)
      if cell.width >= 4 { screen.put(number, x: cell.x, y: cell.y, style: style) }
      return
    }
    let shade = state.glyphs.shade(level)
    let style = Style.text.bold(isOwn)
    if cell.width >= 5, !number.isEmpty {
      screen.put(number, x: cell.x, y: cell.y, style: style)
      screen.put(String(shade), x: cell.x + 3, y: cell.y, style: .text)
    } else {
      // A gap between cells where there is room for one.
      let width = max(1, cell.width - (cell.width > 2 ? 1 : 0))
      for y in cell.y..<cell.maxY {
        screen.put(String(repeating: shade, count: width), x: cell.x, y: y, style: style)
      }
    }
  }

  private func drawMore(on screen: inout Screen) {
    let gutter = rect.x + labelWidth - 1
    let glyphs = state.glyphs
    if columns.lowerBound > 0 { screen.put(glyphs.left, x: gutter, y: rect.y, style: .accent) }
    if columns.upperBound < map.keys {
      screen.put(glyphs.right, x: rect.maxX - 1, y: rect.y, style: .accent)
    }
    if rows.lowerBound > 0 { screen.put(glyphs.up, x: gutter, y: rect.y + 1, style: .accent) }
    if rows.upperBound < map.queries {
      screen.put(glyphs.down, x: gutter, y: rect.y + rows.count * cellHeight, style: .accent)
    }
  }

  private func drawFoot(on screen: inout Screen) {
    let y = rect.y + 1 + rows.count * cellHeight
    guard y < rect.maxY else { return }
    let axis = AttentionMapView.axis
    let middle = Numbers.short(0.1)
    let strip = 7
    var x = screen.put(Numbers.short(axis.low) + " ", x: rect.x + 2, y: y, style: .dim)
    x = RampStrip.draw(state, 0...0.5, columns: strip, x: x, y: y, on: &screen)
    x = screen.put(" \(middle) ", x: x, y: y, style: .dim)
    x = RampStrip.draw(state, 0.5...1, columns: strip, x: x, y: y, on: &screen)
    x = screen.put(" 1", x: x, y: y, style: .dim)
    for words in [
      "  weight, log; a row sums to 1", "  \(state.glyphs.dot)  ( ) choose the head",
    ] where x + words.count <= rect.maxX {
      x = screen.put(words, x: x, y: y, style: .dim)
    }
  }
}
