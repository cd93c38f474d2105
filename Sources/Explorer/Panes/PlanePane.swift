import Trajectories

/// The path of the states through a plane of two principal components.
let planePane = Pane(
  title: { state in
    let first = 2 * state.componentPair
    var title = "path \(state.glyphs.dot) PC\(first + 1) \(state.glyphs.times) PC\(first + 2)"
    guard let projection = state.projection else { return title }
    let shares = projection.explainedVarianceRatio
    if first + 1 < shares.count {
      let percent = Int(((shares[first] + shares[first + 1]) * 100).rounded())
      title += " \(state.glyphs.dot) \(percent)%"
    }
    let fit = projection.fit
    title +=
      state.isProvisionalFit ? " \(state.glyphs.dot) provisional, fit" : " \(state.glyphs.dot) fit"
    title += fit.token.map { " token \($0)" } ?? " all"
    return title + " r \(fit.iterations.lowerBound)-\(fit.iterations.upperBound)"
  },
  legend: { _ in [] },
  render: { state, screen, rect in
    guard let projection = state.projection else {
      Pane.drawEmpty(
        state, &screen, rect,
        state.isFitting ? "fitting \(state.glyphs.ellipsis)" : "the plane comes after 3 iterations")
      return
    }
    PlaneView(state: state, projection: projection, rect: rect).draw(on: &screen)
  },
  pick: { _, _, _ in nil })

private struct PlaneView {
  let state: ExplorerState
  let projection: Projection
  let rect: Rect

  private var token: Int { state.cursor.token }

  /// One path: where the states of a token lie, iteration by iteration.
  private func path(_ token: Int) -> [(Double, Double)] {
    let first = 2 * state.componentPair
    return projection.coordinates.compactMap { tokens in
      guard token < tokens.count, first + 1 < tokens[token].count else { return nil }
      let (x, y) = (Double(tokens[token][first]), Double(tokens[token][first + 1]))
      return x.isFinite && y.isFinite ? (x, y) : nil
    }
  }

  func draw(on screen: inout Screen) {
    let own = path(token)
    let others =
      state.planeShowsAll ? (0..<state.tokenCount).filter { $0 != token }.map(path) : []
    let all = own + others.flatMap { $0 }
    guard !own.isEmpty, rect.width > 3, rect.height > 1 else { return }
    let glyphs = state.glyphs
    var canvas = Canvas(
      Size(width: rect.width, height: rect.height),
      glyphs: glyphs.isASCII ? .ascii : state.capabilities.glyphs)
    let across = Axis(all.map(\.0), scale: .linear)
    let up = Axis(all.map(\.1), scale: .linear)
    func dot(_ place: (Double, Double)) -> Point {
      // A cell stays free at the edge for marks and their labels.
      let (cellX, cellY) = (canvas.dotsAcross, canvas.dotsDown)
      let width = max(1, canvas.width - 1 - 4 * cellX)
      let height = max(1, canvas.height - 1 - (rect.height > 4 ? cellY : 0))
      return Point(
        x: cellX + Int(((across.place(place.0) ?? 0) * Double(width)).rounded()),
        y: Int(((1 - (up.place(place.1) ?? 0)) * Double(height)).rounded()))
    }
    // The others are a cloud: their states alone, or the selected path would drown in lines.
    for other in others {
      for place in other.dropFirst() {
        let point = dot(place)
        canvas.dot(point.x, point.y, .trail(0), rank: 0)
      }
    }
    let here = min(state.cursor.iteration, own.count - 1)
    for iteration in own.indices.dropFirst() {
      let style: Style =
        iteration > here
        ? .dim : .trail(1 - 0.8 * Double(here - iteration) / Double(max(8, here)))
      canvas.line(dot(own[iteration - 1]), dot(own[iteration]), style, rank: 2 + iteration)
    }
    canvas.draw(on: &screen, at: Point(x: rect.x, y: rect.y))

    func cell(_ place: (Double, Double)) -> Point {
      let point = dot(place)
      return Point(x: rect.x + point.x / canvas.dotsAcross, y: rect.y + point.y / canvas.dotsDown)
    }
    for other in others {
      guard let last = other.last else { continue }
      let at = cell(last)
      screen.put(glyphs.isASCII ? "." : "·", x: at.x, y: at.y, style: .dim, width: rect.maxX - at.x)
    }
    let from = cell(own[0])
    screen.put(glyphs.start, x: from.x, y: from.y, style: .good, width: rect.maxX - from.x)
    if let trajectory = state.trajectory {
      for flip in trajectory.flips(token: token) where flip < own.count {
        let at = cell(own[flip])
        screen.put(glyphs.flipInCell, x: at.x, y: at.y, style: .flip)
      }
    }
    let now = cell(own[here])
    let end = screen.put(glyphs.here, x: now.x, y: now.y, style: .cursor)
    screen.put("\(here)", x: end, y: now.y, style: .cursor, width: rect.maxX - end)
  }
}
