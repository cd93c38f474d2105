import Trajectories

/// Tokens × iterations: what each token would say next at each iteration, coloured by a metric.
let heatPane = Pane(
  title: { state, width in
    if state.model?.thinksOnce == true { return ThoughtMap.title(state, width) }
    if state.presenting != nil { return "tokens \(state.glyphs.times) iterations" }
    let metric = state.metric
    let measured =
      metric.title + (state.finalWords.map { " " + $0 } ?? "") + ", "
      + state.glyphs.plain(metric.unit)
      + (metric.isLogarithmic ? ", log" : "")
    let whole = "tokens \(state.glyphs.times) iterations \(state.glyphs.dot) " + measured
    // What the marks mean comes before what everybody sees.
    let room = width - 4 - heatLegend(state, width).reduce(0) { $0 + Printable.width($1.0) + 1 }
    return Printable.width(whole) <= room ? whole : measured
  },
  legend: heatLegend,
  render: { state, screen, rect in
    guard let branch = state.branch else {
      Pane.drawEmpty(state, &screen, rect, state.waitingWords)
      return
    }
    if state.model?.thinksOnce == true {
      ThoughtMap(state, branch, rect)?.draw(on: &screen)
    } else {
      let rooms = HeatRooms(state, branch, rect)
      if let map = HeatMap(state, branch, rooms.map) {
        map.draw(on: &screen)
        rooms.tokens.map { TokenMap(state, branch, $0, beside: map).draw(on: &screen) }
      }
      rooms.beside.flatMap { BesideMap(state, branch, $0) }?.draw(on: &screen)
    }
  },
  pick: { state, rect, point in
    guard let branch = state.branch else { return nil }
    guard state.model?.thinksOnce != true else {
      return ThoughtMap(state, branch, rect)?.pick(point)
    }
    let rooms = HeatRooms(state, branch, rect)
    if let beside = rooms.beside, beside.contains(point) {
      return BesideMap(state, branch, beside)?.pick(point)
    }
    guard let map = HeatMap(state, branch, rooms.map) else { return nil }
    if let strip = rooms.tokens, strip.contains(point) {
      return TokenMap(state, branch, strip, beside: map).pick(point)
    }
    return map.pick(point)
  },
  about: PaneAbout(
    title: "the heat map",
    drawn:
      "Tokens down, iterations across: each cell is the token that the model would say next, "
      + "read out of the state of that position after that iteration; its colour is a metric, "
      + "which m changes. With arrival what is dark already says what it says in the end, so "
      + "that the wave of what has arrived runs from left to right. s₀ is random and stands "
      + "apart, without a colour. A mark is where the likeliest token changed; wide cells tell "
      + "its probability. Where not all tokens fit, a strip at the right has all of them, a line for "
      + "several: the heavy line is what is in sight, the colour their mean at this iteration, the "
      + "mark where one changed or where a place has a name; a click goes there. Of models of "
      + "continuous thoughts it is rows × blocks.",
    formula:
      "softmax(head(coda(sᵢ))), of which the likeliest is written; the colour by the metric "
      + "below.",
    source:
      "Convergence of tokens by iteration, on a log scale, as in the Huginn paper (arXiv "
      + "2502.05171, §7).",
    metrics: { $0.shownMetrics }),
  table: TextTable.tokens)

/// What marks in the map mean.
private let heatLegend: @Sendable (ExplorerState, _ width: Int) -> [(String, Style)] = {
  state, width in
  let isWritten = width >= 60 && (state.branch?.passages.count ?? 0) > 1
  let isDiverged = state.branch?.passages.contains { $0.trajectory.divergence != nil } ?? false
  return (isDiverged ? [("\(state.glyphs.diverged) diverged", Style.error)] : [])
    + (isWritten ? [("\(state.glyphs.appended) appended", Style.good)] : [])
    + [("\(state.glyphs.flipInCell) " + (width >= 100 ? "answer changed" : "flip"), .flip)]
}

/// The heat map of one text; drawing and pointing share it.
struct HeatMap {
  let state: ExplorerState
  let branch: Branch
  let grid: HeatGrid
  /// Columns of the label that say how many iterations a token took; 0 where none was appended.
  let countWidth: Int
  /// What cells are coloured by, taken out of its table once and not for every cell.
  let metric: Metric
  let axis: Axis

  init?(_ state: ExplorerState, _ branch: Branch, _ rect: Rect) {
    let most = branch.passages.map(\.trajectory.lastIteration).max() ?? 0
    let countWidth = branch.passages.count > 1 && rect.width >= 30 ? "\(most)".count + 1 : 0
    let grid = HeatGrid(
      rect, cursor: state.cursor, tokens: branch.tokenCount,
      // As many as there is to be room for.
      columns: max(state.liveTarget, most, 1) + 1,
      label: { shown in
        let longest =
          shown.map { Printable.width(state.visible(branch.token($0).text)) }.max() ?? 1
        return min(max(1, longest), max(1, rect.width / 5)) + 3 + countWidth
      },
      cell: { shown, share in
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
        if let chosen = state.cellWidth { return chosen }
        if state.presenting != nil { return min(share, max(widest + 1, 7)) }
        // Wide where there is room, then narrower; it scrolls only when one column is too wide.
        let usual = rect.width >= 140 ? 12 : rect.width >= 80 ? 8 : 5
        return min(share, max(usual, min(10, widest)))
      }, isStartApart: true, tallest: HeatGrid.tallest)
    guard let grid else { return nil }
    self.state = state
    self.branch = branch
    self.grid = grid
    self.countWidth = countWidth
    metric = state.metric
    axis = Axis(metric, of: branch)
  }

  /// Positions of the passage that goes on which the heat map shows, the selected one among them;
  /// nil where it shows all.
  static func livePositionsShown(_ state: ExplorerState) -> Range<Int>? {
    guard let branch = state.branch else { return nil }
    let live = branch.last.tokens
    let tokens = branch.tokenCount
    let layout = Layout(state)
    let room = (layout.place(.heat) ?? layout.place(.differences))?.inner(state).height ?? 0
    let rows = min(tokens, max(1, room - 1))
    let first = HeatGrid.scrolled(to: state.cursor.token, of: tokens, room: rows)
    let shown = (first..<first + rows).clamped(to: live)
    return shown.isEmpty || shown == live
      ? nil : shown.lowerBound - live.lowerBound..<shown.upperBound - live.lowerBound
  }

  func draw(on screen: inout Screen) {
    grid.drawIterations(last: state.lastShown, state.glyphs, on: &screen)
    for token in grid.shownTokens {
      drawLabel(token, on: &screen)
      for iteration in grid.shownIterations { drawCell(token, iteration, on: &screen) }
    }
    grid.drawMore(state.glyphs, on: &screen)
    if grid.hasFoot { drawLegend(on: &screen) }
  }

  private func drawLabel(_ token: Int, on screen: inout Screen) {
    let (x, y) = (grid.rect.x, grid.textLine(ofToken: token))
    let isCursor = token == state.cursor.token
    if isCursor { screen.put(state.glyphs.pointer, x: x, y: y, style: .cursor) }
    let passage = branch.passage(of: token)
    if passage > 0 { screen.put(state.glyphs.appended, x: x + 1, y: y, style: .good) }
    let style: Style = isCursor ? .cursor : branch.token(token).isSpecial ? .dim : .text
    let room = grid.labelWidth - 3 - countWidth
    screen.put(
      ShortToken.text(branch.token(token).text, room, state), x: x + 2, y: y, style: style)
    // How long the passage was thought about: at its last token, whose prediction is the next.
    guard countWidth > 0, token == branch.passages[passage].tokens.upperBound - 1 else { return }
    screen.putRight(
      "\(branch.passages[passage].iterations)", end: x + 2 + room + countWidth, y: y,
      style: .dim)
  }

  private func drawCell(_ token: Int, _ iteration: Int, on screen: inout Screen) {
    let whole = grid.cell(Address(token: token, iteration: iteration))
    // Where it is higher than a line, the text stands in its middle.
    let cell = Rect(x: whole.x, y: grid.textLine(ofToken: token), width: whole.width, height: 1)
    let passage = branch.passages[branch.passage(of: token)]
    let trajectory = passage.trajectory
    let row = token - passage.firstToken
    guard iteration <= trajectory.lastIteration else {
      // A passage that a token was taken from has no more to come.
      guard passage.taken == nil, iteration <= state.liveTarget else { return }
      if iteration == trajectory.lastIteration + 1, let reading = state.glimpse[row] {
        let text = reading.best.map { state.visible($0.text) } ?? state.glyphs.diverged
        screen.put(
          Printable.clip(text, max(1, cell.width - 1), ellipsis: state.glyphs.ellipsis),
          x: cell.x + min(1, cell.width - 1), y: cell.y, style: .accent)
        return
      }
      screen.put(state.glyphs.dot, x: cell.x + min(1, cell.width - 1), y: cell.y, style: .dim)
      return
    }
    guard iteration <= state.lastShown || passage.firstToken != state.passage?.firstToken else {
      screen.put(state.glyphs.dot, x: cell.x + min(1, cell.width - 1), y: cell.y, style: .dim)
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
    // s₀ is no thought: it stands apart, outside of the scale.
    let value =
      iteration == 0
      ? nil : metric.drawn(trajectory, iteration: iteration, token: row)
    let level = value.flatMap(axis.place)
    let isHere = iteration == state.cursor.iteration && token == state.cursor.token
    let isFlip = trajectory.isFlip(token: row, iteration: iteration)
    if iteration > passage.iterations, !isHere {
      // Computed, and of no consequence to the text as it stands.
      drawText(token, iteration, cell, isFlip, .dim, on: &screen)
      return
    }
    var style: Style = level.map { Style.onRamp($0) } ?? .dim
    if !state.hasColour, level != nil { style = .text }
    if isHere { style = .selected }
    style.isBold = isFlip || isHere
    style.isUnderlined = iteration == state.cursor.iteration && !isHere
    // A line below each of several lines would be a grid.
    var plain = style
    plain.isUnderlined = false
    screen.fill(whole, " ", style: plain)
    screen.fill(cell, " ", style: style)
    if !state.hasColour, whole.height > 1, !isHere {
      let shade = level.map(state.glyphs.shade) ?? " "
      screen.fill(whole, shade, style: plain)
      screen.fill(cell, " ", style: style)
    }
    if state.hasColour {
      drawText(token, iteration, cell, isFlip, style, on: &screen)
    } else {
      drawShade(token, iteration, cell, isFlip, level, style, on: &screen)
    }
    if showsNumbers, let value { drawNumber(value, below: cell, plain, on: &screen) }
  }

  /// Whether the line below the text tells the number that the colour stands for.
  private var showsNumbers: Bool {
    grid.rowHeight > 1 && grid.cellWidth >= 5 && state.presenting == nil && state.showsText
  }

  private func drawNumber(
    _ value: Double, below cell: Rect, _ style: Style, on screen: inout Screen
  ) {
    var plain = style
    plain.isBold = false
    let number = Numbers.tick(value)
    // A shade would run into it.
    let text = state.hasColour ? number : " \(number) "
    let end = state.hasColour ? cell.maxX - 1 : cell.maxX
    guard text.count <= end - cell.x else { return }
    screen.putRight(text, end: end, y: cell.y + 1, style: plain)
  }

  /// No number and no token: a mark that is on no scale.
  private func drawDiverged(
    _ iteration: Int, _ cell: Rect, isHere: Bool, on screen: inout Screen
  ) {
    var style: Style = isHere ? .selected : .error
    style.isUnderlined = iteration == state.cursor.iteration && !isHere
    if isHere { screen.fill(cell, " ", style: style) }
    screen.put(
      state.glyphs.diverged, x: cell.x + min(1, cell.width - 1), y: cell.y, style: style)
  }

  /// A mark for a flip, then the text; a cell of one column has the text alone.
  private func drawText(
    _ token: Int, _ iteration: Int, _ cell: Rect, _ isFlip: Bool, _ style: Style,
    on screen: inout Screen
  ) {
    let markWidth = cell.width > 1 || !state.showsText ? 1 : 0
    if isFlip, markWidth > 0 {
      screen.put(state.glyphs.flipInCell, x: cell.x, y: cell.y, style: style)
    }
    guard state.showsText else { return }
    let end = screen.put(
      cellText(token, iteration, cell.width - markWidth), x: cell.x + markWidth, y: cell.y,
      style: style)
    drawProbability(token, iteration, cell, after: end, style, on: &screen)
  }

  /// How likely that is, where the cell has room for it.
  private func drawProbability(
    _ token: Int, _ iteration: Int, _ cell: Rect, after end: Int, _ style: Style,
    on screen: inout Screen
  ) {
    guard state.showsText, state.presenting == nil, let best = reading(token, iteration).best else {
      return
    }
    // Beside a shade of letters it would be read as one of them.
    let gap = !state.hasColour && state.glyphs.isASCII ? 1 : 0
    let share = String(repeating: " ", count: gap) + Numbers.share(best.probability)
    guard end + 2 + share.count + 2 * gap <= cell.maxX else { return }
    var plain = style
    plain.isBold = false
    screen.putRight(
      share + String(repeating: " ", count: gap), end: cell.maxX - 1 + gap, y: cell.y, style: plain)
  }

  private func reading(_ token: Int, _ iteration: Int) -> Reading {
    let passage = branch.passages[branch.passage(of: token)]
    return passage.trajectory.steps[iteration].readings[token - passage.firstToken]
  }

  /// Without colour: the text, and the shade fills what is left of the cell. Where shades and
  /// letters side by side would be noise, the text stands where it is calm, the shade elsewhere.
  private func drawShade(
    _ token: Int, _ iteration: Int, _ cell: Rect, _ isFlip: Bool, _ level: Double?,
    _ style: Style, on screen: inout Screen
  ) {
    let shade = level.map(state.glyphs.shade) ?? " "
    let isASCII = state.glyphs.isASCII
    let isWide = cell.width >= 4
    let isEither = isASCII && !isWide || cell.width == 1
    let showsText = state.showsText && (!isEither || shade == " ")
    var x = cell.x
    if cell.width > 2 || (cell.width == 2 && (!showsText || isEither)) {
      // Shades of ASCII are letters too, and keep clear of the text.
      let mark =
        isFlip ? state.glyphs.flipInCell : showsText && (isASCII || !isWide) ? " " : "\(shade)"
      x = screen.put(mark, x: x, y: cell.y, style: style)
    }
    if showsText {
      let room = isEither ? cell.maxX - x : max(1, cell.maxX - x - 1)
      x = screen.put(cellText(token, iteration, room), x: x, y: cell.y, style: style)
    }
    let end = x
    if showsText, isASCII, isWide { x += 1 }
    var faint = style
    faint.isBold = false
    screen.fill(cell.inset(left: x - cell.x), shade, style: faint)
    if showsText { drawProbability(token, iteration, cell, after: end, style, on: &screen) }
  }

  private func cellText(_ token: Int, _ iteration: Int, _ width: Int) -> String {
    let reading = reading(token, iteration)
    guard let best = reading.best else {
      return reading.isUnread ? state.glyphs.ellipsis : state.glyphs.diverged
    }
    return ShortToken.text(best.text, width, state)
  }

  private func drawLegend(on screen: inout Screen) {
    guard grid.footLine < grid.rect.maxY else { return }
    if state.presenting != nil, let ends = metric.ends {
      // What the colours mean, in words alone.
      var x = screen.put(
        ends.low + " ", x: grid.rect.x + 2, y: grid.footLine, style: .text,
        width: grid.rect.width - 2)
      x = RampStrip.draw(
        state, columns: min(16, max(0, grid.rect.maxX - x)), x: x, y: grid.footLine, on: &screen)
      screen.put(
        " " + ends.high, x: x, y: grid.footLine, style: .text, width: max(0, grid.rect.maxX - x))
      return
    }
    let x = grid.drawScale(
      state, axis, unit: " " + state.glyphs.plain(metric.unit), ends: metric.ends, on: &screen)
    grid.drawTokensInSight(after: drawCellWords(after: x, on: &screen), on: &screen)
  }

  /// What the numbers in a cell are.
  private func drawCellWords(after x: Int, on screen: inout Screen) -> Int {
    // Shades of ASCII and blanks around them take more.
    let least = state.hasColour || !state.glyphs.isASCII ? 8 : 10
    guard state.showsText, grid.cellWidth >= least else { return x }
    let words =
      "   cell: token, probability" + (showsNumbers ? ", below \(metric.title)" : "")
    guard x + words.count <= grid.rect.maxX else { return x }
    return screen.put(words, x: x, y: grid.footLine, style: .dim)
  }

  func pick(_ point: Point) -> Pick? {
    guard var pick = grid.pick(point) else { return nil }
    let passage = branch.passages[branch.passage(of: pick.token ?? state.cursor.token)]
    if let iteration = pick.iteration, iteration > passage.trajectory.lastIteration {
      pick.iteration = nil
    }
    return pick
  }
}

extension ExplorerState {
  /// Which iteration those that are coloured by how far they are from the last are held against; nil where
  /// the metric has no such thing.
  fileprivate var finalWords: String? {
    let isArrival = metric.needs == .arrival
    guard isArrival || metric.needs == .distances, let trajectory = branch?.last.trajectory else {
      return nil
    }
    let last =
      isArrival ? trajectory.arrival?.last : trajectory.distanceToLast.map { $0.count - 1 }
    guard let last, last > 0 else {
      // Steps bring distances along only where all states are kept; the end of a run has them made again.
      let isPutOff = !isArrival && fullMemory != nil && (isPlaying || isBusy)
      return isPutOff ? "(at rest, states let go)" : "(to be measured)"
    }
    let isGoingOn = isPlaying || isBusy || trajectory.lastIteration > last
    return "to r \(last)" + (isGoingOn ? " so far" : "")
  }
}
