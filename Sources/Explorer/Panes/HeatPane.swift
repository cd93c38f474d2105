import Trajectories

/// Tokens × iterations: what each token would say next at each iteration, coloured by a metric.
let heatPane = Pane(
  title: { state, _ in
    let glyphs = state.glyphs
    return
      "tokens \(glyphs.times) iterations \(glyphs.dot) \(state.metric.name), \(state.metric.unit)"
  },
  legend: { state, _ in [("\(state.glyphs.flipInCell) flip", .flip)] },
  render: { state, screen, rect in
    guard let trajectory = state.trajectory else {
      Pane.drawEmpty(state, &screen, rect, state.loading?.message ?? "no run yet")
      return
    }
    HeatMap(state, trajectory, rect)?.draw(on: &screen)
  },
  pick: { state, rect, point in
    guard let trajectory = state.trajectory, let map = HeatMap(state, trajectory, rect) else {
      return nil
    }
    return map.pick(point)
  })

/// Where the cells of the heat map lie; drawing and pointing share it.
struct HeatMap {
  let state: ExplorerState
  let trajectory: Trajectory
  let rect: Rect
  let labelWidth: Int
  let cellWidth: Int
  let firstIteration: Int
  let iterations: Int
  let firstToken: Int
  let rows: Int
  let hasLegend: Bool
  let axis: Axis

  init?(_ state: ExplorerState, _ trajectory: Trajectory, _ rect: Rect) {
    guard rect.width >= 8, rect.height >= 2, !trajectory.tokens.isEmpty else { return nil }
    self.state = state
    self.trajectory = trajectory
    self.rect = rect
    axis = state.metric.axis(trajectory)
    let tokens = trajectory.tokens.count
    hasLegend = rect.height >= 6 && (rect.height - 2 >= tokens || rect.height >= 10)
    rows = min(tokens, rect.height - 1 - (hasLegend ? 1 : 0))
    firstToken = Self.scrolled(to: state.cursor.token, of: tokens, room: rows)
    let shown = firstToken..<firstToken + rows
    let longest =
      shown.map { Printable.width(state.visible(trajectory.tokens[$0].text)) }.max() ?? 1
    labelWidth = min(max(1, longest), max(1, rect.width / 5)) + 3

    let room = max(1, rect.width - labelWidth)
    let columns = state.horizon + 1
    let shades = state.hasColour ? 0 : 1
    var widest = 1
    if state.showsText {
      for step in trajectory.steps.suffix(64) {
        for token in shown {
          widest = max(widest, Printable.width(state.visible(step.readings[token].top[0].text)))
        }
      }
    }
    // Text of common length is shown whole; the room decides beyond that.
    let wanted = min(10, widest + 1 + shades)
    let most = max(state.showsText ? wanted : 2, rect.width >= 80 ? 5 : 3)
    cellWidth = max(
      min(2 + shades, room), min(most, room / max(1, columns)), min(room, min(wanted, 5)))
    iterations = min(columns, room / cellWidth)
    firstIteration = Self.scrolled(to: state.cursor.iteration, of: columns, room: iterations)
  }

  /// The first of `count` shown in `room` so that `place` is seen with some of what follows.
  private static func scrolled(to place: Int, of count: Int, room: Int) -> Int {
    guard count > room, room > 0 else { return 0 }
    return min(count - room, max(0, place - room * 2 / 3))
  }

  func draw(on screen: inout Screen) {
    drawIterations(on: &screen)
    for row in 0..<rows {
      let token = firstToken + row
      let y = rect.y + 1 + row
      drawLabel(token, y, on: &screen)
      for column in 0..<iterations {
        drawCell(token, firstIteration + column, column, y, on: &screen)
      }
    }
    if hasLegend { drawLegend(on: &screen) }
  }

  private func x(_ column: Int) -> Int { rect.x + labelWidth + column * cellWidth }

  private func drawIterations(on screen: inout Screen) {
    let glyphs = state.glyphs
    screen.put("r", x: rect.x + 2, y: rect.y, style: .dim)
    var free = rect.x + labelWidth
    for column in 0..<iterations {
      let iteration = firstIteration + column
      let isCursor = iteration == state.cursor.iteration
      let label = iteration == 0 && cellWidth > 2 ? glyphs.start : "\(iteration)"
      guard label.count <= cellWidth || iteration % 2 == 0 || isCursor else { continue }
      let at = x(column)
      let cursorNext = iteration + 1 == state.cursor.iteration && label.count > cellWidth
      guard at >= free, !cursorNext, at + label.count <= rect.maxX else { continue }
      let padded = Printable.padded(label, max(label.count, isCursor ? cellWidth : 0))
      let style: Style =
        isCursor ? .selected : iteration <= trajectory.lastIteration ? .text : .dim
      free = screen.put(padded, x: at, y: rect.y, style: style, width: rect.maxX - at)
      if label.count >= cellWidth { free += 1 }
      if isCursor { free = at + max(cellWidth, label.count) }
    }
  }

  private func drawLabel(_ token: Int, _ y: Int, on screen: inout Screen) {
    let isCursor = token == state.cursor.token
    if isCursor { screen.put(state.glyphs.pointer, x: rect.x, y: y, style: .cursor) }
    let style: Style = isCursor ? .cursor : trajectory.tokens[token].isSpecial ? .dim : .text
    screen.put(
      Printable.clip(
        state.visible(trajectory.tokens[token].text), labelWidth - 3,
        ellipsis: state.glyphs.ellipsis),
      x: rect.x + 2, y: y, style: style)
  }

  private func drawCell(
    _ token: Int, _ iteration: Int, _ column: Int, _ y: Int, on screen: inout Screen
  ) {
    let cell = Rect(x: x(column), y: y, width: cellWidth, height: 1)
    guard iteration <= trajectory.lastIteration else {
      screen.put(state.glyphs.dot, x: cell.x + min(1, cellWidth - 1), y: y, style: .dim)
      return
    }
    let level = state.metric.value(trajectory, iteration, token).flatMap(axis.place)
    let isHere = iteration == state.cursor.iteration && token == state.cursor.token
    let isFlip = trajectory.isFlip(token: token, iteration: iteration)
    var style: Style = level.map { Style.onRamp($0) } ?? .text
    if !state.hasColour { style = .text }
    if isHere { style = .selected }
    style.isBold = isFlip || isHere
    style.isUnderlined = iteration == state.cursor.iteration && !isHere
    screen.fill(cell, " ", style: style)
    var x = cell.x
    if isFlip {
      var mark = style
      if !isHere, !state.hasColour { mark.role = .flip }
      screen.put(state.glyphs.flipInCell, x: x, y: y, style: mark)
    }
    x += 1
    let shadeWidth = state.hasColour ? 0 : 1
    if state.showsText {
      let text = state.visible(trajectory.steps[iteration].readings[token].top[0].text)
      screen.put(
        Printable.clip(text, cellWidth - 1 - shadeWidth, ellipsis: state.glyphs.ellipsis),
        x: x, y: y, style: style)
    }
    guard !state.hasColour, let level, cellWidth > 1 else { return }
    if state.showsText {
      screen.put(String(state.glyphs.shade(level)), x: cell.maxX - 1, y: y, style: style)
    } else {
      let mark =
        state.glyphs.isASCII ? Character("\(Int(level * 9.99))") : state.glyphs.shade(level)
      for place in x..<cell.maxX { screen.put(String(mark), x: place, y: y, style: style) }
    }
  }

  private func drawLegend(on screen: inout Screen) {
    let y = rect.y + 1 + rows
    guard y < rect.maxY else { return }
    var x = screen.put(
      Numbers.short(axis.low) + " ", x: rect.x + 2, y: y, style: .dim, width: rect.width - 2)
    let steps = min(16, max(5, rect.width / 5))
    for step in 0..<steps {
      let level = Double(step) / Double(steps - 1)
      if state.hasColour {
        x = screen.put(" ", x: x, y: y, style: .onRamp(level))
      } else {
        x = screen.put(String(state.glyphs.shade(level)), x: x, y: y)
      }
    }
    x = screen.put(
      " " + Numbers.short(axis.high) + " " + state.metric.unit, x: x, y: y, style: .dim,
      width: rect.maxX - x)
    let words = "  settled to undecided"
    if state.metric.name == "entropy", x + words.count <= rect.maxX {
      screen.put(words, x: x, y: y, style: .dim)
    }
  }

  func pick(_ point: Point) -> Pick? {
    let row = point.y - rect.y - 1
    let column = point.x - rect.x - labelWidth
    guard row < rows else { return nil }
    let iteration = column >= 0 ? firstIteration + column / cellWidth : nil
    return Pick(
      token: row >= 0 ? firstToken + row : nil,
      iteration: iteration.flatMap { $0 <= trajectory.lastIteration ? $0 : nil })
  }
}
