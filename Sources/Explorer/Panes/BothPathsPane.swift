import Trajectories

/// The paths of both branches at the selected token in one plane, which is fitted to both.
let bothPathsPane = Pane(
  title: { state, width in
    guard let plane = BothPaths.plane(state) else { return "paths" }
    let glyphs = state.glyphs
    let pair = state.plane.pair.words(glyphs)
    let ratio = plane.explainedVarianceRatio
    let share = state.plane.pair.components.reduce(0) {
      $0 + (ratio.indices.contains($1) ? ratio[$1] : 0)
    }
    let percent = "\(Int((share * 100).rounded()))%"
    let long = "paths \(glyphs.dot) one plane fitted to both \(glyphs.dot) \(pair) \(percent)"
    if Printable.width(long) + 20 <= width { return long }
    let words = "paths \(glyphs.dot) plane of both \(percent)"
    return Printable.width(words) + 4 <= width ? words : "paths \(percent)"
  },
  legend: { state, width in
    let glyphs = state.glyphs
    return width < 44
      ? [] : [("A line", ExplorerState.styleOfA), ("B broken", ExplorerState.styleOfB)]
  },
  render: { state, screen, rect in
    guard state.bothBranches != nil else {
      Pane.drawNoOther(state, &screen, rect)
      return
    }
    guard let plane = BothPaths.plane(state) else {
      Pane.drawEmpty(
        state, &screen, rect,
        state.otherModelOfPair.map(state.unknown)
          ?? (state.comparing.isFitting
            ? "fitting \(state.glyphs.ellipsis)"
            : state.comparing.isStopped
              ? "stopped; v v compares anew" : "a plane takes 3 states"))
      return
    }
    BothPaths(state, plane, rect)?.draw(on: &screen)
  },
  pick: { state, rect, point in
    guard let plane = BothPaths.plane(state), let view = BothPaths(state, plane, rect),
      let iteration = view.iteration(near: point)
    else { return nil }
    return Pick(iteration: iteration)
  },
  about: PaneAbout(
    title: "two paths in one plane",
    drawn:
      "The states of both runs at the selected token in one plane fitted to both; A is a "
      + "line, B a broken one, ○ where each starts and ◉ the cursor.",
    formula: "PCA of ln_f(s) of both paths together",
    unit: "of the normed state"))

/// The drawing of both paths; drawing and pointing share it.
private struct BothPaths {
  /// One path; nil where a state is not finite.
  private struct Path {
    let points: [PlanePoint?]  // [iterations + 1]
    let style: Style
    let name: String
    let isBroken: Bool
  }

  private let state: ExplorerState
  private let paths: [Path]
  private let scale: PlaneScale

  /// That of the selected token, once it is there.
  static func plane(_ state: ExplorerState) -> SharedPlane? {
    guard let pair = state.pair, let plane = state.comparing.known[pair]?.plane,
      plane.token == state.cursor.token
    else { return nil }
    return plane
  }

  init?(_ state: ExplorerState, _ plane: SharedPlane, _ rect: Rect) {
    guard rect.width > 3, rect.height > 1, plane.paths.count == 2 else { return nil }
    let pair = state.plane.pair
    func points(_ path: [[Float]]) -> [PlanePoint?] { path.map(pair.point) }
    self.state = state
    paths = [
      Path(
        points: points(plane.paths[0]), style: ExplorerState.styleOfA, name: "A", isBroken: false),
      Path(
        points: points(plane.paths[1]), style: ExplorerState.styleOfB, name: "B", isBroken: true),
    ]
    scale = PlaneScale(paths.flatMap { $0.points.compactMap { $0 } }, in: rect)
  }

  /// The iteration of A's state that lies there.
  func iteration(near point: Point) -> Int? {
    let distances = paths[0].points.enumerated().compactMap { iteration, place in
      place.map { (iteration, columns: distance(scale.cell($0), point)) }
    }
    return distances.min { $0.columns < $1.columns }.flatMap { $0.columns <= 3 ? $0.0 : nil }
  }

  /// In columns; a row counts two.
  private func distance(_ cell: Point, _ point: Point) -> Int {
    max(abs(cell.x - point.x), 2 * abs(cell.y - point.y))
  }

  func draw(on screen: inout Screen) {
    let glyphs = state.glyphs
    scale.drawAxes(on: &screen, glyphs)
    var canvas = Canvas(
      Size(width: scale.area.width, height: scale.area.height),
      glyphs: glyphs.isASCII ? .ascii : state.capabilities.glyphs)
    for path in paths {
      for (before, here) in zip(path.points, path.points.dropFirst()) {
        guard let here else { continue }
        // After a gap the path begins anew.
        canvas.line(
          scale.dot(before ?? here, on: canvas), scale.dot(here, on: canvas), path.style,
          rank: path.isBroken ? 1 : 2, isBroken: path.isBroken)
      }
    }
    canvas.draw(on: &screen, at: Point(x: scale.area.x, y: scale.area.y))
    drawMarks(on: &screen, canvas)
  }

  /// Where both begin, and where they are at the cursor's iteration, by name.
  private func drawMarks(on screen: inout Screen, _ canvas: Canvas) {
    let glyphs = state.glyphs
    var labels = PlaneLabels(area: scale.area, canvas: canvas)
    let here = paths.map { path -> Point? in
      let last = path.points.count - 1
      let iteration = min(state.cursor.iteration, last)
      return iteration >= 0 ? path.points[iteration].map(scale.cell) : nil
    }
    let starts = paths.map { ($0.points.first ?? nil).map(scale.cell) }
    for cell in (here + starts).compactMap({ $0 }) { labels.block(cell) }
    // The names find their places first and are drawn last: nothing hides them.
    let names = zip(paths, here).map { path, cell in
      cell.flatMap { labels.place(path.name, at: $0, isForced: true) }
    }
    for (path, start) in zip(paths, starts) {
      guard let start else { continue }
      screen.put(glyphs.isASCII ? "o" : "○", x: start.x, y: start.y, style: path.style)
      if let spot = labels.place(glyphs.start, at: start, isForced: false) {
        screen.put(glyphs.start, x: spot.x, y: spot.y, style: path.style)
      }
    }
    for (index, path) in paths.enumerated().reversed() {
      guard let cell = here[index] else { continue }
      screen.put(glyphs.here, x: cell.x, y: cell.y, style: path.style.bold())
      if let name = names[index] {
        screen.put(path.name, x: name.x, y: name.y, style: path.style.bold())
      }
    }
  }
}
