import Glibc

/// A place in a plane of two components.
struct PlanePoint: Sendable, Hashable {
  var x: Double
  var y: Double
}

/// A plane drawn to one scale on both axes, so that a circle stays a circle. A cell counts as one
/// column wide and two columns high, as in nearly every terminal font.
struct PlaneScale: Sendable {
  /// The cells the plane takes, without its numbers.
  let area: Rect
  private let rect: Rect
  let columnsPerUnit: Double
  private let middle: PlanePoint

  /// The scale that fits `points` into `rect` with some room around them for marks.
  /// - Parameter hasNumbers: whether axes with numbers are drawn where there is room.
  init(_ points: some Sequence<PlanePoint>, in rect: Rect, hasNumbers: Bool = true) {
    self.rect = rect
    area = rect.inset(
      left: hasNumbers && rect.width >= 24 && rect.height >= 3 ? Plot.labelWidth + 1 : 0,
      bottom: hasNumbers && rect.height >= 9 && rect.width >= 24 ? 1 : 0)
    var (left, right) = (Double.infinity, -Double.infinity)
    var (bottom, top) = (Double.infinity, -Double.infinity)
    for point in points {
      (left, right) = (min(left, point.x), max(right, point.x))
      (bottom, top) = (min(bottom, point.y), max(top, point.y))
    }
    guard left <= right else {
      (columnsPerUnit, middle) = (1, PlanePoint(x: 0, y: 0))
      return
    }
    middle = PlanePoint(x: (left + right) / 2, y: (bottom + top) / 2)
    let columns = Double(max(1, area.width - (area.width >= 12 ? 6 : 1)))
    let rows = Double(max(1, area.height - (area.height >= 4 ? 2 : 1)))
    let fits = min(columns / max(right - left, 1e-12), 2 * rows / max(top - bottom, 1e-12))
    columnsPerUnit = fits.isFinite && fits < 1e9 ? fits : 1
  }

  /// Columns and rows from the upper left of `area`.
  private func offset(_ point: PlanePoint) -> (column: Double, row: Double) {
    (
      Double(area.width) / 2 + (point.x - middle.x) * columnsPerUnit,
      Double(area.height) / 2 - (point.y - middle.y) * columnsPerUnit / 2
    )
  }

  /// The dot of a canvas of `area`'s size that a point falls on, at the edge when outside.
  func dot(_ point: PlanePoint, on canvas: Canvas) -> Point {
    let (column, row) = offset(point)
    return Point(
      x: Self.whole(column * Double(canvas.dotsAcross), below: canvas.width),
      y: Self.whole(row * Double(canvas.dotsDown), below: canvas.height))
  }

  /// The cell of the screen that a point falls on.
  func cell(_ point: PlanePoint) -> Point {
    let (column, row) = offset(point)
    return Point(
      x: area.x + Self.whole(column, below: area.width),
      y: area.y + Self.whole(row, below: area.height))
  }

  private static func whole(_ value: Double, below count: Int) -> Int {
    guard value > 0 else { return 0 }
    return min(max(0, count - 1), value < Double(count) ? Int(value) : count - 1)
  }

  /// Round numbers along both axes; the same step on both, since the scale is the same.
  /// - Parameter names: what runs across and what runs up, at the ends of the axes.
  func drawAxes(
    on screen: inout Screen, _ glyphs: Glyphs, names: (across: String, up: String)? = nil
  ) {
    guard area.x > rect.x else { return }
    let half = Double(area.height) / columnsPerUnit
    for y in area.y..<area.maxY {
      screen.put(String(glyphs.vertical), x: area.x - 1, y: y, style: .dim)
    }
    let rowStep = Self.roundStep(atLeast: (area.height > 8 ? 6 : 4) / columnsPerUnit)
    for value in Self.ticks(middle.y - half, middle.y + half, by: rowStep) {
      let y = cell(PlanePoint(x: middle.x, y: value)).y
      screen.putRight(Numbers.tick(value), end: area.x - 1, y: y, style: .dim)
    }
    let hasNames = names != nil && area.width >= 24
    if let names, hasNames {
      screen.put("\(names.up) \(glyphs.up)", x: area.x, y: area.y, style: .dim)
    }
    guard rect.maxY > area.maxY else { return }
    var end = area.maxX
    if let names, hasNames {
      let name = "\(names.across) \(glyphs.right)"
      end -= Printable.width(name)
      screen.put(name, x: end, y: area.maxY, style: .dim)
    }
    let side = Double(area.width) / 2 / columnsPerUnit
    let columnStep = Self.roundStep(atLeast: 9 / columnsPerUnit)
    for value in Self.ticks(middle.x - side, middle.x + side, by: columnStep) {
      let label = Numbers.tick(value)
      let x = cell(PlanePoint(x: value, y: middle.y)).x - label.count / 2
      guard x >= area.x, x + label.count < end || !hasNames && x + label.count == end else {
        continue
      }
      screen.put(label, x: x, y: area.maxY, style: .dim)
    }
  }

  private static func ticks(_ low: Double, _ high: Double, by step: Double) -> [Double] {
    guard low.isFinite, high.isFinite, step > 0, (high - low) / step < 200 else { return [] }
    let first = (low / step).rounded(.up)
    let last = (high / step).rounded(.down)
    guard first <= last, abs(first) < 1e9, abs(last) < 1e9 else { return [] }
    return (Int(first)...Int(last)).map { Double($0) * step }
  }

  /// 1, 2 or 5 times a power of ten.
  static func roundStep(atLeast least: Double) -> Double {
    guard least > 0, least.isFinite else { return 1 }
    let power = pow(10, floor(log10(least)))
    for factor in [1.0, 2, 5, 10] where factor * power >= least * (1 - 1e-9) {
      return factor * power
    }
    return 10 * power
  }
}
