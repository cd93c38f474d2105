import LatentModels
import Trajectories

/// The map of a model that thinks behind its prompt: down the tokens of the prompt, the thoughts and the
/// tokens of the answer; across the blocks that each goes through, with what the head would say there.
/// Drawing and pointing share it.
struct ThoughtMap {
  private let state: ExplorerState
  private let branch: Branch
  private let grid: HeatGrid
  private let rows: [ThoughtRow]
  private let here: Int
  private let axis: Axis
  private let showsChange: Bool

  init?(_ state: ExplorerState, _ branch: Branch, _ rect: Rect) {
    let rows = state.thoughtRows
    let blocks = max(1, state.model?.coreBlocks ?? 1)
    let here = state.thoughtRowIndex(rows)
    let grid = HeatGrid(
      rect, cursor: Address(token: here, iteration: min(state.inside.block.block, blocks)),
      tokens: rows.count, columns: blocks + 1,
      label: { shown in
        let longest = shown.map { Printable.width(Self.label(rows[$0], state, branch)) }.max() ?? 1
        return min(max(1, longest), max(2, rect.width / 5)) + 3
      },
      cell: { _, share in min(share, 12) })
    guard let grid else { return nil }
    self.state = state
    self.branch = branch
    self.grid = grid
    self.rows = rows
    self.here = here
    showsChange = state.metric.needs == .measures
    let change = showsChange
    let values = rows.flatMap { row in
      (state.depth[row.place, row.row]?.cells ?? []).compactMap { Self.value($0, change) }
    }
    axis = Axis(values, scale: .linear, from: true)
  }

  static func title(_ state: ExplorerState, _ width: Int) -> String {
    let rows = "text and thoughts \(state.glyphs.times) blocks"
    if state.presenting != nil { return rows }
    let what =
      state.metric.needs == .measures
      ? "what each changes, share of the stream" : "entropy, nats"
    let whole = "\(rows) \(state.glyphs.dot) \(what)"
    return Printable.width(whole) <= width - 4 - 7 ? whole : what + " by block"
  }

  /// The rows in sight.
  var shownRows: ArraySlice<ThoughtRow> { rows[grid.shownTokens] }

  private static func value(_ cell: DepthTable.Cell, _ showsChange: Bool) -> Double? {
    let value = showsChange ? cell.added : cell.reading.isDiverged ? nil : cell.reading.entropy
    return value.map(Double.init).flatMap { $0.isFinite ? $0 : nil }
  }

  private static func label(_ row: ThoughtRow, _ state: ExplorerState, _ branch: Branch) -> String {
    row.thought.map { "t\($0)" } ?? state.visible(branch.token(row.token).text)
  }

  func draw(on screen: inout Screen) {
    drawBlocks(on: &screen)
    for index in grid.shownTokens {
      drawLabel(index, on: &screen)
      for column in grid.shownIterations { drawCell(index, column, on: &screen) }
    }
    grid.drawMore(state.glyphs, on: &screen)
    if grid.hasFoot { drawLegend(on: &screen) }
  }

  /// What the columns are: what goes in, then every block.
  private func drawBlocks(on screen: inout Screen) {
    let rect = grid.rect
    if grid.labelWidth >= 8 { screen.put("block", x: rect.x + 2, y: rect.y, style: .dim) }
    let step = [1, 2, 5, 10].first { $0 * grid.cellWidth >= 3 } ?? 20
    for column in grid.shownIterations {
      let isHere = column == grid.cursor.iteration
      guard isHere || column % step == 0 else { continue }
      let name = column == 0 ? (grid.cellWidth > 2 ? "in" : "0") : "\(column)"
      let x = grid.x(ofIteration: column)
      screen.put(
        isHere ? Printable.padded(name, max(name.count, grid.cellWidth)) : name, x: x, y: rect.y,
        style: isHere ? .selected : .text, width: rect.maxX - x)
    }
  }

  private func drawLabel(_ index: Int, on screen: inout Screen) {
    let row = rows[index]
    let (x, y) = (grid.rect.x, grid.y(ofToken: index))
    let isHere = index == here
    if isHere { screen.put(state.glyphs.pointer, x: x, y: y, style: .cursor) }
    let isAppended = row.token >= branch.promptCount
    if isAppended, row.thought == nil {
      screen.put(state.glyphs.appended, x: x + 1, y: y, style: .good)
    }
    var style: Style = row.thought != nil ? .accent : .text
    if row.thought == nil, branch.token(row.token).isSpecial { style = .dim }
    if row.isUnused || isToCome(row) { style = .dim }
    if isHere { style = .cursor }
    style.isUnderlined = !isHere && isLookedAt(row)
    screen.put(
      Printable.clip(
        Self.label(row, state, branch), max(1, grid.labelWidth - 3),
        ellipsis: state.glyphs.ellipsis), x: x + 2, y: y, style: style)
  }

  /// The thought at the cursor, while a token before it is.
  private func isLookedAt(_ row: ThoughtRow) -> Bool {
    row.thought == state.cursor.iteration && row.token == state.thinkingToken
  }

  /// Whether it is still to be thought, or a class is not to see it yet.
  private func isToCome(_ row: ThoughtRow) -> Bool {
    !row.isThere
      || row.place.node == state.passage?.node && (row.thought ?? 0) > state.lastShown
  }

  private func drawCell(_ index: Int, _ column: Int, on screen: inout Screen) {
    let row = rows[index]
    let cell = grid.cell(Address(token: index, iteration: column))
    let inset = min(1, cell.width - 1)
    let isToCome = isToCome(row)
    guard !isToCome, let known = state.depth[row.place, row.row] else {
      // Thoughts that are to come are dots, what is being looked for says so once a row.
      if !isToCome, column == max(1, grid.firstIteration) {
        screen.put(state.glyphs.ellipsis, x: cell.x + inset, y: cell.y, style: .dim)
      } else if isToCome, column > 0 {
        screen.put(state.glyphs.dot, x: cell.x + inset, y: cell.y, style: .dim)
      }
      return
    }
    let place = column - known.firstBlock
    guard known.cells.indices.contains(place) else { return }
    let found = known.cells[place]
    let isHere = index == here && column == grid.cursor.iteration
    if found.reading.isDiverged {
      screen.put(
        state.glyphs.diverged, x: cell.x + inset, y: cell.y, style: isHere ? .selected : .error)
      return
    }
    let level = Self.value(found, showsChange).flatMap(axis.place)
    var style: Style = row.isUnused ? .dim : level.map { Style.onRamp($0) } ?? .text
    if !state.hasColour { style = .text }
    if isHere { style = .selected }
    let best = found.reading.best?.text
    let isFlip = place > 0 && best != known.cells[place - 1].reading.best?.text
    style.isBold = isFlip || isHere
    style.isUnderlined = index == here && !isHere || isLookedAt(row)
    screen.fill(cell, " ", style: style)
    var x = cell.x
    if isFlip, cell.width > 1 {
      screen.put(state.glyphs.flipInCell, x: x, y: cell.y, style: style)
    }
    x += inset
    if state.showsText, let best {
      let text = Printable.clip(
        state.visible(best), max(1, cell.maxX - x - (state.hasColour ? 0 : 1)),
        ellipsis: state.glyphs.ellipsis)
      x = screen.put(text, x: x, y: cell.y, style: style)
    }
    var faint = style
    faint.isBold = false
    // Without colour the shade fills what is left of the cell.
    if !state.hasColour, let level, x < cell.maxX {
      screen.fill(cell.inset(left: x - cell.x), state.glyphs.shade(level), style: faint)
    }
    guard state.showsText, state.presenting == nil, let chance = found.reading.best?.probability
    else { return }
    let share = state.hasColour ? Numbers.share(chance) : " \(Numbers.share(chance)) "
    guard x + 2 + share.count <= cell.maxX else { return }
    screen.putRight(share, end: cell.maxX - 1, y: cell.y, style: faint)
  }

  private func drawLegend(on screen: inout Screen) {
    let (rect, y) = (grid.rect, grid.footLine)
    guard y < rect.maxY else { return }
    let x = grid.drawScale(
      state, axis, unit: showsChange ? "" : " nats", ends: showsChange ? nil : Metric.entropy.ends,
      on: &screen)
    guard grid.rows < rows.count else { return }
    let words = "rows \(grid.firstToken)-\(grid.firstToken + grid.rows - 1) of \(rows.count)"
    if x + words.count + 1 <= rect.maxX {
      screen.putRight(words, end: rect.maxX, y: y, style: .dim)
    }
  }

  /// The row at a point, and its block.
  func pick(_ point: Point) -> Pick? {
    guard let found = grid.pick(point), let index = found.token, rows.indices.contains(index)
    else { return nil }
    let row = rows[index]
    guard row.isThere else { return nil }
    let isLast = row.token == branch.passages[branch.passage(of: row.token)].tokens.upperBound - 1
    var pick = Pick(token: row.token, iteration: isLast ? row.place.iteration : nil)
    if let block = found.iteration { pick.block = BlockPlace(.core, min(block, grid.columns - 1)) }
    return pick
  }
}
