import Trajectories

/// Tokens × iterations: the share of the clean run's answer that comes back when its state there is put
/// into the corrupted run.
let causesPane = Pane(
  title: { state, _ in
    let dot = state.glyphs.dot
    let what = state.causing.site.map { "\($0)" } ?? "states"
    let how = state.causing.kind == .hold ? "held from there on" : "put back once"
    return "causes \(dot) \(what) \(how) \(dot) \(state.causing.measure.rawValue)"
  },
  legend: { state, width in
    guard state.causePair != nil else { return [] }
    let marks: [(String, Style)] =
      width < 76
      ? [] : [("\(state.glyphs.up) over 1", .good), ("\(state.glyphs.down) under 0", .warning)]
    return [state.mapProgress] + marks
      + (width < 100 ? [] : [("\(state.glyphs.dot) esc goes back", .dim)])
  },
  render: { state, screen, rect in
    guard let pair = state.causePair else {
      Pane.drawEmpty(
        state, &screen, rect, "C holds this run against another; :cause token 1 8 makes one")
      return
    }
    CausesView(state, pair, rect).draw(on: &screen)
  },
  pick: { state, rect, point in
    guard let pair = state.causePair else { return nil }
    return CausesView(state, pair, rect).pick(point)
  },
  about: PaneAbout(
    title: "what carries the answer",
    drawn:
      "Tokens down, iterations across: how much of the answer of the clean run comes back "
      + "when its state there is put into the other run. 1 is all of it, 0 nothing; ▲ is above "
      + "1, ▼ below 0. o holds the state from there on, or puts it back once; m changes the "
      + "measure, { and } put back what a block adds.",
    formula:
      "(patched − corrupted) / (clean − corrupted), of the answer's logit difference or "
      + "probability",
    unit: "a share",
    source: "Activation patching, as in causal tracing (arXiv 2202.05262)."))

extension ExplorerState {
  /// How much of the map is there.
  fileprivate var mapProgress: (String, Style) {
    if let together { return ("runs r \(together.reached(runs))/\(together.goal)", .accent) }
    guard let map = causalMap else {
      return causing.isStopped ? ("stopped", .warning) : (glyphs.ellipsis, .accent)
    }
    let share = "\(map.computedCount)/\(map.count)"
    if map.computedCount == map.count { return ("\(map.count) cells", .dim) }
    return causing.isStopped ? ("stopped at \(share)", .warning) : (share, .accent)
  }
}

/// The drawing of a causal map; drawing and pointing share it.
private struct CausesView {
  private let state: ExplorerState
  private let pair: CausePair
  private let map: CausalMap?
  /// Every token with its position, positions below each other.
  private let labels: [String]
  /// Words above the cells, and what they look like.
  private let head: [(text: String, style: Style)]
  private let headRect: Rect
  private let grid: HeatGrid?
  private let footRect: Rect

  init(_ state: ExplorerState, _ pair: CausePair, _ rect: Rect) {
    self.state = state
    self.pair = pair
    let map = state.causalMap
    self.map = map
    let labels = Self.labels(state)
    self.labels = labels
    let rows = labels.count + 2
    let words = CauseWords(state, pair, map)
    head = words.head(width: max(8, rect.width - 2), room: max(0, rect.height - min(rows, 18)))
    let (top, below) = rect.splitTop(head.count)
    headRect = top
    // Where there is room for it, every token has two lines.
    let tall = below.height - 2 >= 2 * labels.count ? 2 : 1
    let (cells, foot) = below.splitTop(max(0, min(below.height - 1, tall * labels.count + 1)))
    footRect = foot
    grid = HeatGrid(
      cells, cursor: state.cursor, tokens: labels.count, columns: pair.last + 1,
      label: { shown in
        let longest =
          shown.map { Printable.width(labels[$0]) }.max() ?? 1
        return min(max(1, longest), max(4, rect.width / 5)) + 3
      }, cell: { _, share in min(8, share) }, hasFoot: false, tallest: tall)
  }

  private static func labels(_ state: ExplorerState) -> [String] {
    guard let branch = state.branch else { return [] }
    let digits = "\(max(0, branch.tokenCount - 1))".count
    return (0..<branch.tokenCount).map { token in
      let indent = String(repeating: " ", count: max(0, digits - "\(token)".count))
      return "\(indent)\(token) '\(state.visible(branch.token(token).text))'"
    }
  }

  func pick(_ point: Point) -> Pick? {
    guard var pick = grid?.pick(point) else { return nil }
    if let iteration = pick.iteration, iteration > pair.last { pick.iteration = nil }
    return pick
  }

  func draw(on screen: inout Screen) {
    for (line, words) in head.enumerated() {
      screen.put(
        words.text, x: headRect.x + 1, y: headRect.y + line, style: words.style,
        width: max(0, headRect.width - 1))
    }
    guard let grid else { return }
    grid.drawIterations(last: pair.last, state.glyphs, on: &screen)
    for token in grid.shownTokens {
      drawLabel(token, grid, on: &screen)
      for iteration in grid.shownIterations { drawCell(token, iteration, grid, on: &screen) }
    }
    grid.drawMore(state.glyphs, on: &screen)
    drawFoot(on: &screen)
  }

  private func drawLabel(_ token: Int, _ grid: HeatGrid, on screen: inout Screen) {
    let y = grid.y(ofToken: token)
    let isCursor = token == state.cursor.token
    if isCursor { screen.put(state.glyphs.pointer, x: grid.rect.x, y: y, style: .cursor) }
    screen.put(
      Printable.clip(labels[token], grid.labelWidth - 3, ellipsis: state.glyphs.ellipsis),
      x: grid.rect.x + 2, y: y, style: isCursor ? .cursor : .text)
  }

  private func drawCell(
    _ token: Int, _ iteration: Int, _ grid: HeatGrid, on screen: inout Screen
  ) {
    let cell = grid.cell(Address(token: token, iteration: iteration))
    let isHere = token == state.cursor.token && iteration == state.cursor.iteration
    if isHere { screen.fill(cell, " ", style: .selected) }
    // Nothing runs inside s₀.
    guard state.causing.site == nil || iteration > 0 else { return }
    guard let map, let effect = map[token, iteration] else {
      screen.put(
        state.glyphs.ellipsis, x: Self.markPlace(cell), y: cell.y,
        style: isHere ? .selected : .dim)
      return
    }
    guard let share = map.share(token: token, iteration: iteration, by: state.causing.measure)
    else {
      let isNumber = state.causing.measure.value(effect).isFinite
      screen.put(
        isNumber ? "?" : state.glyphs.diverged, x: Self.markPlace(cell), y: cell.y,
        style: isHere ? .selected : .error)
      return
    }
    let level = Double(min(1, max(0, share)))
    var style: Style = isHere ? .selected : state.hasColour ? .onRamp(level) : .text
    style.isBold = isHere || share >= CausalFinding.enough
    screen.fill(cell, " ", style: style)
    let text = cellText(share, cell.width)
    let shade = state.glyphs.shade(level)
    if !state.hasColour, shade != " " {
      let room = max(1, cell.width - text.count - 1)
      screen.fill(
        Rect(x: cell.x, y: cell.y, width: room, height: 1), shade, style: isHere ? .selected : .text
      )
    }
    // Below the numbers of the iterations, which stand at the left.
    let end = cell.x + min(cell.width, 5)
    screen.put(text, x: end - text.count, y: cell.y, style: style)
  }

  /// Where what is no number stands.
  private static func markPlace(_ cell: Rect) -> Int {
    cell.x + max(0, min(cell.width, 5) - 2)
  }

  /// The share in percent where there is room, a mark beyond the scale, a dot for what is less than one
  /// percent.
  private func cellText(_ share: Float, _ width: Int) -> String {
    let beyond = share > 1.05 ? state.glyphs.up : share < -0.05 ? state.glyphs.down : ""
    let percent = (Double(share) * 100).rounded()
    guard width >= 4 else { return beyond.isEmpty && state.hasColour && percent == 0 ? "" : beyond }
    if percent == 0 { return (state.glyphs.isASCII ? "." : state.glyphs.dot) + " " }
    // In few columns the number says by itself that it is beyond.
    let number = abs(percent) < 1000 ? "\(Int(percent)) " : ""
    let texts = width < 5 ? [number] : [beyond + number, number]
    return texts.first { $0.count > 1 && $0.count <= width } ?? beyond + " "
  }

  /// The scale, and the numbers of the cell at the cursor.
  private func drawFoot(on screen: inout Screen) {
    guard footRect.height > 0 else { return }
    let y = footRect.y
    let isWide = footRect.width >= 76
    let isCut = footRect.width < 40
    var x = screen.put(
      isWide ? "as corrupted 0 " : "0 ", x: footRect.x + 2, y: y, style: .dim,
      width: max(0, footRect.width - 2))
    if !isCut {
      x = RampStrip.draw(
        state, columns: min(16, max(5, footRect.width / 10)), x: x, y: y, on: &screen)
      x = screen.put(
        isWide ? " 1 as clean" : " 1", x: x, y: y, style: .dim, width: max(0, footRect.maxX - x))
    }
    let words = CauseWords(state, pair, map).cell
    let room = footRect.maxX - x - 3
    guard room > 8 else { return }
    screen.put(
      Printable.clip(words, room, ellipsis: state.glyphs.ellipsis), x: x + 3, y: y, style: .accent)
  }
}
