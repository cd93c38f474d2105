/// Columns and rows of a terminal or of a part of it.
public struct Size: Sendable, Hashable {
  public var width: Int
  public var height: Int

  public init(width: Int, height: Int) {
    self.width = width
    self.height = height
  }
}

/// A cell of the grid; (0, 0) is the upper left.
struct Point: Sendable, Hashable {
  var x: Int
  var y: Int
}

/// A rectangle of cells. Sides are never negative: cutting too much leaves an empty rectangle.
struct Rect: Sendable, Hashable {
  var x: Int
  var y: Int
  var width: Int
  var height: Int

  init(x: Int, y: Int, width: Int, height: Int) {
    self.x = x
    self.y = y
    self.width = max(0, width)
    self.height = max(0, height)
  }

  init(_ size: Size) { self.init(x: 0, y: 0, width: size.width, height: size.height) }

  var maxX: Int { x + width }
  var maxY: Int { y + height }
  var isEmpty: Bool { width == 0 || height == 0 }

  func contains(_ point: Point) -> Bool {
    point.x >= x && point.x < maxX && point.y >= y && point.y < maxY
  }

  func inset(left: Int = 0, top: Int = 0, right: Int = 0, bottom: Int = 0) -> Rect {
    let left = min(left, width)
    let top = min(top, height)
    return Rect(
      x: x + left, y: y + top, width: width - left - right, height: height - top - bottom)
  }

  /// The first `rows` rows, and the rest.
  func splitTop(_ rows: Int) -> (top: Rect, rest: Rect) {
    let rows = min(max(0, rows), height)
    return (Rect(x: x, y: y, width: width, height: rows), inset(top: rows))
  }

  /// The first `columns` columns, and the rest.
  func splitLeft(_ columns: Int) -> (left: Rect, rest: Rect) {
    let columns = min(max(0, columns), width)
    return (Rect(x: x, y: y, width: columns, height: height), inset(left: columns))
  }
}
