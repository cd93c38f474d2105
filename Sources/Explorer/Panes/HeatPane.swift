import Trajectories

/// Tokens × iterations: what each token would say next at each iteration, coloured by a metric.
let heatPane = Pane(
  title: { state, _ in
    let glyphs = state.glyphs
    let metric = state.metric
    return "tokens \(glyphs.times) iterations \(glyphs.dot) \(metric.title), \(metric.unit)"
      + (metric.isLogarithmic ? ", log" : "")
  },
  legend: { state, width in
    let isWritten = width >= 60 && (state.branch?.passages.count ?? 0) > 1
    let isDiverged = state.branch?.passages.contains { $0.trajectory.divergence != nil } ?? false
    return (isDiverged ? [("\(state.glyphs.diverged) diverged", Style.error)] : [])
      + (isWritten ? [("\(state.glyphs.appended) appended", Style.good)] : [])
      + [("\(state.glyphs.flipInCell) flip", .flip)]
  },
  render: { state, screen, rect in
    guard let branch = state.branch else {
      Pane.drawEmpty(state, &screen, rect, state.loading?.message ?? "no run yet")
      return
    }
    HeatMap(state, branch, rect)?.draw(on: &screen)
  },
  pick: { state, rect, point in
    guard let branch = state.branch, let map = HeatMap(state, branch, rect) else {
      return nil
    }
    return map.pick(point)
  })

/// Where the cells of the heat map lie; drawing and pointing share it.
struct HeatMap {
  let state: ExplorerState
  let branch: Branch
  let rect: Rect
  let labelWidth: Int
  /// Columns of the label that say how many iterations a token took; 0 where none was appended.
  let countWidth: Int
  /// The last iteration there is room for.
  let horizon: Int
  let cellWidth: Int
  let firstIteration: Int
  let iterations: Int
  let firstToken: Int
  let rows: Int
  let hasLegend: Bool
  let axis: Axis

  init?(_ state: ExplorerState, _ branch: Branch, _ rect: Rect) {
    guard rect.width >= 8, rect.height >= 2, branch.tokenCount > 0 else { return nil }
    self.state = state
    self.branch = branch
    self.rect = rect
    axis = Axis(state.metric, of: branch)
    let tokens = branch.tokenCount
    let most = branch.passages.map(\.trajectory.lastIteration).max() ?? 0
    horizon = max(state.liveTarget, most, 1)
    countWidth = branch.passages.count > 1 && rect.width >= 30 ? "\(most)".count + 1 : 0
    hasLegend = rect.height >= 6 && (rect.height - 2 >= tokens || rect.height >= 10)
    rows = min(tokens, rect.height - 1 - (hasLegend ? 1 : 0))
    firstToken = Self.scrolled(to: state.cursor.token, of: tokens, room: rows)
    let shown = firstToken..<firstToken + rows
    let longest =
      shown.map { Printable.width(state.visible(branch.token($0).text)) }.max() ?? 1
    labelWidth = min(max(1, longest), max(1, rect.width / 5)) + 3 + countWidth

    let room = max(1, rect.width - labelWidth)
    let columns = horizon + 1
    // A mark or a shade stands beside the text.
    var widest = 2
    if state.showsText {
      for token in shown {
        let passage = branch.passages[branch.passage(of: token)]
        for step in passage.trajectory.steps.suffix(64) {
          let text = step.readings[token - passage.firstToken].best?.text ?? ""
          widest = max(widest, 1 + Printable.width(state.visible(text)))
        }
      }
    }
    // Wide where there is room, then narrower; the view scrolls only when one column is too wide.
    cellWidth = max(1, min(room / columns, max(rect.width >= 80 ? 8 : 5, min(10, widest))))
    iterations = min(columns, room / cellWidth)
    firstIteration = Self.scrolled(to: state.cursor.iteration, of: columns, room: iterations)
  }

  /// The first of `count` shown in `room` so that `place` is seen with some of what follows.
  private static func scrolled(to place: Int, of count: Int, room: Int) -> Int {
    guard count > room, room > 0 else { return 0 }
    return min(count - room, max(0, place - room * 2 / 3))
  }

  /// Positions of the passage that goes on which the heat map shows, the selected one among them;
  /// nil where it shows all.
  static func livePositionsShown(_ state: ExplorerState) -> Range<Int>? {
    guard let branch = state.branch else { return nil }
    let live = branch.last.tokens
    let tokens = branch.tokenCount
    let room = Layout(state).place(.heat)?.inner(state).height ?? 0
    let rows = min(tokens, max(1, room - 1))
    let first = scrolled(to: state.cursor.token, of: tokens, room: rows)
    let shown = (first..<first + rows).clamped(to: live)
    return shown.isEmpty || shown == live
      ? nil : shown.lowerBound - live.lowerBound..<shown.upperBound - live.lowerBound
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
    drawMore(on: &screen)
    if hasLegend { drawLegend(on: &screen) }
  }

  private func x(_ column: Int) -> Int { rect.x + labelWidth + column * cellWidth }

  private func drawIterations(on screen: inout Screen) {
    let glyphs = state.glyphs
    screen.put("r", x: rect.x + 2, y: rect.y, style: .dim)
    let here = state.cursor.iteration
    let width = "\(firstIteration + iterations)".count + 1
    let step = [1, 2, 5, 10, 20, 50].first { $0 * cellWidth >= width } ?? 100
    func label(_ iteration: Int) -> String {
      iteration == 0 && cellWidth > 2 ? glyphs.start : "\(iteration)"
    }
    // The cursor's number has its place first; the others keep clear of it.
    let mine = label(here)
    // The last column is for the mark that there is more.
    let end = rect.maxX - (firstIteration + iterations <= horizon ? 1 : 0)
    let most = end - mine.count
    let from = min(x(here - firstIteration), max(rect.x, most))
    let taken = from - 1...from + max(cellWidth, mine.count)
    for column in 0..<iterations {
      let iteration = firstIteration + column
      let text = label(iteration)
      let at = x(column)
      guard iteration % step == 0, iteration != here, at + text.count <= end,
        !taken.overlaps(at...at + text.count - 1)
      else { continue }
      let style: Style = iteration <= state.edge ? .text : .dim
      screen.put(text, x: at, y: rect.y, style: style)
    }
    let padded = Printable.padded(mine, min(max(mine.count, cellWidth), end - from))
    screen.put(padded, x: from, y: rect.y, style: .selected)
  }

  /// Where there is more than is shown.
  private func drawMore(on screen: inout Screen) {
    let glyphs = state.glyphs
    let gutter = rect.x + labelWidth - 1
    if firstIteration > 0 { screen.put(glyphs.left, x: gutter, y: rect.y, style: .accent) }
    if firstIteration + iterations <= horizon {
      screen.put(glyphs.right, x: rect.maxX - 1, y: rect.y, style: .accent)
    }
    if firstToken > 0 { screen.put(glyphs.up, x: gutter, y: rect.y + 1, style: .accent) }
    if firstToken + rows < branch.tokenCount {
      screen.put(glyphs.down, x: gutter, y: rect.y + rows, style: .accent)
    }
  }

  private func drawLabel(_ token: Int, _ y: Int, on screen: inout Screen) {
    let isCursor = token == state.cursor.token
    if isCursor { screen.put(state.glyphs.pointer, x: rect.x, y: y, style: .cursor) }
    let passage = branch.passage(of: token)
    if passage > 0 { screen.put(state.glyphs.appended, x: rect.x + 1, y: y, style: .good) }
    let style: Style = isCursor ? .cursor : branch.token(token).isSpecial ? .dim : .text
    let room = labelWidth - 3 - countWidth
    screen.put(
      Printable.clip(
        state.visible(branch.token(token).text), room, ellipsis: state.glyphs.ellipsis),
      x: rect.x + 2, y: y, style: style)
    // How long the passage was thought about: at its last token, whose prediction is the next.
    guard countWidth > 0, token == branch.passages[passage].tokens.upperBound - 1 else { return }
    screen.putRight(
      "\(branch.passages[passage].iterations)", end: rect.x + 2 + room + countWidth, y: y,
      style: .dim)
  }

  private func drawCell(
    _ token: Int, _ iteration: Int, _ column: Int, _ y: Int, on screen: inout Screen
  ) {
    let cell = Rect(x: x(column), y: y, width: cellWidth, height: 1)
    let passage = branch.passages[branch.passage(of: token)]
    let trajectory = passage.trajectory
    let row = token - passage.firstToken
    guard iteration <= trajectory.lastIteration else {
      // A passage that a token was taken from has no more to come.
      guard passage.taken == nil, iteration <= state.liveTarget else { return }
      if iteration == trajectory.lastIteration + 1, let reading = state.glimpse[row] {
        let text = reading.best.map { state.visible($0.text) } ?? state.glyphs.diverged
        screen.put(
          Printable.clip(text, max(1, cellWidth - 1), ellipsis: state.glyphs.ellipsis),
          x: cell.x + min(1, cellWidth - 1), y: y, style: .accent)
        return
      }
      screen.put(state.glyphs.dot, x: cell.x + min(1, cellWidth - 1), y: y, style: .dim)
      return
    }
    let step = trajectory.steps[iteration]
    // What a gate says is not in the map.
    if step.measures[row].isDiverged || step.readings[row].isDiverged {
      drawDiverged(
        iteration, cell,
        isHere: iteration == state.cursor.iteration
          && token == state.cursor.token, on: &screen)
      return
    }
    let level = state.metric.drawn(trajectory, iteration: iteration, token: row)
      .flatMap(axis.place)
    let isHere = iteration == state.cursor.iteration && token == state.cursor.token
    let isFlip = trajectory.isFlip(token: row, iteration: iteration)
    if iteration > passage.iterations, !isHere {
      // Computed, and of no consequence to the text as it stands.
      drawText(token, iteration, cell, isFlip, .dim, on: &screen)
      return
    }
    var style: Style = level.map { Style.onRamp($0) } ?? .text
    if !state.hasColour { style = .text }
    if isHere { style = .selected }
    style.isBold = isFlip || isHere
    style.isUnderlined = iteration == state.cursor.iteration && !isHere
    screen.fill(cell, " ", style: style)
    if state.hasColour {
      drawText(token, iteration, cell, isFlip, style, on: &screen)
    } else {
      drawShade(token, iteration, cell, isFlip, level, style, on: &screen)
    }
  }

  /// No number and no token: a mark that is on no scale.
  private func drawDiverged(
    _ iteration: Int, _ cell: Rect, isHere: Bool, on screen: inout Screen
  ) {
    var style: Style = isHere ? .selected : .error
    style.isUnderlined = iteration == state.cursor.iteration && !isHere
    if isHere { screen.fill(cell, " ", style: style) }
    screen.put(
      state.glyphs.diverged, x: cell.x + min(1, cellWidth - 1), y: cell.y, style: style)
  }

  /// A mark for a flip, then the text; a cell of one column has the text alone.
  private func drawText(
    _ token: Int, _ iteration: Int, _ cell: Rect, _ isFlip: Bool, _ style: Style,
    on screen: inout Screen
  ) {
    let markWidth = cellWidth > 1 || !state.showsText ? 1 : 0
    if isFlip, markWidth > 0 {
      screen.put(state.glyphs.flipInCell, x: cell.x, y: cell.y, style: style)
    }
    guard state.showsText else { return }
    screen.put(
      cellText(token, iteration, cellWidth - markWidth), x: cell.x + markWidth, y: cell.y,
      style: style)
  }

  /// Without colour: the text, and the shade fills what is left of the cell. Where shades and
  /// letters side by side would be noise, the text stands where it is calm, the shade elsewhere.
  private func drawShade(
    _ token: Int, _ iteration: Int, _ cell: Rect, _ isFlip: Bool, _ level: Double?,
    _ style: Style, on screen: inout Screen
  ) {
    let shade = level.map(state.glyphs.shade) ?? "?"
    let isEither = state.glyphs.isASCII || cellWidth == 1
    let showsText = state.showsText && (!isEither || shade == " ")
    var x = cell.x
    if cellWidth > 2 || (cellWidth == 2 && (!showsText || isEither)) {
      let mark = isFlip ? state.glyphs.flipInCell : showsText ? " " : String(shade)
      x = screen.put(mark, x: x, y: cell.y, style: style)
    }
    if showsText {
      let room = isEither ? cell.maxX - x : max(1, cell.maxX - x - 1)
      x = screen.put(cellText(token, iteration, room), x: x, y: cell.y, style: style)
    }
    var faint = style
    faint.isBold = false
    screen.fill(cell.inset(left: x - cell.x), shade, style: faint)
  }

  private func cellText(_ token: Int, _ iteration: Int, _ width: Int) -> String {
    let passage = branch.passages[branch.passage(of: token)]
    let reading = passage.trajectory.steps[iteration].readings[token - passage.firstToken]
    guard let best = reading.best else { return state.glyphs.diverged }
    let text = state.visible(best.text)
    return width < 3
      ? Printable.prefix(text, width)
      : Printable.clip(text, width, ellipsis: state.glyphs.ellipsis)
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
    if state.metric.name == "entropy", x + 22 <= rect.maxX {
      x = screen.put("  settled to undecided", x: x, y: y, style: .dim)
    }
    guard rows < branch.tokenCount else { return }
    let words = "tokens \(firstToken)-\(firstToken + rows - 1) of \(branch.tokenCount)"
    if x + words.count + 1 <= rect.maxX {
      screen.putRight(words, end: rect.maxX, y: y, style: .dim)
    }
  }

  func pick(_ point: Point) -> Pick? {
    let row = point.y - rect.y - 1
    let column = point.x - rect.x - labelWidth
    guard row < rows else { return nil }
    let iteration = column >= 0 ? firstIteration + column / cellWidth : nil
    let token = row >= 0 ? firstToken + row : nil
    let passage = branch.passages[branch.passage(of: token ?? state.cursor.token)]
    let edge = passage.trajectory.lastIteration
    return Pick(token: token, iteration: iteration.flatMap { $0 <= edge ? $0 : nil })
  }
}
