import Trajectories

/// All tokens of a text that is longer than the heat map is high, as a strip beside it: a line for as many
/// tokens as it takes, after the iteration looked at. Which of them are in sight, how far they have come, and
/// where something is.
struct TokenMap {
  let state: ExplorerState
  let branch: Branch
  let rect: Rect
  let metric: Metric
  let axis: Axis
  /// Tokens that the heat map shows.
  let inSight: Range<Int>

  /// What is in sight, how far it has come, and a mark.
  static let width = 3

  /// - Parameter map: the heat map it stands beside, with its grid.
  init(_ state: ExplorerState, _ branch: Branch, _ rect: Rect, beside map: HeatMap) {
    self.state = state
    self.branch = branch
    self.rect = Rect(x: rect.x, y: rect.y + 1, width: rect.width, height: map.grid.rows)
    (metric, axis) = (map.metric, map.axis)
    inSight = map.grid.shownTokens
  }

  /// The tokens of a line, in order and without a gap from line to line.
  func tokens(ofLine line: Int) -> Range<Int> {
    let count = branch.tokenCount
    return line * count / rect.height..<(line + 1) * count / rect.height
  }

  func draw(on screen: inout Screen) {
    let marks = marks
    for line in 0..<rect.height {
      let tokens = tokens(ofLine: line)
      drawPlace(tokens, line, on: &screen)
      let summary = Summary(tokens, self)
      let level = summary.level
      let shade = state.hasColour ? " " : level.map(state.glyphs.shade) ?? " "
      screen.put(
        String(shade), x: rect.x + 1, y: rect.y + line,
        style: state.hasColour ? level.map { .onRamp($0) } ?? .dim : .text)
      let mark: (text: String, style: Style)? =
        if summary.isDiverged {
          (state.glyphs.diverged, .error)
        } else if let name = marks.first(where: { tokens.contains($0.token) })?.name {
          (name, .accent)
        } else if summary.isFlip {
          (state.glyphs.flipInCell, .flip)
        } else {
          nil
        }
      if let mark { screen.put(mark.text, x: rect.x + 2, y: rect.y + line, style: mark.style) }
    }
  }

  /// Whether a line is where one looks, or in sight.
  private func drawPlace(_ tokens: Range<Int>, _ line: Int, on screen: inout Screen) {
    let (x, y) = (rect.x, rect.y + line)
    if tokens.contains(state.cursor.token) {
      screen.put(state.glyphs.pointer, x: x, y: y, style: .cursor)
    } else if tokens.overlaps(inSight) {
      screen.put(state.glyphs.liveEdge, x: x, y: y, style: .text)
    } else {
      screen.put(String(state.glyphs.vertical), x: x, y: y, style: .dim)
    }
  }

  /// What a person named, by the first letter of the name.
  private var marks: [(token: Int, name: String)] {
    let nodes = Set(branch.passages.map(\.node))
    return state.marks.sorted { $0.key < $1.key }.compactMap { name, place in
      guard nodes.contains(place.node), let letter = name.first else { return nil }
      return (place.token, String(letter))
    }
  }

  /// What several tokens come to after the iteration looked at, or their last before it.
  private struct Summary {
    /// The mean of what their cells are coloured by; nil where none has a place on the scale.
    private(set) var level: Double?
    private(set) var isFlip = false
    private(set) var isDiverged = false

    init(_ tokens: Range<Int>, _ map: TokenMap) {
      let (state, branch) = (map.state, map.branch)
      var (sum, count) = (0.0, 0)
      for token in tokens {
        let passage = branch.passages[branch.passage(of: token)]
        let trajectory = passage.trajectory
        let row = token - passage.firstToken
        let iteration = min(state.cursor.iteration, trajectory.lastIteration)
        guard !trajectory.isDiverged(token: row, iteration: iteration) else {
          isDiverged = true
          continue
        }
        if trajectory.isFlip(token: row, iteration: iteration) { isFlip = true }
        guard iteration > 0,
          let value = map.metric.drawn(trajectory, iteration: iteration, token: row),
          let place = map.axis.place(value)
        else { continue }
        sum += place
        count += 1
      }
      if count > 0 { level = sum / Double(count) }
    }
  }

  /// The first token of the line at a point; nil beside it.
  func pick(_ point: Point) -> Pick? {
    guard rect.contains(point) else { return nil }
    return Pick(token: tokens(ofLine: point.y - rect.y).lowerBound, iteration: nil)
  }
}
