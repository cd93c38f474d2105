import Trajectories

/// The paths of one token of several runs in one plane: colours are answers, the run looked at is drawn
/// strongest, the last states are marked, of that run the one at the cursor.
struct FamilyPlaneView {
  private struct Path {
    let node: NodeID
    let points: [PlanePoint?]  // [iterations + 1]
    let style: Style
    /// What stands at its end: a mark, or without colour the answer's first letter.
    let mark: String
    let isOwn: Bool
  }

  private let state: ExplorerState
  private let paths: [Path]
  private let scale: PlaneScale

  /// nil where there is nothing to draw.
  /// - Parameter own: the run that is drawn strongest.
  init?(_ state: ExplorerState, own: NodeID?, _ rect: Rect) {
    guard let plane = state.familyLook.plane, rect.width > 3, rect.height > 1 else { return nil }
    let nodes = state.familyLook.nodes
    let pair = state.plane.pair
    let answers = SweepTable(nodes, position: nil, state.runs)
    let ranks = answers.votes.map(\.answer?.id)
    self.state = state
    var paths: [Path] = []
    for (node, path) in zip(nodes, plane.paths) {
      let points = path.map(pair.point)
      let said = answers.rows.first { $0.node == node }?.answer
      let answer = said?.id
      let letter = state.hasColour ? nil : said.map { ShortToken.text($0.text, 1, state) }
      paths.append(
        Path(
          node: node, points: points, style: .series(ranks.firstIndex(of: answer) ?? 0),
          mark: letter ?? state.glyphs.here, isOwn: node == own))
    }
    // The strongest last.
    self.paths = paths.filter { !$0.isOwn } + paths.filter(\.isOwn)
    let all = paths.flatMap(\.points).compactMap(\.self)
    guard !all.isEmpty else { return nil }
    scale = PlaneScale(all, in: rect)
  }

  func draw(on screen: inout Screen) {
    let glyphs = state.glyphs
    scale.drawAxes(on: &screen, glyphs)
    var canvas = Canvas(
      Size(width: scale.area.width, height: scale.area.height),
      glyphs: glyphs.isASCII ? .ascii : state.capabilities.glyphs)
    for path in paths {
      var before: PlanePoint?
      for point in path.points {
        guard let point else {
          before = nil
          continue
        }
        canvas.line(
          scale.dot(before ?? point, on: canvas), scale.dot(point, on: canvas),
          path.isOwn ? .cursor : path.style, rank: path.isOwn ? 2 : 1)
        before = point
      }
    }
    canvas.draw(on: &screen, at: Point(x: scale.area.x, y: scale.area.y))
    for path in paths {
      guard let start = path.points.first.flatMap(\.self) else { continue }
      let cell = scale.cell(start)
      screen.put(glyphs.isASCII ? "o" : "○", x: cell.x, y: cell.y, style: .dim)
    }
    for path in paths {
      // Of the run looked at it is the state at the cursor.
      let last = path.points.count - 1
      let shown = path.isOwn ? min(last, state.cursor.iteration) : last
      guard shown >= 0, let end = path.points[shown] else { continue }
      let cell = scale.cell(end)
      screen.put(path.mark, x: cell.x, y: cell.y, style: path.isOwn ? .cursor : path.style.bold())
    }
  }

  /// The iteration of the strongest path nearest to a point, where one is near.
  func iteration(near point: Point) -> Int? {
    guard let own = paths.last, own.isOwn else { return nil }
    let distances = own.points.enumerated().compactMap { iteration, place in
      place.map { place -> (iteration: Int, columns: Int) in
        let cell = scale.cell(place)
        return (iteration, max(abs(cell.x - point.x), 2 * abs(cell.y - point.y)))
      }
    }
    let nearest = distances.min { $0.columns < $1.columns }
    return nearest.flatMap { $0.columns <= 3 ? $0.iteration : nil }
  }
}
