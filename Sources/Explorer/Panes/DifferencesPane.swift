import Trajectories

/// Two branches on one clock: quiet where both say the same, loud where they do not.
let differencesPane = Pane(
  title: { state, width in
    guard let pair = state.pair else { return "compare" }
    let glyphs = state.glyphs
    let runs = "A run \(pair.a)\(glyphs.vertical)B run \(pair.b)"
    return width < 40 ? runs : "where they differ \(glyphs.dot) \(runs)"
  },
  legend: { state, width in
    let glyphs = state.glyphs
    return width < 60 ? [] : [("\(glyphs.dot) 4\(glyphs.vertical)3 other answers", .warning)]
  },
  render: { state, screen, rect in
    guard let both = state.bothBranches else {
      Pane.drawEmpty(state, &screen, rect, Pane.noOther)
      return
    }
    DifferencesMap(state, both, rect)?.draw(on: &screen)
  },
  pick: { state, rect, point in
    state.bothBranches.flatMap { DifferencesMap(state, $0, rect)?.pick(point) }
  },
  about: PaneAbout(
    title: "where two runs differ",
    drawn:
      "Tokens down, iterations across: a quiet cell says the same in both runs, 4│3 are two "
      + "answers, that of A first. The colour is how far the predictions are apart.",
    formula: "KL(A ‖ B) = Σ p_A ln(p_A / p_B)",
    unit: "nats, log from 0.001 to 10"))

/// The map of two branches; drawing and pointing share it.
private struct DifferencesMap {
  let state: ExplorerState
  let both: BranchComparison
  let grid: HeatGrid
  /// Of KL(A‖B), nats. What is below a thousandth is nothing: the two say the same.
  let axis: Axis

  init?(_ state: ExplorerState, _ both: BranchComparison, _ rect: Rect) {
    let last = max(Self.last(of: both.a), Self.last(of: both.b), 1)
    let grid = HeatGrid(
      rect, cursor: state.cursor, tokens: both.rows, columns: last + 1,
      label: { shown in
        let longest =
          shown.map { row in
            let tokens = both.tokens(row)
            // A dot stands for what there is not.
            let widths = [tokens.a, tokens.b].map { token in
              token.map { Printable.width(state.visible($0.text)) } ?? 1
            }
            let isPair = tokens.a?.id != tokens.b?.id
            return isPair ? widths.reduce(1, +) : widths.max() ?? 1
          }.max() ?? 1
        return min(max(1, longest), max(3, rect.width / 5)) + 3
      },
      // Two answers and what parts them; one that is the same stands alone.
      cell: { _, share in max(4, min(rect.width >= 140 ? 14 : 9, share)) },
      tallest: HeatGrid.tallest)
    guard let grid else { return nil }
    self.state = state
    self.both = both
    self.grid = grid
    axis = Axis(log: 0.001, to: 10)
  }

  private static func last(of branch: Branch) -> Int {
    branch.passages.map(\.trajectory.lastIteration).max() ?? 0
  }

  func pick(_ point: Point) -> Pick? {
    guard var pick = grid.pick(point) else { return nil }
    let row = pick.token ?? state.cursor.token
    // One looks at A.
    guard row < both.a.tokenCount else { return nil }
    if let iteration = pick.iteration, iteration > both.a.lastIteration(of: row) {
      pick.iteration = nil
    }
    return pick
  }

  func draw(on screen: inout Screen) {
    grid.drawIterations(last: both.commonIterations, state.glyphs, on: &screen)
    for token in grid.shownTokens {
      drawLabel(token, on: &screen)
      for iteration in grid.shownIterations {
        drawCell(Address(token: token, iteration: iteration), on: &screen)
      }
    }
    grid.drawMore(state.glyphs, on: &screen)
    if grid.hasFoot { drawFoot(on: &screen) }
  }

  private func drawLabel(_ row: Int, on screen: inout Screen) {
    let (x, y) = (grid.rect.x, grid.textLine(ofToken: row))
    let tokens = both.tokens(row)
    let isChanged = tokens.a?.id != tokens.b?.id
    let room = max(1, grid.labelWidth - 3)
    let text =
      isChanged ? pair(tokens.a?.text, tokens.b?.text, room) : state.visible(tokens.a?.text ?? "")
    let isHere = row == state.cursor.token
    if isHere { screen.put(state.glyphs.pointer, x: x, y: y, style: .cursor) }
    screen.put(
      Printable.clip(text, room, ellipsis: state.glyphs.ellipsis), x: x + 2, y: y,
      style: isHere ? .cursor : isChanged ? .warning : .text)
  }

  private func drawCell(_ place: Address, on screen: inout Screen) {
    let whole = grid.cell(place)
    // Where it is higher than a line, the text stands in its middle.
    let cell = Rect(
      x: whole.x, y: grid.textLine(ofToken: place.token), width: whole.width, height: 1)
    let room = cell.width - 1
    let a = both.a.reading(place)?.best?.text
    let b = both.b.reading(place)?.best?.text
    let text: String
    var isLoud = false
    switch both.cell(place) {
    case .neither: return
    case .same: text = state.visible(a ?? "")
    case .differs:
      text = pair(a ?? state.glyphs.diverged, b ?? state.glyphs.diverged, room)
      // Nothing was thought yet at s₀: it is no difference.
      isLoud = place.iteration > 0
    case .onlyA, .onlyB: text = pair(a, b, room)
    }
    let level = level(place)
    var style: Style = isLoud ? .warning : .dim
    if let level, state.hasColour { style = Style.onRamp(level).bold(isLoud) }
    let isHere = place == state.cursor
    if isHere {
      style = .selected
    } else if place.iteration == state.cursor.iteration {
      style.isUnderlined = true
    }
    var plain = style
    plain.isUnderlined = false
    screen.fill(whole, " ", style: plain)
    screen.fill(cell, " ", style: style)
    let end = screen.put(
      Printable.clip(text, room, ellipsis: state.glyphs.ellipsis), x: cell.x + 1, y: cell.y,
      style: style)
    // Without colour a shade stands at the end of the cell, where there is room for one.
    guard let level, !state.hasColour, end < cell.maxX else { return }
    screen.put(
      String(state.glyphs.shade(level)), x: cell.maxX - 1, y: cell.y,
      style: isHere ? .selected : .text)
  }

  /// How loud a cell is; nil where it is quiet, or nothing is known.
  private func level(_ place: Address) -> Double? {
    guard place.iteration > 0, let divergence = both.distances?.divergence(place) else {
      return nil
    }
    // Of what is no number nothing is known.
    let level = axis.place(Double(divergence))
    return level.flatMap { $0 > 0 ? $0 : nil }
  }

  /// `A│B`; a dot where there is nothing.
  private func pair(_ a: String?, _ b: String?, _ width: Int) -> String {
    let half = max(1, (width - 1) / 2)
    func piece(_ text: String?) -> String {
      Printable.clip(
        text.map(state.visible) ?? state.glyphs.dot, half, ellipsis: state.glyphs.ellipsis)
    }
    return piece(a) + String(state.glyphs.vertical) + piece(b)
  }

  /// What the colours mean, with the numbers at the ends and in the middle of the scale.
  private func drawFoot(on screen: inout Screen) {
    let rect = grid.rect
    let y = grid.footLine
    guard y < rect.maxY else { return }
    let name = state.glyphs.isASCII ? "KL(A|B)" : "KL(A‖B)"
    var x = screen.put(
      rect.width >= 36 ? "\(name) " : "KL ", x: rect.x + 2, y: y, style: .dim,
      width: rect.width - 2)
    let strip = rect.width >= 50 ? 6 : 3
    x = screen.put(".001 ", x: x, y: y, style: .dim)
    x = RampStrip.draw(state, 0...0.5, columns: strip, x: x, y: y, on: &screen)
    x = screen.put(" .1 ", x: x, y: y, style: .dim)
    x = RampStrip.draw(state, 0.5...1, columns: strip, x: x, y: y, on: &screen)
    x = screen.put(" 10 nats", x: x, y: y, style: .dim, width: rect.maxX - x)
    if state.comparing.isMeasuring, both.firstUnknown != nil, x + 4 <= rect.maxX {
      x = screen.put(" \(state.glyphs.ellipsis)", x: x, y: y, style: .accent)
    }
    grid.drawTokensInSight(after: x, on: &screen)
  }
}
