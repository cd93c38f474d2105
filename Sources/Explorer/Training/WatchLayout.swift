/// Which panes are shown while training is watched, and where.
struct WatchLayout: Sendable {
  enum PaneName: Sendable, CaseIterable {
    case loss
    case accuracy
    case path
    case readings
  }

  struct Place: Sendable {
    let name: PaneName
    let rect: Rect
  }

  let places: [Place]
  let frame: Frame
  /// The bar of steps; empty where there is room for one line only.
  let bar: Rect

  init(_ state: WatchState) {
    let size = state.size
    frame = size.width >= 100 && size.height >= 30 ? .box : .rule
    guard size.width >= 20, size.height >= 6 else {
      places = []
      bar = Rect(x: 0, y: 0, width: 0, height: 0)
      return
    }
    let body = Rect(x: 0, y: 1, width: size.width, height: size.height - 3)
    bar = Rect(x: 0, y: body.maxY, width: size.width, height: 1)
    let edges = frame == .box ? 2 : 1
    let accuracyRows = max(3, state.accuracyRows) + edges
    let readingRows = WatchReadings.readouts.count + 1 + edges
    guard size.width >= 64 else {
      places = Self.column(body, accuracyRows: accuracyRows, readingRows: readingRows)
      return
    }
    let (left, rest) = body.splitLeft(body.width / 2)
    let right = frame == .box ? rest : rest.inset(left: 1)
    let low = min(accuracyRows, body.height - max(5, body.height * 35 / 100))
    let (loss, accuracy) = left.splitTop(body.height - max(3, low))
    let few = min(readingRows, body.height - max(6, body.height * 45 / 100))
    let (path, readings) = right.splitTop(body.height - max(3, few))
    places = [
      Place(name: .loss, rect: loss), Place(name: .accuracy, rect: accuracy),
      Place(name: .path, rect: path), Place(name: .readings, rect: readings),
    ]
    .filter { !$0.rect.isEmpty }
  }

  /// One below the other, as many as have room.
  private static func column(_ body: Rect, accuracyRows: Int, readingRows: Int) -> [Place] {
    var rest = body
    var places: [Place] = []
    let wanted: [(PaneName, Int)] = [
      (.loss, 6), (.accuracy, accuracyRows), (.readings, readingRows), (.path, 8),
    ]
    for (index, (name, rows)) in wanted.enumerated() {
      guard rest.height >= min(rows, 4) else { break }
      let isLast = index + 1 == wanted.count || rest.height - rows < min(wanted[index + 1].1, 4)
      let (top, below) = rest.splitTop(isLast ? rest.height : rows)
      places.append(Place(name: name, rect: top))
      rest = below
    }
    return places
  }
}
