import Trajectories

/// The path of the states through a plane of two principal components.
let planePane = Pane(
  title: { state, width in
    if let words = familyTitle(state, width) { return words }
    let first = 2 * state.componentPair
    let glyphs = state.glyphs
    let short = "PC\(first + 1)\(glyphs.times)PC\(first + 2)"
    guard let projection = state.projection else { return short }
    var words = ""
    // Of the states drawn, not of those the components were fitted on.
    let token = state.planeShowsAll ? nil : state.cursor.token
    if let share = projection.share(ofComponents: first..<first + 2, token: token) {
      words += " \(Int((share * 100).rounded()))% of \(token == nil ? "all paths" : "path")"
    }
    let fit = projection.fit
    words += " \(glyphs.dot) \(state.isProvisionalFit ? "provisional " : "")fit "
    words += fit.token.map { "token \($0)" } ?? "all"
    words += " r \(fit.iterations.lowerBound)-\(fit.iterations.upperBound)"
    let long = "state path \(glyphs.dot) PC\(first + 1) \(glyphs.times) PC\(first + 2)" + words
    return Printable.width(long) <= width - 4 ? long : short + words
  },
  legend: { state, _ in
    if familyTitle(state, 80) != nil { return [("\(state.glyphs.dot) colour = answer", .dim)] }
    guard state.projection != nil else { return [] }
    if let measure = state.measure, measure.isDiverged {
      return [("\(state.glyphs.diverged) r \(state.cursor.iteration) diverged, not drawn", .error)]
    }
    let motion = state.motionWords.map { "token \(state.cursor.token): \($0)" }
    let words =
      state.planeShowsAll ? "shows all tokens" : motion ?? "shows token \(state.cursor.token)"
    return [("\(state.glyphs.dot) \(words)", .dim)]
  },
  render: { state, screen, rect in
    if let family = family(state, rect) {
      family.draw(on: &screen)
      return
    }
    guard let projection = state.projection else {
      Pane.drawEmpty(
        state, &screen, rect,
        state.isFitting
          ? "fitting \(state.glyphs.ellipsis)"
          : state.divergence == nil
            ? "the plane comes after 3 iterations" : "no plane of states that diverged")
      return
    }
    PlaneView(state, projection, rect)?.draw(on: &screen)
  },
  pick: { state, rect, point in
    if let family = family(state, rect) {
      return family.iteration(near: point).map { Pick(iteration: $0) }
    }
    guard let projection = state.projection else { return nil }
    return PlaneView(state, projection, rect)?.iteration(near: point).map { Pick(iteration: $0) }
  })

/// The runs that the one looked at was begun with, where their paths are shown too.
private func family(_ state: ExplorerState, _ rect: Rect) -> FamilyPlaneView? {
  guard FamilyLook.shown(state) != nil, let plane = state.familyLook.plane,
    plane.token == state.cursor.token
  else { return nil }
  return FamilyPlaneView(state, own: state.branch?.passages[0].node, rect)
}

private func familyTitle(_ state: ExplorerState, _ width: Int) -> String? {
  guard FamilyLook.shown(state) != nil, let plane = state.familyLook.plane,
    plane.token == state.cursor.token
  else { return nil }
  let first = 2 * state.componentPair
  let glyphs = state.glyphs
  let short =
    "PC\(first + 1)\(glyphs.times)PC\(first + 2) \(glyphs.dot) \(state.familyLook.nodes.count) starts"
  let long = short + ", token \(plane.token), fit to all"
  return Printable.width(long) <= width - 24 ? long : short
}

/// The drawing of the plane; drawing and pointing share it.
private struct PlaneView {
  let state: ExplorerState
  let glyphs: Glyphs
  /// The selected token's states, iteration by iteration; nil where a state is not finite.
  let own: [PlanePoint?]  // [iterations + 1]
  /// Those of the other tokens, when they are shown.
  let others: [[PlanePoint?]]
  let scale: PlaneScale
  /// What is to be seen: the cursor's iteration.
  let here: Int

  init?(_ state: ExplorerState, _ projection: Projection, _ rect: Rect) {
    let first = 2 * state.componentPair
    func path(_ token: Int) -> [PlanePoint?] {
      projection.coordinates.map { tokens -> PlanePoint? in
        guard token < tokens.count, first + 1 < tokens[token].count else { return nil }
        let point = PlanePoint(x: Double(tokens[token][first]), y: Double(tokens[token][first + 1]))
        return point.x.isFinite && point.y.isFinite ? point : nil
      }
    }
    let whole = path(state.cursor.token)
    own = Array(whole[...(whole.lastIndex { $0 != nil } ?? -1)])
    guard !own.isEmpty, rect.width > 3, rect.height > 1 else { return nil }
    others =
      state.planeShowsAll
      ? (0..<state.tokenCount).filter { $0 != state.cursor.token }.map(path) : []
    self.state = state
    glyphs = state.glyphs
    scale = PlaneScale((own + others.joined()).compactMap { $0 }, in: rect)
    here = min(state.cursor.iteration, whole.count - 1)
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
    scale.drawAxes(on: &screen, glyphs)
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
    for iteration in own.indices.dropFirst() {
      guard let place = own[iteration] else { continue }
      guard iteration <= here else {
        drawDot(place, .dim, rank: 1, on: &canvas)
        continue
      }
      let age = Double(here - iteration) / Double(max(6, here))
      // After a gap the path begins anew.
      canvas.line(
        scale.dot(own[iteration - 1] ?? place, on: canvas), scale.dot(place, on: canvas),
        .trail(1 - 0.85 * age), rank: 2 + iteration)
    }
  }

  private func drawMarks(on screen: inout Screen, _ canvas: Canvas) {
    var labels = PlaneLabels(area: scale.area, canvas: canvas)
    let start = place(0).map(scale.cell)
    let now = place(here).map(scale.cell)
    let flips = (state.trajectory?.flips(token: state.row) ?? []).compactMap { iteration in
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
