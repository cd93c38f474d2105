import Trajectories

/// The run as a line: where one is, how far it has come, where the answer flipped.
let scrubPane = Pane(
  title: { _, _ in "run" },
  legend: { _, _ in [] },
  render: { state, screen, rect in
    let glyphs = state.glyphs
    let label = "\(state.cursor.iteration)/\(state.target)"
    let track = scrubTrack(rect, state)
    screen.put(glyphs.trackStart, x: rect.x, y: rect.y, style: .dim)
    screen.put(glyphs.trackEnd, x: track.maxX, y: rect.y, style: .dim)
    screen.fill(track, glyphs.trackOpen, style: .dim)
    guard let trajectory = state.trajectory else { return }
    let done = scrubColumn(state.edge, track, state)
    screen.fill(
      Rect(x: track.x, y: track.y, width: done - track.x + 1, height: 1), glyphs.trackDone,
      style: state.focus == .scrub ? .accent : .text)
    if state.edge < state.target { screen.put(glyphs.liveEdge, x: done, y: rect.y, style: .good) }
    for flip in trajectory.flips(token: state.row) where flip <= state.lastShown {
      screen.put(glyphs.flip, x: scrubColumn(flip, track, state), y: rect.y, style: .flip)
    }
    screen.put(
      glyphs.you, x: scrubColumn(state.cursor.iteration, track, state), y: rect.y, style: .cursor)
    screen.putRight(label, end: rect.maxX, y: rect.y, style: .text)
    guard rect.height > 1, state.presenting == nil else { return }
    var x = rect.x
    let lastFlip = state.flips.last.map { ", last at \($0)" } ?? ""
    for (mark, words, style) in [
      (glyphs.you, "you", Style.cursor), (glyphs.flip, "flip of this token\(lastFlip)", .flip),
      (glyphs.liveEdge, "live edge", .good), (String(glyphs.trackOpen), "to compute", .dim),
    ] {
      x = screen.put(mark, x: x, y: rect.y + 1, style: style)
      x = screen.put(" \(words)   ", x: x, y: rect.y + 1, style: .dim)
    }
    screen.putRight("speed \(state.speedLabel)", end: rect.maxX, y: rect.y + 1, style: .dim)
  },
  pick: { state, rect, point in
    let track = scrubTrack(rect, state)
    return Pick(
      token: nil,
      iteration: Plot.iteration(atColumn: point.x, in: track, lastIteration: state.horizon))
  },
  about: PaneAbout(
    title: "the run as a line",
    drawn:
      "The iterations of the run from s₀ to the target: ◆ is where you are, ● where the "
      + "answer of the selected token changed, ┃ how far the run has come; what is dashed is "
      + "still to be computed. A click goes there.",
    unit: "iterations"),
  table: TextTable.flips)

private func scrubTrack(_ rect: Rect, _ state: ExplorerState) -> Rect {
  let label = "\(state.horizon)/\(state.target)".count
  return Rect(x: rect.x + 1, y: rect.y, width: rect.width - label - 3, height: 1)
}

private func scrubColumn(_ iteration: Int, _ track: Rect, _ state: ExplorerState) -> Int {
  track.x + min(max(0, track.width - 1), iteration * max(0, track.width - 1) / state.horizon)
}
