import Trajectories

/// How watched tokens fare in what the selected token says: since when each is first, and rank and
/// probability against the iteration.
let watchedPane = Pane(
  title: { state, width in
    let tracks = state.watchedTracks
    // In little room the one thing to know: when it came first.
    if width < 60, tracks.count == 1, let track = tracks.first {
      let name = Printable.clip(track.name, 8, ellipsis: state.glyphs.ellipsis)
      return "'\(name)' \(track.words(width - 7 - Printable.width(name)))"
    }
    return width < 60
      ? width < 24 ? "first at" : "watched, first at"
      : "watched \(state.glyphs.dot) after \(state.tokenLabel(state.cursor.token)) at r "
        + state.iterationWords
  },
  legend: { state, width in
    width < 60
      ? [] : [("\(state.glyphs.flipInCell) first", .flip)]
  },
  render: { state, screen, rect in
    guard !state.watching.ids.isEmpty else {
      Pane.drawEmpty(state, &screen, rect, "no token is watched; W watches one")
      return
    }
    WatchedView(state, rect).draw(on: &screen)
  },
  pick: { state, rect, point in
    guard !state.watching.ids.isEmpty else { return nil }
    return WatchedView(state, rect).iteration(at: point).map { Pick(iteration: $0) }
  },
  about: PaneAbout(
    title: "watched tokens",
    drawn:
      "Rank and probability of the watched tokens after the selected one, against the "
      + "iteration, exact over the whole vocabulary and not among the likeliest alone; a mark "
      + "is where one comes first.",
    formula: "rank = 1 + how many tokens are likelier; p = softmax(head(coda(sᵢ)))",
    unit: "rank, log; probability"),
  table: TextTable.watched)

/// How the pane divides its room; drawing and pointing share it.
private struct WatchedView {
  let state: ExplorerState
  let tracks: [WatchedTrack]
  /// A line a token, as far as there is room for.
  let lines: Rect
  let rank: Rect
  /// nil where there is room for one plot alone.
  let probability: Rect?

  init(_ state: ExplorerState, _ rect: Rect) {
    self.state = state
    tracks = state.watchedTracks
    let isTall = rect.height >= 10
    let count =
      isTall ? min(tracks.count, rect.height / 3) : rect.height >= 6 && tracks.count > 1 ? 1 : 0
    let (top, below) = rect.splitTop(count)
    lines = top
    let plots = below.inset(top: isTall ? 1 : 0)
    if plots.width >= 60, plots.height >= 5 {
      let (left, right) = plots.splitLeft(plots.width / 2)
      (rank, probability) = (left, right.inset(left: 2))
    } else if plots.height >= 14 {
      let (upper, lower) = plots.splitTop(plots.height / 2)
      (rank, probability) = (upper, lower)
    } else {
      (rank, probability) = (plots, nil)
    }
  }

  func draw(on screen: inout Screen) {
    if lines.height >= tracks.count || lines.height > 1 {
      for (line, track) in tracks.prefix(lines.height).enumerated() {
        draw(track, line, y: lines.y + line, on: &screen)
      }
    } else if lines.height == 1 {
      drawShort(on: &screen)
    }
    let ranks = tracks.enumerated().map { index, track in
      curve(track, index) { Double($0.rank) }
    }
    // Whole decades, and the top of the plot is the top of the ranking.
    var axis = Axis(ranks.flatMap(\.finite) + [1, 10], scale: .log)
    axis.isDownward = true
    plot(
      ranks, axis, rank, title: rank.width < 34 ? "rank, log" : "rank, log; 1 is the likeliest",
      on: &screen)
    guard let probability else { return }
    let chances = tracks.enumerated().map { index, track in
      curve(track, index) { Double($0.probability) }
    }
    plot(chances, Axis(from: 0, to: 1), probability, title: "probability", on: &screen)
  }

  /// A token, how it stands at the cursor, and when it came first.
  private func draw(_ track: WatchedTrack, _ index: Int, y: Int, on screen: inout Screen) {
    let name = Printable.padded(
      Printable.clip(track.name, 12, ellipsis: state.glyphs.ellipsis), nameWidth)
    var x = screen.put(name + " ", x: lines.x, y: y, style: .series(index), width: lines.width)
    let here = state.cursor.iteration
    let words: String
    if state.reading?.isDiverged ?? false {
      words = state.glyphs.diverged
    } else if track.standings.indices.contains(here), let standing = track.standings[here] {
      words = "rank \(standing.rank)"
      x = screen.put(
        Printable.padded(words, lines.width < 50 ? 8 : 11), x: x, y: y,
        style: Style.text.bold(standing.rank == 1),
        width: lines.maxX - x)
      x = screen.put(
        Numbers.probability(standing.probability) + "  ", x: x, y: y, style: .text,
        width: lines.maxX - x)
      screen.put(
        track.words(lines.maxX - x), x: x, y: y,
        style: track.since == nil ? .dim : .flip, width: lines.maxX - x)
      return
    } else {
      words = state.glyphs.ellipsis
    }
    screen.put(words, x: x, y: y, style: .dim, width: lines.maxX - x)
  }

  private var nameWidth: Int { min(12, tracks.map { Printable.width($0.name) }.max() ?? 1) }

  /// All of them in one line: when each came first.
  private func drawShort(on screen: inout Screen) {
    var x = lines.x
    for (index, track) in tracks.enumerated() where x < lines.maxX {
      let name = Printable.clip(track.name, 6, ellipsis: state.glyphs.ellipsis)
      x = screen.put(name, x: x, y: lines.y, style: .series(index), width: lines.maxX - x)
      let words = track.first.map { " r \($0)" } ?? " \(state.glyphs.minus)"
      x = screen.put(words + "  ", x: x, y: lines.y, style: .flip, width: lines.maxX - x)
    }
  }

  private func curve(
    _ track: WatchedTrack, _ index: Int, _ value: (Standing) -> Double
  ) -> Plot.Curve {
    Plot.Curve(
      values: track.standings.map { $0.map(value) }, style: .series(index),
      mark: tracks.count > 1 ? track.name.first : nil)
  }

  private func plot(
    _ curves: [Plot.Curve], _ axis: Axis, _ rect: Rect, title: String, on screen: inout Screen
  ) {
    var area = rect
    if rect.height >= 6 {
      screen.put(title, x: rect.x, y: rect.y, style: .dim, width: rect.width)
      area = rect.inset(top: 1)
    }
    Plot(
      curves: curves, axis: axis, lastIteration: state.horizon, cursor: state.cursor.iteration,
      marks: tracks.compactMap(\.first)
    )
    .render(on: &screen, in: area, capabilities: state.capabilities)
  }

  /// The iteration drawn at a point of either plot.
  func iteration(at point: Point) -> Int? {
    let rects = [rank, probability].compactMap(\.self)
    guard let rect = rects.first(where: { $0.contains(point) }) else { return nil }
    return Plot.iteration(
      atColumn: point.x, in: Plot.plotArea(rect), lastIteration: state.horizon)
  }
}
