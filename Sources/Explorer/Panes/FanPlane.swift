import Trajectories

/// The paths of all copies in one plane, as far as the cursor: colours and letters are answers, the run
/// without noise and the picked copy lie on top.
struct FanPlane {
  private struct Path {
    let points: [PlanePoint?]  // [iterations + 1]
    let style: Style
    let mark: String
    let rank: Int
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
    for answer in order {
      guard let look = answers[answer] else { continue }
      for (index, copy) in state.fanning.copies.enumerated()
      where copy.rollout.answer == answer && index != state.fanning.selected {
        paths.append(Path(points: points(copy), style: look.style, mark: look.mark, rank: 1))
      }
    }
    paths.append(
      Path(points: points(plain), style: .title, mark: state.glyphs.here, rank: 2))
    if let selected = state.fanning.selected, state.fanning.copies.indices.contains(selected) {
      let copy = state.fanning.copies[selected]
      paths.append(
        Path(
          points: points(copy), style: .cursor,
          mark: answers[copy.rollout.answer]?.mark ?? state.glyphs.here, rank: 3))
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
      canvas.line(before ?? here, here, path.style, rank: path.rank)
      // Twice as wide.
      if path.rank == 3, let before, before.x + 1 < canvas.width, here.x + 1 < canvas.width {
        canvas.line(
          Point(x: before.x + 1, y: before.y), Point(x: here.x + 1, y: here.y), path.style,
          rank: path.rank)
      }
      before = here
    }
  }
}
