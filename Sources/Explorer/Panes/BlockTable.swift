import Trajectories

/// The blocks of an opened iteration as lines: the state before, the adapter, the blocks, the state
/// after, with what was added and what would be said there.
struct BlockTable {
  /// One line.
  struct Row {
    let name: String
    /// nil: a state.
    let block: Int?
    /// What each lens reads; of a state what the run says, which is the first.
    let readings: [Reading]
    /// Where the prediction differs from that of the line before, by lens.
    let isChanged: [Bool]
    var kl: Float?
    var attention: Float?
    var feedForward: Float?
    var norm: Float?
  }

  private enum Column: Equatable {
    case lens(Int)
    case entropy
    case kl
    case attention
    case feedForward
    case norm
  }

  let state: ExplorerState
  let rows: [Row]
  private let lenses: [String]
  /// Whether what it shows is known.
  private let isKnown: Bool

  init(_ state: ExplorerState) {
    self.state = state
    let pass = state.cellPass
    isKnown = pass != nil
    // The model is the same, so that what is not known yet has its lines.
    let shape = state.inside.known?.pass
    lenses = shape?.lenses ?? ["coda", "logit"]
    let iteration = state.cursor.iteration
    let steps = state.trajectory?.steps ?? []
    func said(_ iteration: Int) -> [Reading] {
      guard steps.indices.contains(iteration) else { return [] }
      let readings = steps[iteration].readings
      return readings.indices.contains(state.row) ? [readings[state.row]] : []
    }
    func norm(_ iteration: Int) -> Float? {
      guard steps.indices.contains(iteration) else { return nil }
      let measures = steps[iteration].measures
      return measures.indices.contains(state.row) ? measures[state.row].norm : nil
    }
    var rows = [
      Row(
        name: state.glyphs.state(iteration - 1), block: nil, readings: said(iteration - 1),
        isChanged: [], norm: norm(iteration - 1))
    ]
    // The initial state is no answer that could change.
    var before = iteration > 1 ? said(iteration - 1).map(\.argmax) : []
    for index in (shape?.blocks ?? []).indices {
      let name = index > 0 ? "core \(index)" : shape?.hasAdapter ?? true ? "adapter" : "reads"
      guard let block = pass?.blocks[index] else {
        rows.append(Row(name: name, block: index, readings: [], isChanged: []))
        continue
      }
      let says = block.readings.map(\.argmax)
      rows.append(
        Row(
          name: name, block: index, readings: block.readings,
          isChanged: Self.changes(from: before, to: says), kl: block.readings.first?.kl,
          attention: block.attention, feedForward: block.feedForward, norm: block.norm))
      before = says
    }
    let after = said(iteration)
    rows.append(
      Row(
        name: state.glyphs.state(iteration), block: nil, readings: after,
        isChanged: Self.changes(from: before, to: after.map(\.argmax)), norm: norm(iteration)))
    self.rows = rows
  }

  private static func changes(from before: [Int?], to after: [Int?]) -> [Bool] {
    after.indices.map { $0 < before.count && before[$0] != after[$0] }
  }

  func name(ofBlock block: Int) -> String {
    rows.first { $0.block == block }?.name ?? "block \(block)"
  }

  // MARK: Places

  private func headings(_ rect: Rect) -> Int { min(2, max(0, rect.height - min(4, rows.count))) }

  /// The first line in sight.
  private func first(_ rect: Rect) -> Int {
    HeatGrid.scrolled(
      to: rows.firstIndex { $0.block == state.inside.block } ?? 0, of: rows.count,
      room: rect.height - headings(rect))
  }

  func block(atLine line: Int, in rect: Rect) -> Int? {
    let row = first(rect) + line - headings(rect)
    return line >= headings(rect) && rows.indices.contains(row) ? rows[row].block : nil
  }

  private static let nameWidth = 10

  /// What fits, and how wide each is. What is there twice over gives way first.
  private func columns(_ width: Int) -> [(column: Column, width: Int)] {
    let text = width >= 100 ? 12 : width >= 60 ? 6 : 3
    var columns: [(column: Column, width: Int)] =
      lenses.indices.map { (.lens($0), 9 + text) }
      + [
        (.entropy, 8), (.kl, width >= 100 ? 14 : 8), (.attention, 12), (.feedForward, 12),
        (.norm, 10),
      ]
    let last: [Column] = [.norm, .entropy, .lens(1), .feedForward, .attention, .kl]
    for column in last where columns.reduce(Self.nameWidth, { $0 + $1.width }) > width {
      columns.removeAll { $0.column == column }
    }
    // Bars take what is left, up to a length that the eye still compares.
    let left = width - columns.reduce(Self.nameWidth) { $0 + $1.width }
    for index in columns.indices where [.attention, .feedForward].contains(columns[index].column) {
      columns[index].width += min(16, max(0, left / 2))
    }
    return columns
  }

  private func heading(_ column: Column, isWide: Bool) -> (String, String) {
    switch column {
    case .lens(let index): ("  \(lenses[index]) lens", "  says")
    case .entropy: ("entropy", "nats")
    case .kl: (isWide ? "KL to before" : "KL", "nats")
    case .attention: ("attention", "of \(state.glyphs.stream)")
    case .feedForward: ("feed-forward", "of \(state.glyphs.stream)")
    case .norm: (state.glyphs.stream, "")
    }
  }

  // MARK: Drawing

  func draw(on screen: inout Screen, _ rect: Rect) {
    guard rect.height > 0, rect.width > 4 else { return }
    let columns = columns(rect.width)
    let headings = headings(rect)
    var x = rect.x + Self.nameWidth
    for (column, width) in columns {
      let (title, unit) = heading(column, isWide: rect.width >= 100)
      for (line, words) in [title, unit].prefix(headings).enumerated() {
        screen.put(words, x: x, y: rect.y + line, style: .dim, width: min(width, rect.maxX - x))
      }
      x += width
    }
    let first = first(rect)
    for (line, row) in rows.dropFirst(first).prefix(rect.height - headings).enumerated() {
      draw(row, columns, x: rect.x, y: rect.y + headings + line, end: rect.maxX, on: &screen)
    }
    if first > 0 {
      screen.put(state.glyphs.up, x: rect.x + 1, y: rect.y + headings, style: .accent)
    }
    if first + rect.height - headings < rows.count {
      screen.put(state.glyphs.down, x: rect.x + 1, y: rect.maxY - 1, style: .accent)
    }
  }

  private func draw(
    _ row: Row, _ columns: [(column: Column, width: Int)], x: Int, y: Int, end: Int,
    on screen: inout Screen
  ) {
    let isSelected = row.block == state.inside.block
    if isSelected { screen.put(state.glyphs.pointer, x: x, y: y, style: .cursor) }
    let style: Style = isSelected ? .cursor : row.block == nil ? .accent : .text
    screen.put(row.name, x: x + 2, y: y, style: style, width: min(Self.nameWidth - 2, end - x - 2))
    var at = x + Self.nameWidth
    for (column, width) in columns {
      draw(row, column, Rect(x: at, y: y, width: min(width, end - at), height: 1), on: &screen)
      at += width
    }
  }

  private func draw(_ row: Row, _ column: Column, _ cell: Rect, on screen: inout Screen) {
    let isPending = row.block != nil && !isKnown
    switch column {
    case .lens(let index):
      if isPending {
        screen.put(state.glyphs.ellipsis, x: cell.x + 2, y: cell.y, style: .dim)
      } else if row.readings.indices.contains(index) {
        let isChanged = row.isChanged.indices.contains(index) && row.isChanged[index]
        drawReading(row.readings[index], isChanged, isBold: index == 0, cell, on: &screen)
      }
    case .entropy:
      drawNumber(row.readings.first?.entropy, isPending, cell, on: &screen)
    case .kl: if row.block != nil { drawNumber(row.kl, isPending, cell, on: &screen) }
    case .attention: drawShare(row, row.attention, .series(0), isPending, cell, on: &screen)
    case .feedForward: drawShare(row, row.feedForward, .series(1), isPending, cell, on: &screen)
    case .norm: drawNumber(row.norm, isPending, cell, on: &screen)
    }
  }

  /// A mark where it changes, the token, its probability.
  private func drawReading(
    _ reading: Reading, _ isChanged: Bool, isBold: Bool, _ cell: Rect, on screen: inout Screen
  ) {
    if isChanged { screen.put(state.glyphs.flipInCell, x: cell.x, y: cell.y, style: .flip) }
    guard let best = reading.best else {
      screen.put(state.glyphs.diverged, x: cell.x + 2, y: cell.y, style: .error)
      return
    }
    let room = cell.width - 9
    let text = Printable.clip(state.visible(best.text), room, ellipsis: state.glyphs.ellipsis)
    let style: Style = isChanged ? .flip : Style.text.bold(isBold)
    let x = screen.put(text, x: cell.x + 2, y: cell.y, style: style)
    screen.put(
      Numbers.probability(best.probability), x: max(x, cell.x + 5) + 1, y: cell.y,
      style: isBold ? .text : .dim, width: cell.maxX - max(x, cell.x + 5) - 1)
  }

  private func drawNumber(
    _ value: Float?, _ isPending: Bool, _ cell: Rect, on screen: inout Screen
  ) {
    let text =
      isPending
      ? state.glyphs.ellipsis : value.map { Numbers.short($0) } ?? state.glyphs.minus
    screen.put(
      text, x: cell.x, y: cell.y, style: value == nil ? .dim : .text, width: cell.width - 1)
  }

  /// What was added as a share of the stream, with a bar.
  private func drawShare(
    _ row: Row, _ share: Float?, _ style: Style, _ isPending: Bool, _ cell: Rect,
    on screen: inout Screen
  ) {
    guard let block = row.block else { return }
    // Block 0 is what is read; nothing was added to it.
    guard block > 0 || isPending else {
      screen.put(state.glyphs.minus, x: cell.x, y: cell.y, style: .dim)
      return
    }
    drawNumber(share, isPending, cell, on: &screen)
    guard let share else { return }
    let most = rows.flatMap { [$0.attention, $0.feedForward] }.compactMap(\.self).max() ?? 1
    let bar = Bar.text(
      Double(share / max(1, most)), width: cell.width - 8, capabilities: state.capabilities)
    screen.put(bar, x: cell.x + 6, y: cell.y, style: style)
  }
}
