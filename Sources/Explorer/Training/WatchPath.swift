/// The way of the fixed prompt through the plane: now, and fainter, before.
enum WatchPath {
  static let pane = WatchPane(
    title: { state, width in
      guard let paths = state.paths else { return "latent path" }
      let share = Int((paths.explainedShare * 100).rounded())
      let fit = " \(state.glyphs.dot) \(share)% in plane of step \(paths.fittedAt)"
      let names = ["latent path of \(state.facts.prompt)", "latent path", "path"]
      let fitting = names.first { Printable.width($0 + fit) <= width - 4 }
      return (fitting ?? "path") + fit
    },
    render: { state, screen, rect in
      guard let paths = state.paths, rect.width > 3, rect.height > 1 else {
        WatchPane.drawEmpty(state, &screen, rect, "comes with the first look")
        return
      }
      draw(state, paths.paths, &screen, rect)
    })

  private static func points(_ path: TrainingPaths.Path) -> [PlanePoint] {
    path.points.compactMap { point in
      guard point.count > 1, point[0].isFinite, point[1].isFinite else { return nil }
      return PlanePoint(x: Double(point[0]), y: Double(point[1]))
    }
  }

  private static func draw(
    _ state: WatchState, _ paths: [TrainingPaths.Path], _ screen: inout Screen, _ rect: Rect
  ) {
    let ways = paths.map(points)
    guard let now = ways.last, let first = now.first, let last = now.last else { return }
    let glyphs = state.glyphs
    let hasLegend = rect.height >= 6
    let (area, legend) = rect.splitTop(hasLegend ? rect.height - 1 : rect.height)
    let scale = PlaneScale(ways.joined(), in: area)
    scale.drawAxes(on: &screen, glyphs)
    var canvas = Canvas(
      Size(width: scale.area.width, height: scale.area.height),
      glyphs: glyphs.isASCII ? .ascii : state.capabilities.glyphs)
    for (age, way) in ways.enumerated() {
      let isNow = age == ways.count - 1
      for (from, to) in zip(way, way.dropFirst()) {
        canvas.line(
          scale.dot(from, on: canvas), scale.dot(to, on: canvas), style(age, of: ways.count),
          rank: isNow ? 1_000 : age)
      }
    }
    canvas.draw(on: &screen, at: Point(x: scale.area.x, y: scale.area.y))
    drawMarks(state, ways, first, last, scale, canvas, on: &screen)
    if hasLegend { drawLegend(state, paths, on: &screen, legend) }
  }

  /// The ends of the ways, and numbers of iterations along the newest.
  private static func drawMarks(
    _ state: WatchState, _ ways: [[PlanePoint]], _ first: PlanePoint, _ last: PlanePoint,
    _ scale: PlaneScale, _ canvas: Canvas, on screen: inout Screen
  ) {
    let glyphs = state.glyphs
    var labels = PlaneLabels(area: scale.area, canvas: canvas)
    let (start, end) = (scale.cell(first), scale.cell(last))
    labels.block(start)
    labels.block(end)
    for (age, way) in ways.dropLast().enumerated() {
      guard let place = way.last.map(scale.cell) else { continue }
      labels.block(place)
      screen.put(glyphs.flipInCell, x: place.x, y: place.y, style: style(age, of: ways.count))
    }
    if start != end {
      screen.put(glyphs.isASCII ? "o" : "○", x: start.x, y: start.y, style: .good)
      if let spot = labels.place(glyphs.start, at: start, isForced: true) {
        screen.put(glyphs.start, x: spot.x, y: spot.y, style: .good)
      }
    }
    let now = ways[ways.count - 1]
    for readout in WatchReadings.readouts where readout < now.count && labels.hasRoom {
      let place = scale.cell(now[readout])
      if let spot = labels.place("\(readout)", at: place, isForced: false) {
        screen.put("\(readout)", x: spot.x, y: spot.y, style: .text)
      }
    }
    screen.put(glyphs.here, x: end.x, y: end.y, style: .cursor)
  }

  private static func drawLegend(
    _ state: WatchState, _ paths: [TrainingPaths.Path], on screen: inout Screen, _ rect: Rect
  ) {
    var x = screen.put(" step", x: rect.x, y: rect.y, style: .dim, width: rect.width)
    for (age, path) in paths.enumerated() {
      let text = age == paths.count - 1 ? " \(path.step) now" : " \(path.step)"
      guard x + text.count <= rect.maxX else { return }
      x = screen.put(text, x: x, y: rect.y, style: style(age, of: paths.count))
    }
  }

  /// Faint for the oldest, full for the newest.
  private static func style(_ age: Int, of count: Int) -> Style {
    guard age < count - 1 else { return .trail(1) }
    return .trail(0.1 + 0.5 * Double(age) / Double(max(1, count - 1)))
  }
}
