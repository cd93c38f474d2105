import Trajectories

/// Where each exit rule would have stopped the run, and what the answer was there: at a glance,
/// which rules leave too early.
let exitsPane = Pane(
  // The rules ask for the answer at the end of the prompt, whatever token of it is selected.
  title: { state, _ in
    "exit rules \(state.glyphs.dot) answer after \(state.tokenLabel((state.passage?.tokens.upperBound ?? 1) - 1))"
  },
  legend: { state, _ in
    let now = state.trajectory.flatMap { $0.steps[$0.lastIteration].readings.last }
    if now?.isDiverged ?? false { return [("\(state.glyphs.diverged) no answer now", .error)] }
    return [
      ("\(state.glyphs.same) same answer as now", .good),
      ("\(state.glyphs.differs) another", .warning),
    ]
  },
  render: { state, screen, rect in
    guard let trajectory = state.trajectory, trajectory.lastIteration > 0 else {
      Pane.drawEmpty(state, &screen, rect, "after the first iteration")
      return
    }
    ExitsView(state: state, trajectory: trajectory, rect: rect).draw(on: &screen)
  },
  pick: { state, rect, point in
    guard state.trajectory != nil else { return nil }
    let rows = ExitsView.rows(state.exits)
    let index = (point.y - rect.y - 1) / ExitsView.pitch(rect.height, rules: rows.count)
    guard point.y > rect.y, index < rows.count else { return nil }
    let columns = ExitsView.columns(rect.width)
    let row = point.x < rect.x + columns.all ? rows[index].published : rows[index].all
    return row.stop.map { Pick(token: nil, iteration: $0) }
  })

private struct ExitsView {
  let state: ExplorerState
  let trajectory: Trajectory
  let rect: Rect

  /// A rule in its published scope and over all positions.
  typealias Pair = (published: ExitWatch.Row, all: ExitWatch.Row)

  static func rows(_ watch: ExitWatch) -> [Pair] {
    stride(from: 0, to: watch.rows.count - 1, by: 2).map { (watch.rows[$0], watch.rows[$0 + 1]) }
  }

  /// Lines a rule takes: a second one explains it where there is room.
  static func pitch(_ height: Int, rules: Int) -> Int { height > 2 * rules ? 2 : 1 }

  /// Where the two answers stand, from the left edge.
  static func columns(_ width: Int) -> (published: Int, all: Int) {
    let name = width >= 44 ? 26 : 17
    return (min(name, width / 2), min(name, width / 2) + max(10, (width - name) / 2))
  }

  func draw(on screen: inout Screen) {
    let columns = Self.columns(rect.width)
    put(&screen, 0, 0, "rule", .dim)
    put(&screen, columns.published, 0, "as published", .dim)
    put(&screen, columns.all, 0, "all positions", .dim)
    let rows = Self.rows(state.exits)
    let pitch = Self.pitch(rect.height, rules: rows.count)
    for (index, pair) in rows.enumerated() {
      let line = index * pitch + 1
      let rule = pair.published.rule
      let sign = rule.exits == .below ? "<" : state.glyphs.atLeast
      let threshold = Numbers.short(Double(pair.published.threshold))
      let name = columns.published >= 26 ? "\(rule.name) \(sign) \(threshold)" : rule.name
      put(&screen, 0, line, Printable.clip(name, columns.published - 1), .text)
      draw(pair.published, columns.published, line, &screen)
      draw(pair.all, columns.all, line, &screen)
      if pitch > 1 { put(&screen, 2, line + 1, rule.explanation, .dim) }
    }
  }

  /// `12 '2' ✓`, or how far off the rule still is.
  private func draw(_ row: ExitWatch.Row, _ column: Int, _ line: Int, _ screen: inout Screen) {
    let token = trajectory.tokens.count - 1
    guard let stop = row.stop, stop <= trajectory.lastIteration,
      let answer = trajectory.steps[stop].readings[token].best
    else {
      let isDiverged = row.value == nil && trajectory.divergence != nil
      let value = row.value.map { " at \(Numbers.short(Double($0)))" }
      return put(
        &screen, column, line, state.glyphs.minus + (value ?? (isDiverged ? " diverged" : "")), .dim
      )
    }
    let now = trajectory.steps[trajectory.lastIteration].readings[token].argmax
    let isSame = now.map { $0 == answer.id }
    // Of a run that diverged there is no answer to be the same as.
    let mark = isSame.map { $0 ? state.glyphs.same : state.glyphs.differs } ?? ""
    let text = "r \(stop) '\(Printable.clip(state.visible(answer.text), 8))' \(mark)"
    put(&screen, column, line, text, isSame.map { $0 ? .good : .warning } ?? .text)
  }

  private func put(
    _ screen: inout Screen, _ column: Int, _ line: Int, _ text: String, _ style: Style
  ) {
    guard line < rect.height, column < rect.width else { return }
    let clipped = Printable.clip(text, rect.width - column, ellipsis: state.glyphs.ellipsis)
    screen.put(clipped, x: rect.x + column, y: rect.y + line, style: style)
  }
}
