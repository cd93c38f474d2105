import Trajectories

/// The paths of all copies in one plane, as far as the cursor: colours and letters are answers, the run
/// without noise and the picked copy lie on top.
struct FanPlane {
  private struct Path {
    let points: [PlanePoint?]  // [iterations + 1]
    let style: Style
    let mark: String
    let rank: Int
    /// Which copy; nil of the run without noise.
    let copy: Int?
    /// Which answer, most votes first; nil of what lies on top.
    let answer: Int?
  }

  private let state: ExplorerState
  private let paths: [Path]
  private let scale: PlaneScale
  private let last: Int

  /// nil where there is nothing to draw.
  init?(_ state: ExplorerState, _ answers: FanAnswers, _ rect: Rect) {
    guard let plain = state.fanning.plain, let first = state.fanning.question?.firstShown,
      rect.width > 3, rect.height > 1
    else { return nil }
    self.state = state
    last = state.fanIteration
    func points(_ copy: EnsembleCopy) -> [PlanePoint?] {
      copy.points.enumerated().map { $0.offset < first ? nil : ComponentPair().point($0.element) }
    }
    let order = answers.all.map(\.answer)
    // What few say lies over what many say.
    var paths: [Path] = []
    for (place, answer) in order.enumerated() {
      guard let look = answers[answer] else { continue }
      for (index, copy) in state.fanning.copies.enumerated()
      where copy.rollout.answer == answer && index != state.fanning.selected {
        paths.append(
          Path(
            points: points(copy), style: look.style, mark: look.mark, rank: 1, copy: index,
            answer: place))
      }
    }
    paths.append(
      Path(
        points: points(plain), style: .title, mark: state.glyphs.here, rank: 2, copy: nil,
        answer: nil))
    if let selected = state.fanning.selected, state.fanning.copies.indices.contains(selected) {
      let copy = state.fanning.copies[selected]
      paths.append(
        Path(
          points: points(copy), style: .cursor,
          mark: answers[copy.rollout.answer]?.mark ?? state.glyphs.here, rank: 3, copy: selected,
          answer: nil))
    }
    self.paths = paths
    let all = paths.flatMap(\.points).compactMap(\.self)
    guard !all.isEmpty else { return nil }
    scale = PlaneScale(all, in: rect)
  }

  func draw(on screen: inout Screen) {
    guard paths.contains(where: { $0.points.prefix(last + 1).contains { $0 != nil } }) else {
      Pane.drawEmpty(state, &screen, scale.area, FanWords.begin(state.glyphs))
      return
    }
    scale.drawAxes(on: &screen, state.glyphs)
    var canvas = Canvas(
      Size(width: scale.area.width, height: scale.area.height),
      glyphs: state.glyphs.isASCII ? .ascii : state.capabilities.glyphs)
    for path in paths { draw(path, on: &canvas) }
    thicken(on: &canvas)
    canvas.draw(on: &screen, at: Point(x: scale.area.x, y: scale.area.y))
    for path in paths {
      guard path.points.indices.contains(last), let end = path.points[last] else { continue }
      let cell = scale.cell(end)
      screen.put(
        path.mark, x: cell.x, y: cell.y, style: path.rank == 3 ? .selected : path.style.bold())
    }
  }

  private func draw(_ path: Path, on canvas: inout Canvas) {
    var before: Point?
    for point in path.points.prefix(last + 1) {
      guard let point else {
        before = nil
        continue
      }
      let here = scale.dot(point, on: canvas)
      // Without colour what fewer say is told by broken lines.
      canvas.line(
        before ?? here, here, path.style, rank: path.rank,
        isBroken: !state.hasColour && (path.answer ?? 0) > 0)
      // Twice as wide.
      if path.rank == 3, let before, before.x + 1 < canvas.width, here.x + 1 < canvas.width {
        canvas.line(
          Point(x: before.x + 1, y: before.y), Point(x: here.x + 1, y: here.y), path.style,
          rank: path.rank)
      }
      before = here
    }
  }

  /// Where many copies that answer alike go the same way, the line is wide.
  private func thicken(on canvas: inout Canvas) {
    let answers = Set(paths.compactMap(\.answer))
    for answer in answers {
      let alike = paths.filter { $0.answer == answer }
      var counts: [Point: Int] = [:]
      for path in alike {
        var dots: Set<Point> = []
        for (start, end) in segments(path, canvas) {
          Canvas.walk(start, end) { dot, _ in dots.insert(dot) }
        }
        for dot in dots { counts[dot, default: 0] += 1 }
      }
      // A share of all copies, so that what is wide stays few.
      let many = max(3, state.fanning.copies.count / 6)
      for (dot, count) in counts where count >= many {
        let reach = count >= 3 * many ? 2 : 1
        for step in 1...reach {
          canvas.dot(dot.x + step, dot.y, alike[0].style, rank: 1)
          canvas.dot(dot.x - step, dot.y, alike[0].style, rank: 1)
          canvas.dot(dot.x, dot.y + step, alike[0].style, rank: 1)
          canvas.dot(dot.x, dot.y - step, alike[0].style, rank: 1)
        }
      }
    }
  }

  /// The pieces of a path as far as the cursor, in dots.
  private func segments(_ path: Path, _ canvas: Canvas) -> [(Point, Point)] {
    zip(path.points.prefix(last + 1), path.points.prefix(last + 1).dropFirst()).compactMap {
      guard let start = $0, let end = $1 else { return nil }
      return (scale.dot(start, on: canvas), scale.dot(end, on: canvas))
    }
  }

  /// The copy whose path, as far as it is drawn, passes a point nearest; nil where none is near.
  func copy(near point: Point) -> Int? {
    guard scale.area.contains(point) else { return nil }
    var best: (copy: Int, columns: Int)?
    for path in paths {
      guard let copy = path.copy else { continue }
      let shown = path.points.prefix(last + 1)
      for (index, place) in shown.enumerated() {
        guard let place else { continue }
        let end = scale.cell(place)
        let start = index > 0 ? shown[index - 1].map(scale.cell) ?? end : end
        Canvas.walk(start, end) { cell, _ in
          // Ends, which carry letters, go before what lies on the way.
          let isEnd = index == last && cell == end
          let columns = 2 * max(abs(cell.x - point.x), 2 * abs(cell.y - point.y)) + (isEnd ? 0 : 1)
          if columns <= 5, columns < best?.columns ?? .max { best = (copy, columns) }
        }
      }
    }
    return best?.copy
  }
}
