import Trajectories

/// The drawing of the plane; drawing and pointing share it.
struct PlaneView {
  let state: ExplorerState
  let glyphs: Glyphs
  /// The selected token's states, iteration by iteration; nil where a state is not finite.
  let own: [PlanePoint?]  // [iterations + 1]
  /// Those of the other tokens, when they are shown.
  let others: [[PlanePoint?]]
  let scale: PlaneScale
  /// What is to be seen: the cursor's iteration.
  let here: Int
  /// The component that runs across, and the one that runs up.
  let pair: ComponentPair
  private let isCentred: Bool

  /// nil where there is nothing to draw, or no room.
  init?(
    _ state: ExplorerState, _ projection: Projection, _ pair: ComponentPair, _ rect: Rect
  ) {
    let isCentred = state.plane.isCentred
    let pair =
      isCentred ? pair : Self.turned(pair, to: rect, state, projection)
    self.pair = pair
    func path(_ token: Int) -> [PlanePoint?] {
      let points = projection.coordinates.map { tokens in
        token < tokens.count ? pair.point(tokens[token]) : nil
      }
      return isCentred ? Self.centred(points) : points
    }
    let whole = path(state.cursor.token)
    own = Array(whole[...(whole.lastIndex { $0 != nil } ?? -1)])
    guard !own.isEmpty, rect.width > 3, rect.height > 1 else { return nil }
    others =
      state.planeShowsAll
      ? (0..<state.tokenCount).filter { $0 != state.cursor.token }.map(path) : []
    self.state = state
    self.isCentred = isCentred
    glyphs = state.glyphs
    var shown = (own + others.joined()).compactMap { $0 }
    // To the same length on every side, so that the mean is in the middle.
    if isCentred {
      let most = shown.reduce(0) { max($0, abs($1.x), abs($1.y)) }
      shown = [PlanePoint(x: -most, y: -most), PlanePoint(x: most, y: most)]
    }
    scale = PlaneScale(shown, in: rect, hasNumbers: state.presenting == nil)
    here = min(state.cursor.iteration, whole.count - 1)
  }

  /// The pair the other way round where the path is larger so. That is asked of the iterations the basis
  /// was fitted on, so that the picture turns with a fit and never between.
  private static func turned(
    _ pair: ComponentPair, to rect: Rect, _ state: ExplorerState, _ projection: Projection
  ) -> ComponentPair {
    let fitted = projection.coordinates.prefix(projection.fit.iterations.upperBound + 1)
    let tokens = state.planeShowsAll ? Array(0..<state.tokenCount) : [state.cursor.token]
    let points = fitted.flatMap { states in
      tokens.compactMap { $0 < states.count ? pair.point(states[$0]) : nil }
    }
    let turned = ComponentPair(across: pair.up, up: pair.across)
    let asItIs = PlaneScale(points, in: rect)
    let other = PlaneScale(points.map { PlanePoint(x: $0.y, y: $0.x) }, in: rect)
    return other.columnsPerUnit > 1.25 * asItIs.columnsPerUnit ? turned : pair
  }

  /// Around their mean.
  static func centred(_ points: [PlanePoint?]) -> [PlanePoint?] {
    let there = points.compactMap { $0 }
    let count = Double(max(1, there.count))
    let (x, y) = (
      there.reduce(0) { $0 + $1.x } / count, there.reduce(0) { $0 + $1.y } / count
    )
    return points.map { $0.map { PlanePoint(x: $0.x - x, y: $0.y - y) } }
  }

  /// The selected token's state at an iteration, where it has a place.
  private func place(_ iteration: Int) -> PlanePoint? {
    own.indices.contains(iteration) ? own[iteration] : nil
  }

  func iteration(near point: Point) -> Int? {
    let distances = own.indices.compactMap { iteration in
      own[iteration].map { (iteration: iteration, columns: distance($0, point)) }
    }
    let nearest = distances.min { $0.columns < $1.columns }
    return nearest.flatMap { $0.columns <= 3 ? $0.iteration : nil }
  }

  /// In columns; a row counts two.
  private func distance(_ place: PlanePoint, _ point: Point) -> Int {
    let cell = scale.cell(place)
    return max(abs(cell.x - point.x), 2 * abs(cell.y - point.y))
  }

  func draw(on screen: inout Screen) {
    scale.drawAxes(
      on: &screen, glyphs, names: ("PC\(pair.across + 1)", "PC\(pair.up + 1)"))
    if isCentred {
      let middle = scale.cell(PlanePoint(x: 0, y: 0))
      screen.put("+", x: middle.x, y: middle.y, style: .dim)
    }
    var canvas = Canvas(
      Size(width: scale.area.width, height: scale.area.height),
      glyphs: glyphs.isASCII ? .ascii : state.capabilities.glyphs)
    // The others are a cloud: points alone, or the selected path would drown in lines.
    for other in others {
      for place in other {
        if let place { drawDot(place, .trail(0), rank: 0, on: &canvas) }
      }
    }
    drawPath(on: &canvas)
    canvas.draw(on: &screen, at: Point(x: scale.area.x, y: scale.area.y))
    drawMarks(on: &screen, canvas)
  }

  private func drawDot(_ place: PlanePoint, _ style: Style, rank: Int, on canvas: inout Canvas) {
    let dot = scale.dot(place, on: canvas)
    canvas.dot(dot.x, dot.y, style, rank: rank)
  }

  /// What was thought up to the cursor is a line, fading towards s₀; what came after it are dots.
  private func drawPath(on canvas: inout Canvas) {
    // Seen from afar: a line two dots wide that fades less, and nothing of what is still to come.
    let isStrong = state.presenting != nil
    for iteration in own.indices.dropFirst() where !isStrong || iteration <= here {
      guard let place = own[iteration] else { continue }
      guard iteration <= here else {
        drawDot(place, .dim, rank: 1, on: &canvas)
        continue
      }
      let age = Double(here - iteration) / Double(max(6, here))
      // After a gap the path begins anew.
      let from = scale.dot(own[iteration - 1] ?? place, on: canvas)
      let to = scale.dot(place, on: canvas)
      guard isStrong else {
        canvas.line(from, to, .trail(1 - 0.85 * age), rank: 2 + iteration)
        continue
      }
      let style = Style.trail(1 - 0.4 * age).bold()
      for (right, down) in [(0, 0), (1, 0), (0, 1), (1, 1)] {
        canvas.line(
          Point(x: min(canvas.width - 1, from.x + right), y: min(canvas.height - 1, from.y + down)),
          Point(x: min(canvas.width - 1, to.x + right), y: min(canvas.height - 1, to.y + down)),
          style, rank: 2 + iteration)
      }
    }
  }

  private func drawMarks(on screen: inout Screen, _ canvas: Canvas) {
    var labels = PlaneLabels(area: scale.area, canvas: canvas)
    let start = place(0).map(scale.cell)
    let now = place(here).map(scale.cell)
    let shown = (state.trajectory?.flips(token: state.row) ?? []).filter { $0 <= state.lastShown }
    let flips = shown.compactMap { iteration in
      place(iteration).map { (iteration: iteration, cell: scale.cell($0)) }
    }
    for mark in [now, start].compactMap({ $0 }) + flips.map(\.cell) { labels.block(mark) }
    // The number of the cursor finds its place first and is drawn last: nothing hides it.
    let number = here > 0 ? now.flatMap { labels.place("\(here)", at: $0, isForced: true) } : nil
    if let start, start != now {
      let from = labels.place(glyphs.start, at: start, isForced: true) ?? start
      screen.put(glyphs.start, x: from.x, y: from.y, style: .good)
    }
    for flip in flips {
      screen.put(glyphs.flipInCell, x: flip.cell.x, y: flip.cell.y, style: .flip)
    }
    if let start, start != now {
      screen.put(glyphs.isASCII ? "o" : "○", x: start.x, y: start.y, style: .good)
    }
    defer {
      if let number { screen.put("\(here)", x: number.x, y: number.y, style: .cursor) }
      if let now { screen.put(glyphs.here, x: now.x, y: now.y, style: .cursor) }
    }
    // Flips and the first and last states are the likeliest to be looked for.
    var isNumbered: Set = [0, here]
    if state.presenting != nil { return }
    for iteration in [own.count - 1] + flips.reversed().map(\.iteration) + Array(own.indices) {
      guard labels.hasRoom else { return }
      guard isNumbered.insert(iteration).inserted, let place = place(iteration) else { continue }
      let text = "\(iteration)"
      if let spot = labels.place(text, at: scale.cell(place), isForced: false) {
        screen.put(text, x: spot.x, y: spot.y, style: .dim)
      }
    }
  }
}
