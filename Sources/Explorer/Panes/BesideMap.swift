import Trajectories

/// How the heat map's room is shared between it, a strip of all tokens, and a second metric beside it.
struct HeatRooms {
  private(set) var map: Rect
  /// nil where all tokens are in sight, or there is no room for it.
  private(set) var tokens: Rect?
  /// nil where none is wanted, or there is no room for it.
  private(set) var beside: Rect?

  /// Columns that the map itself needs beside its cells and for each of them.
  private static let least = (label: 8, cell: 3)

  init(_ state: ExplorerState, _ branch: Branch, _ rect: Rect) {
    self.init(metrics: state, branch, rect)
    guard state.presenting == nil, map.width > 40,
      HeatGrid.lines(in: map, of: branch.tokenCount).rows < branch.tokenCount
    else { return }
    let (left, right) = map.splitLeft(map.width - TokenMap.width)
    (map, tokens) = (left.inset(right: 1), right)
  }

  private init(metrics state: ExplorerState, _ branch: Branch, _ rect: Rect) {
    let most = branch.passages.map(\.trajectory.lastIteration).max() ?? 0
    let columns = max(state.liveTarget, most, 1) + 1
    guard state.besideMetric != nil, rect.width >= 60 else {
      map = rect
      return
    }
    // Two columns a cell where the map keeps what its text needs, else one; of more iterations both scroll.
    let cell = rect.width >= Self.least.label + columns * (Self.least.cell + 2) ? 2 : 1
    let width = min(rect.width * 2 / 5, columns * cell + BesideMap.margin)
    let (left, right) = rect.splitLeft(rect.width - width - 1)
    map = left
    beside = right.inset(left: 1)
  }
}

/// A second metric of the same tokens and iterations, in narrow cells without text.
struct BesideMap {
  let state: ExplorerState
  let branch: Branch
  let metric: Metric
  let grid: HeatGrid
  let axis: Axis

  /// Columns before the cells, and behind them for the mark that there is more.
  static let margin = 3

  init?(_ state: ExplorerState, _ branch: Branch, _ rect: Rect) {
    guard let metric = state.besideMetric else { return nil }
    let most = branch.passages.map(\.trajectory.lastIteration).max() ?? 0
    let grid = HeatGrid(
      rect, cursor: state.cursor, tokens: branch.tokenCount,
      columns: max(state.liveTarget, most, 1) + 1, label: { _ in 1 },
      cell: { _, share in max(1, min(4, share)) }, isStartApart: true,
      tallest: HeatGrid.tallest)
    guard let grid else { return nil }
    self.state = state
    self.branch = branch
    self.metric = metric
    self.grid = grid
    axis = Axis(metric, of: branch)
  }

  func draw(on screen: inout Screen) {
    let rect = grid.rect
    let unit = state.glyphs.plain(metric.unit)
    let heading = "\(metric.title), \(unit)\(metric.isLogarithmic ? ", log" : "")"
    screen.put(
      Printable.clip(heading, rect.width - 1, ellipsis: state.glyphs.ellipsis), x: rect.x + 1,
      y: rect.y, style: .title)
    for token in grid.shownTokens {
      for iteration in grid.shownIterations { draw(token, iteration, on: &screen) }
    }
    guard grid.hasFoot, grid.footLine < rect.maxY else { return }
    _ = grid.drawScale(state, axis, unit: "", ends: metric.ends, on: &screen)
  }

  private func draw(_ token: Int, _ iteration: Int, on screen: inout Screen) {
    let passage = branch.passages[branch.passage(of: token)]
    let row = token - passage.firstToken
    guard iteration <= passage.trajectory.lastIteration else { return }
    let cell = grid.cell(Address(token: token, iteration: iteration))
    let step = passage.trajectory.steps[iteration]
    let isHere = iteration == state.cursor.iteration && token == state.cursor.token
    guard !step.measures[row].isDiverged, !step.readings[row].isDiverged else {
      screen.put(
        state.glyphs.diverged, x: cell.x, y: cell.y, style: isHere ? .selected : .error)
      return
    }
    let level =
      iteration == 0
      ? nil
      : metric.drawn(passage.trajectory, iteration: iteration, token: row).flatMap(axis.place)
    guard let level else {
      screen.put(state.glyphs.dot, x: cell.x, y: cell.y, style: isHere ? .selected : .dim)
      return
    }
    var style: Style = isHere ? .selected : state.hasColour ? .onRamp(level) : .text
    style.isUnderlined = iteration == state.cursor.iteration && !isHere
    let shade = state.hasColour ? " " : state.glyphs.shade(level)
    var plain = style
    plain.isUnderlined = false
    screen.fill(cell, shade, style: plain)
    // A line below each of several lines would be a grid.
    screen.fill(cell.inset(top: cell.height - 1), shade, style: style)
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
