import Trajectories

/// Tokens down, iterations across: where the cells of a map lie, which of them are in sight, and
/// which one is pointed at. What is drawn in a cell is the map's own business.
struct HeatGrid: Sendable {
  let rect: Rect
  /// Where one looks; always in sight.
  let cursor: Address
  /// All there are.
  let tokens: Int
  let columns: Int
  let labelWidth: Int
  /// Columns between s₀ and the first iteration.
  let gap: Int
  let cellWidth: Int
  /// Lines a token takes.
  let rowHeight: Int
  let firstToken: Int
  /// Tokens in sight.
  let rows: Int
  let firstIteration: Int
  /// Iterations in sight.
  let iterations: Int
  /// Whether there is a line below the cells for what their colours mean.
  let hasFoot: Bool

  /// The most lines a token takes where all have room: its text, a number, and air between.
  static let tallest = 3

  /// - Parameters:
  ///   - columns: iterations, s₀ included.
  ///   - label: columns a label takes beside these tokens.
  ///   - cell: columns a cell takes beside these tokens, where each has so many when all are in sight.
  ///   - isStartApart: whether a column is left between s₀ and what comes after it, where there is room.
  ///   - hasFoot: whether a line below the cells is wanted, where there is room.
  ///   - tallest: the most lines a token takes, where all have so many.
  init?(
    _ rect: Rect, cursor: Address, tokens: Int, columns: Int,
    label: (_ shown: Range<Int>) -> Int, cell: (_ shown: Range<Int>, _ share: Int) -> Int,
    isStartApart: Bool = false, hasFoot: Bool = true, tallest: Int = 1
  ) {
    guard rect.width >= 8, rect.height >= 2, tokens > 0, columns > 0 else { return nil }
    self.rect = rect
    self.cursor = cursor
    self.tokens = tokens
    self.columns = columns
    let lines: Int
    (lines, rows, self.hasFoot) = Self.lines(in: rect, of: tokens, hasFoot: hasFoot)
    rowHeight = max(1, min(tallest, lines / tokens))
    firstToken = Self.scrolled(to: cursor.token, of: tokens, room: rows)
    let shown = firstToken..<firstToken + rows
    labelWidth = label(shown)
    let whole = max(1, rect.width - labelWidth)
    let apart = isStartApart && whole > 8 ? 1 : 0
    let room = whole - apart
    cellWidth = max(1, min(room, cell(shown, room / columns)))
    iterations = min(columns, room / cellWidth)
    firstIteration = Self.scrolled(to: cursor.iteration, of: columns, room: iterations)
    gap = firstIteration == 0 ? apart : 0
  }

  /// Lines there are for tokens, how many of these are in sight, and whether there is one below them.
  static func lines(
    in rect: Rect, of tokens: Int, hasFoot: Bool = true
  ) -> (all: Int, rows: Int, hasFoot: Bool) {
    let hasFoot = hasFoot && rect.height >= 6 && (rect.height - 2 >= tokens || rect.height >= 10)
    let lines = rect.height - 1 - (hasFoot ? 1 : 0)
    return (lines, min(tokens, lines), hasFoot)
  }

  /// The first of `count` shown in `room` so that `place` is seen with some of what follows.
  static func scrolled(to place: Int, of count: Int, room: Int) -> Int {
    guard count > room, room > 0 else { return 0 }
    return min(count - room, max(0, place - room * 2 / 3))
  }

  var shownTokens: Range<Int> { firstToken..<firstToken + rows }
  var shownIterations: Range<Int> { firstIteration..<firstIteration + iterations }
  /// The line below the cells; outside of the map where there is none.
  var footLine: Int { rect.y + 1 + rows * rowHeight }

  func x(ofIteration iteration: Int) -> Int {
    rect.x + labelWidth + (iteration - firstIteration) * cellWidth + (iteration > 0 ? gap : 0)
  }
  /// The first line of a token.
  func y(ofToken token: Int) -> Int { rect.y + 1 + (token - firstToken) * rowHeight }
  /// The line of a token that its texts stand in.
  func textLine(ofToken token: Int) -> Int { y(ofToken: token) + (rowHeight - 1) / 2 }

  /// Where the cell of a place lies.
  func cell(_ place: Address) -> Rect {
    Rect(
      x: x(ofIteration: place.iteration), y: y(ofToken: place.token), width: cellWidth,
      height: rowHeight)
  }

  /// What lies at a point: no token in the line of the iterations, no iteration in the labels; nil
  /// below the cells.
  func pick(_ point: Point) -> Pick? {
    let line = point.y - rect.y - 1
    let row = line < 0 ? -1 : line / rowHeight
    var column = point.x - rect.x - labelWidth
    // What is between belongs to s₀.
    if column >= cellWidth { column -= gap }
    guard row < rows else { return nil }
    return Pick(
      token: row >= 0 ? firstToken + row : nil,
      iteration: column >= 0 ? firstIteration + column / cellWidth : nil)
  }

  /// The numbers of the iterations, that of the cursor first of all.
  /// - Parameter last: the last iteration that was computed; those after it are faint.
  func drawIterations(last: Int, _ glyphs: Glyphs, on screen: inout Screen) {
    screen.put("r", x: rect.x + 2, y: rect.y, style: .dim)
    let here = cursor.iteration
    let width = "\(firstIteration + iterations)".count + 1
    let step = [1, 2, 5, 10, 20, 50].first { $0 * cellWidth >= width } ?? 100
    func label(_ iteration: Int) -> String {
      iteration == 0 && cellWidth > 2 ? glyphs.start : "\(iteration)"
    }
    // The cursor's number has its place first; the others keep clear of it.
    let mine = label(here)
    // The last column is for the mark that there is more.
    let end = rect.maxX - (shownIterations.upperBound < columns ? 1 : 0)
    let most = end - mine.count
    let from = min(x(ofIteration: here), max(rect.x, most))
    let taken = from - 1...from + max(cellWidth, mine.count)
    for iteration in shownIterations {
      let text = label(iteration)
      let at = x(ofIteration: iteration)
      guard iteration % step == 0, iteration != here, at + text.count <= end,
        !taken.overlaps(at...at + text.count - 1)
      else { continue }
      screen.put(text, x: at, y: rect.y, style: iteration <= last ? .text : .dim)
    }
    let padded = Printable.padded(mine, min(max(mine.count, cellWidth), end - from))
    screen.put(padded, x: from, y: rect.y, style: .selected)
  }

  /// Where there is more than is in sight.
  func drawMore(_ glyphs: Glyphs, on screen: inout Screen) {
    let gutter = rect.x + labelWidth - 1
    if firstIteration > 0 { screen.put(glyphs.left, x: gutter, y: rect.y, style: .accent) }
    if shownIterations.upperBound < columns {
      screen.put(glyphs.right, x: rect.maxX - 1, y: rect.y, style: .accent)
    }
    if firstToken > 0 { screen.put(glyphs.up, x: gutter, y: rect.y + 1, style: .accent) }
    if shownTokens.upperBound < tokens {
      screen.put(glyphs.down, x: gutter, y: footLine - 1, style: .accent)
    }
  }

  /// Which tokens are in sight, at the end of the line below the cells, where they are not all.
  func drawTokensInSight(after x: Int, on screen: inout Screen) {
    guard rows < tokens else { return }
    let words = "tokens \(firstToken)-\(firstToken + rows - 1) of \(tokens)"
    if x + words.count + 1 <= rect.maxX {
      screen.putRight(words, end: rect.maxX, y: footLine, style: .dim)
    }
  }
}

extension HeatGrid {
  /// Draws the scale of the colours on the foot line: a number at either end, one between where there is
  /// room, and what the ends mean.
  /// - Parameter unit: what follows the larger end, with the blank before it.
  /// - Returns: the column after it.
  func drawScale(
    _ state: ExplorerState, _ axis: Axis, unit: String, ends: Metric.Ends?,
    on screen: inout Screen
  ) -> Int {
    let y = footLine
    let from = rect.x + 2
    let (low, high) = (Numbers.short(axis.low), Numbers.short(axis.high) + unit)
    let middle = " \(Numbers.tick(axis.middle)) "
    let whole = rect.width - 2 - low.count - high.count - 2
    // What the ends mean comes before a long strip and the number between them.
    let words = ends.flatMap { whole - $0.low.count - $0.high.count - 2 >= 5 ? $0 : nil }
    let room = whole - (words.map { $0.low.count + $0.high.count + 2 } ?? 0)
    let hasMiddle = room >= 8 + middle.count
    let strip =
      hasMiddle
      ? max(8, min(16, (room - middle.count) * 2 / 3))
      : max(3, min(16, words == nil ? room * 2 / 3 : room))
    var x = screen.put(
      (words.map { $0.low + " " } ?? "") + low + " ", x: from, y: y, style: .dim,
      width: rect.width - 2)
    if hasMiddle {
      x = RampStrip.draw(state, 0...0.5, columns: strip / 2, x: x, y: y, on: &screen)
      x = screen.put(middle, x: x, y: y, style: .dim)
      x = RampStrip.draw(state, 0.5...1, columns: strip / 2, x: x, y: y, on: &screen)
    } else {
      x = RampStrip.draw(state, columns: strip, x: x, y: y, on: &screen)
    }
    return screen.put(
      " " + high + (words.map { " " + $0.high } ?? ""), x: x, y: y, style: .dim,
      width: rect.maxX - x)
  }
}
