/// Finds room for small numbers beside a path.
struct PlaneLabels {
  private let area: Rect
  private var isTaken: [Bool]  // [height, width]
  private var left: Int

  init(area: Rect, canvas: Canvas) {
    self.area = area
    isTaken = (0..<area.width * area.height).map {
      canvas.hasDots(x: $0 % max(1, area.width), y: $0 / max(1, area.width))
    }
    left = max(4, area.width * area.height / 40)
  }

  /// False when there are as many labels as the eye can use.
  var hasRoom: Bool { left > 0 }

  /// Keeps labels off a cell.
  mutating func block(_ point: Point) {
    if area.contains(point) { isTaken[index(point)] = true }
  }

  private func index(_ point: Point) -> Int {
    (point.y - area.y) * area.width + point.x - area.x
  }

  private func isFree(_ from: Point, _ width: Int) -> Bool {
    (from.x..<from.x + width).allSatisfy { x in
      let point = Point(x: x, y: from.y)
      return area.contains(point) && !isTaken[index(point)]
    }
  }

  /// Where a label beside `point` goes: right, left, above or below, wherever nothing is yet.
  /// - Parameter isForced: take what lies inside the area even if something is there.
  mutating func place(_ text: String, at point: Point, isForced: Bool) -> Point? {
    let width = text.count
    let spots = [
      Point(x: point.x + 1, y: point.y), Point(x: point.x - width, y: point.y),
      Point(x: point.x, y: point.y - 1), Point(x: point.x, y: point.y + 1),
      Point(x: point.x - width + 1, y: point.y - 1), Point(x: point.x + 1, y: point.y + 1),
    ]
    let fits = spots.first { spot in isFree(spot, width) }
    let chosen =
      fits
      ?? (isForced
        ? spots.first { $0.x >= area.x && $0.x + width <= area.maxX && area.contains($0) } : nil)
    guard let chosen else { return nil }
    // A blank beside it keeps two numbers from reading as one.
    for x in chosen.x - 1...chosen.x + width { block(Point(x: x, y: chosen.y)) }
    left -= 1
    return chosen
  }
}
