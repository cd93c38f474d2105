import Trajectories

/// The path of the states through a plane of two principal components.
let planePane = Pane(
  title: { state, width in
    let first = 2 * state.componentPair
    let glyphs = state.glyphs
    let short = "PC\(first + 1)\(glyphs.times)PC\(first + 2)"
    guard let projection = state.projection else { return short }
    var words = ""
    let shares = projection.explainedVarianceRatio
    if first + 1 < shares.count {
      words += " \(Int(((shares[first] + shares[first + 1]) * 100).rounded()))%"
    }
    let fit = projection.fit
    words += " \(glyphs.dot) \(state.isProvisionalFit ? "provisional " : "")fit "
    words += fit.token.map { "token \($0)" } ?? "all"
    words += " r \(fit.iterations.lowerBound)-\(fit.iterations.upperBound)"
    let long = "state path \(glyphs.dot) PC\(first + 1) \(glyphs.times) PC\(first + 2)" + words
    return Printable.width(long) <= width - 4 ? long : short + words
  },
  legend: { state, _ in
    guard state.projection != nil else { return [] }
    let words = state.planeShowsAll ? "shows all tokens" : "shows token \(state.cursor.token)"
    return [("\(state.glyphs.dot) \(words)", .dim)]
  },
  render: { state, screen, rect in
    guard let projection = state.projection else {
      Pane.drawEmpty(
        state, &screen, rect,
        state.isFitting ? "fitting \(state.glyphs.ellipsis)" : "the plane comes after 3 iterations")
      return
    }
    PlaneView(state, projection, rect)?.draw(on: &screen)
  },
  pick: { state, rect, point in
    guard let projection = state.projection else { return nil }
    return PlaneView(state, projection, rect)?.iteration(near: point).map { Pick(iteration: $0) }
  })

/// The drawing of the plane; drawing and pointing share it.
private struct PlaneView {
  let state: ExplorerState
  let glyphs: Glyphs
  /// The selected token's states, iteration by iteration.
  let own: [PlanePoint]  // [iterations + 1]
  /// Those of the other tokens, when they are shown.
  let others: [[PlanePoint]]
  let scale: PlaneScale
  /// What is to be seen: the cursor's iteration.
  let here: Int

  init?(_ state: ExplorerState, _ projection: Projection, _ rect: Rect) {
    let first = 2 * state.componentPair
    func path(_ token: Int) -> [PlanePoint] {
      projection.coordinates.compactMap { tokens in
        guard token < tokens.count, first + 1 < tokens[token].count else { return nil }
        let point = PlanePoint(x: Double(tokens[token][first]), y: Double(tokens[token][first + 1]))
        return point.x.isFinite && point.y.isFinite ? point : nil
      }
    }
    own = path(state.cursor.token)
    guard !own.isEmpty, rect.width > 3, rect.height > 1 else { return nil }
    others =
      state.planeShowsAll
      ? (0..<state.tokenCount).filter { $0 != state.cursor.token }.map(path) : []
    self.state = state
    glyphs = state.glyphs
    scale = PlaneScale(own + others.joined(), in: rect)
    here = min(state.cursor.iteration, own.count - 1)
  }

  func iteration(near point: Point) -> Int? {
    let nearest = own.indices.min { distance(own[$0], point) < distance(own[$1], point) }
    return nearest.flatMap { distance(own[$0], point) <= 3 ? $0 : nil }
  }

  /// In columns; a row counts two.
  private func distance(_ place: PlanePoint, _ point: Point) -> Int {
    let cell = scale.cell(place)
    return max(abs(cell.x - point.x), 2 * abs(cell.y - point.y))
  }

  func draw(on screen: inout Screen) {
    scale.drawAxes(on: &screen, glyphs)
    var canvas = Canvas(
      Size(width: scale.area.width, height: scale.area.height),
      glyphs: glyphs.isASCII ? .ascii : state.capabilities.glyphs)
    // The others are a cloud: their states alone, or the selected path would drown in lines.
    for other in others {
      for place in other.dropFirst() { drawDot(place, .trail(0), rank: 0, on: &canvas) }
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
    for iteration in own.indices.dropFirst() {
      guard iteration <= here else {
        drawDot(own[iteration], .dim, rank: 1, on: &canvas)
        continue
      }
      let age = Double(here - iteration) / Double(max(6, here))
      canvas.line(
        scale.dot(own[iteration - 1], on: canvas), scale.dot(own[iteration], on: canvas),
        .trail(1 - 0.85 * age), rank: 2 + iteration)
    }
  }

  private func drawMarks(on screen: inout Screen, _ canvas: Canvas) {
    var labels = PlaneLabels(area: scale.area, canvas: canvas)
    let start = scale.cell(own[0])
    let now = scale.cell(own[here])
    let flips = (state.trajectory?.flips(token: state.row) ?? []).filter {
      $0 < own.count
    }
    labels.block(now)
    labels.block(start)
    for flip in flips { labels.block(scale.cell(own[flip])) }
    // The number of the cursor finds its place first and is drawn last: nothing hides it.
    let number = here > 0 ? labels.place("\(here)", at: now, isForced: true) : nil
    if start != now {
      let from = labels.place(glyphs.start, at: start, isForced: true) ?? start
      screen.put(glyphs.start, x: from.x, y: from.y, style: .good)
    }
    for flip in flips {
      let at = scale.cell(own[flip])
      screen.put(glyphs.flipInCell, x: at.x, y: at.y, style: .flip)
    }
    if start != now {
      screen.put(glyphs.isASCII ? "o" : "○", x: start.x, y: start.y, style: .good)
    }
    defer {
      if let number { screen.put("\(here)", x: number.x, y: number.y, style: .cursor) }
      screen.put(glyphs.here, x: now.x, y: now.y, style: .cursor)
    }
    // Flips and the first and last states are the likeliest to be looked for.
    var isNumbered: Set = [0, here]
    for iteration in [own.count - 1] + flips.reversed() + Array(own.indices) {
      guard labels.hasRoom else { return }
      guard isNumbered.insert(iteration).inserted else { continue }
      let text = "\(iteration)"
      if let spot = labels.place(text, at: scale.cell(own[iteration]), isForced: false) {
        screen.put(text, x: spot.x, y: spot.y, style: .dim)
      }
    }
  }
}
