/// Curves over iterations, with an axis to the left, one below, and a crosshair at the cursor.
struct Plot {
  struct Curve {
    /// One value an iteration, nil where there is none.
    var values: [Double?]
    var style: Style
    /// Stands at its last value and at the cursor, so that it is told from the others without colour.
    var mark: Character?
    /// Drawn as a broken line.
    var isBroken = false
    /// Behind the others: a line without marks, of one value a column of dots.
    var isBackground = false
    /// Drawn twice as wide.
    var isWide = false

    /// The values there are.
    var finite: [Double] { values.compactMap { $0 }.filter(\.isFinite) }
  }

  /// An iteration that is called by a name.
  struct Flag {
    var iteration: Int
    var text: String
    var style: Style
  }

  var curves: [Curve]
  var axis: Axis
  /// The last iteration the plot has room for.
  var lastIteration: Int
  /// The iteration under the cursor.
  var cursor: Int?
  /// Iterations with a mark at the foot, such as flips.
  var marks: [Int] = []
  /// Iterations with a line from top to bottom, and their names at the top.
  var flags: [Flag] = []
  /// What one iteration stands for in the labels below.
  var unit = 1

  static let labelWidth = 5

  /// The columns of the plot itself inside a pane.
  static func plotArea(_ rect: Rect) -> Rect {
    rect.inset(
      left: rect.width >= 16 ? labelWidth + 1 : 0, bottom: rect.height >= 4 ? 1 : 0)
  }

  /// The iteration drawn nearest to a column of `area`.
  static func iteration(atColumn x: Int, in area: Rect, lastIteration: Int) -> Int {
    guard area.width > 1 else { return 0 }
    let share = (Double(x - area.x)) / Double(area.width - 1)
    return min(lastIteration, max(0, Int((share * Double(lastIteration)).rounded())))
  }

  func render(on screen: inout Screen, in rect: Rect, capabilities: Capabilities) {
    let glyphs = Glyphs(capabilities)
    let area = Self.plotArea(rect)
    guard area.width > 1, area.height > 0 else { return }
    let hasLabels = area.x > rect.x
    if hasLabels { drawValueLabels(on: &screen, rect, area, glyphs) }
    if rect.height > area.height { drawIterationLabels(on: &screen, area) }

    var canvas = Canvas(
      Size(width: area.width, height: area.height),
      glyphs: glyphs.isASCII ? .ascii : capabilities.glyphs)
    let cursorColumn = cursor.map { column(of: $0, canvas.width) / canvas.dotsAcross + area.x }
    if let cursorColumn {
      for y in area.y..<area.maxY {
        screen.put(String(glyphs.vertical), x: cursorColumn, y: y, style: .dim)
      }
    }
    for flag in flags where flag.iteration <= lastIteration {
      let x = column(of: flag.iteration, canvas.width) / canvas.dotsAcross + area.x
      for y in area.y..<area.maxY {
        screen.put(String(glyphs.vertical), x: x, y: y, style: flag.style)
      }
    }
    for (rank, curve) in curves.enumerated() {
      draw(curve, rank: curves.count - rank, on: &canvas)
    }
    canvas.draw(on: &screen, at: Point(x: area.x, y: area.y))
    drawFlagNames(on: &screen, area, canvas)
    drawMarks(on: &screen, area, canvas)
    for curve in curves where !curve.isBackground {
      markCutValues(of: curve, on: &screen, area, canvas, glyphs)
    }
    for mark in marks where mark <= lastIteration {
      let x = column(of: mark, canvas.width) / canvas.dotsAcross + area.x
      screen.put(glyphs.flipInCell, x: x, y: area.maxY - 1, style: .flip)
    }
    if let cursor, let cursorColumn {
      for curve in curves.reversed() where !curve.isBackground {
        guard cursor < curve.values.count, let value = curve.values[cursor],
          let place = axis.place(value)
        else { continue }
        let y = row(of: place, canvas.height) / canvas.dotsDown + area.y
        // At its end the mark stands beside it, if it has room there.
        let isLast = !curve.values.dropFirst(cursor + 1).contains { $0 != nil }
        let isBeside = isLast && cursorColumn + 1 < area.maxX
        let name = isBeside ? nil : curve.mark.map(String.init)
        screen.put(
          value > axis.high ? glyphs.up : name ?? glyphs.here,
          x: cursorColumn, y: y,
          style: curve.style.bold())
      }
    }
  }

  private func draw(_ curve: Curve, rank: Int, on canvas: inout Canvas) {
    var before: Point?
    for (iteration, value) in curve.values.enumerated() where iteration <= lastIteration {
      let x = column(of: iteration, canvas.width)
      if curve.isBackground, x == before?.x { continue }
      guard let value, let place = axis.place(value) else {
        before = nil
        continue
      }
      let here = Point(x: x, y: row(of: place, canvas.height))
      canvas.line(
        before ?? here, here, curve.style, rank: rank, isBroken: curve.isBroken)
      if curve.isWide {
        func below(_ dot: Point) -> Point { Point(x: dot.x, y: min(canvas.height - 1, dot.y + 1)) }
        canvas.line(below(before ?? here), below(here), curve.style, rank: rank)
      }
      before = here
    }
  }

  /// A line each, so that names of iterations side by side stay apart.
  private func drawFlagNames(on screen: inout Screen, _ area: Rect, _ canvas: Canvas) {
    for (line, flag) in flags.enumerated()
    where flag.iteration <= lastIteration && line < area.height {
      let x = column(of: flag.iteration, canvas.width) / canvas.dotsAcross + area.x
      let text = "\(flag.text) r \(flag.iteration * unit)"
      let isRight = x + 2 + text.count <= area.maxX
      guard isRight || x - 1 - text.count >= area.x else { continue }
      screen.put(
        text, x: isRight ? x + 2 : x - 1 - text.count, y: area.y + line, style: flag.style.bold())
    }
  }

  /// The marks of curves that have one, at their ends; one that has no room goes above or below.
  private func drawMarks(on screen: inout Screen, _ area: Rect, _ canvas: Canvas) {
    var taken: [Point] = []
    for curve in curves {
      guard let mark = curve.mark,
        let last = curve.values.indices.last(where: {
          $0 <= lastIteration && curve.values[$0].flatMap(axis.place) != nil
        }), let place = curve.values[last].flatMap(axis.place)
      else { continue }
      let x = min(
        area.maxX - 1, column(of: last, canvas.width) / canvas.dotsAcross + area.x + 1)
      let y = row(of: place, canvas.height) / canvas.dotsDown + area.y
      let spots = [0, -1, 1, -2, 2].map { Point(x: x, y: y + $0) }
      guard let spot = spots.first(where: { area.contains($0) && !taken.contains($0) }) else {
        continue
      }
      taken.append(spot)
      screen.put(String(mark), x: spot.x, y: spot.y, style: curve.style.bold())
    }
  }

  /// What is higher than the axis shows has a mark at the upper edge.
  private func markCutValues(
    of curve: Curve, on screen: inout Screen, _ area: Rect, _ canvas: Canvas, _ glyphs: Glyphs
  ) {
    for (iteration, value) in curve.values.enumerated() where iteration <= lastIteration {
      guard let value, value.isFinite, value > axis.high else { continue }
      let x = column(of: iteration, canvas.width) / canvas.dotsAcross + area.x
      screen.put(glyphs.up, x: x, y: area.y, style: curve.style)
    }
  }

  private func column(of iteration: Int, _ width: Int) -> Int {
    guard lastIteration > 0 else { return 0 }
    return min(width - 1, iteration * (width - 1) / lastIteration)
  }

  private func row(of place: Double, _ height: Int) -> Int {
    Int(((1 - place) * Double(height - 1)).rounded())
  }

  private func drawValueLabels(
    on screen: inout Screen, _ rect: Rect, _ area: Rect, _ glyphs: Glyphs
  ) {
    for y in area.y..<area.maxY {
      screen.put(String(glyphs.vertical), x: area.x - 1, y: y, style: .dim)
    }
    for value in axis.ticks(max(2, area.height / 3 + 1)) {
      guard let place = axis.place(value) else { continue }
      let y = area.y + row(of: place, area.height)
      screen.putRight(Numbers.tick(value), end: area.x - 1, y: y, style: .dim)
    }
  }

  private func drawIterationLabels(on screen: inout Screen, _ area: Rect) {
    var free = area.x
    let step = Self.tickStep(lastIteration, columns: area.width)
    for iteration in stride(from: 0, through: lastIteration, by: step) {
      let label = "\(iteration * unit)"
      let x = area.x + column(of: iteration, area.width)
      let from = min(max(area.x, x - label.count / 2), area.maxX - label.count)
      guard from >= free else { continue }
      free = screen.put(label, x: from, y: area.maxY, style: .dim) + 1
    }
  }

  /// 1, 2, 5, 10, …: so that labels have about five columns each.
  static func tickStep(_ last: Int, columns: Int) -> Int {
    let wanted = max(1, last * 5 / max(1, columns))
    var step = 1
    while true {
      for factor in [1, 2, 5] where factor * step >= wanted { return factor * step }
      step *= 10
    }
  }
}
