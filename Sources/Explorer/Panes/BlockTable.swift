import Engine
import Glibc
import LatentModels
import Trajectories

/// The way of a token's stream to its prediction as lines, half a block each: prelude, the state before,
/// what the core reads, its blocks, the state after, coda; with what was added and what would be said
/// there.
struct BlockTable {
  /// One line.
  struct Row {
    /// Of the block, or of a state; empty where it stands on the line above.
    let name: String
    /// What the stream has just been through; empty for a state.
    let half: String
    /// nil: a state.
    let place: BlockPlace?
    /// What each lens reads; of a state what the run says, which is the first. nil where a lens has
    /// nothing to say.
    var readings: [Reading?] = []
    /// Where the prediction differs from the line before that the lens read, by lens.
    var isChanged: [Bool] = []
    var added: Float?
    var norm: Float?
    var gate: Float?

    /// From the line before; of the first lens that reads here.
    var kl: Float? { readings.compactMap(\.self).first?.kl }
  }

  let state: ExplorerState
  let rows: [Row]
  let lenses: [String]
  /// Whether what it shows is known.
  let isKnown: Bool
  let watched: [Int]

  init(_ state: ExplorerState) {
    self.state = state
    let pass = state.cellPass
    isKnown = pass != nil
    // The model is the same, so that what is not known yet has its lines.
    let shape = state.inside.known?.pass
    lenses = shape?.lenses ?? ["coda", "logit"]
    watched = state.watching.ids
    let iteration = state.cursor.iteration
    var rows: [Row] = []
    // What each lens read on the last line where it did, which says whether the next is another.
    var before: [Int??] = lenses.map { _ in nil }
    func add(_ row: Row) {
      var row = row
      row.isChanged = row.readings.enumerated().map { lens, reading in
        guard let reading, before.indices.contains(lens) else { return false }
        defer { before[lens] = .some(reading.argmax) }
        return before[lens].map { $0 != reading.argmax } ?? false
      }
      rows.append(row)
    }
    func addState(_ iteration: Int) {
      var row = Row(name: state.glyphs.state(iteration), half: "", place: nil)
      let step = state.trajectory.flatMap {
        $0.steps.indices.contains(iteration) ? $0.steps[iteration] : nil
      }
      if let step, step.readings.indices.contains(state.row) {
        row.readings = [step.readings[state.row]].filter { !$0.isUnread }
        row.norm = step.measures[state.row].norm
        row.gate = step.gates.flatMap {
          $0[state.row].isFinite ? 1 / (1 + exp(-$0[state.row])) : nil
        }
      }
      add(row)
    }
    let lines = shape?.lines ?? []
    for (index, line) in lines.enumerated() {
      let isNew = index == 0 || lines[index - 1].place != line.place
      let part = line.place.part
      if index == 0 || lines[index - 1].place.part != part {
        if part == .core {
          addState(iteration - 1)
          // The initial state is no answer that could change, and e is none either.
          before = lenses.indices.map { $0 == 0 && iteration > 1 ? before[$0] : nil }
        } else if part == .coda {
          addState(iteration)
        }
      }
      var row = Row(
        name: line.half == .input
          ? shape?.hasAdapter ?? true ? "adapter" : "reads"
          : Self.name(of: line.place, isFirst: isNew, in: state.model),
        half: line.half == .input ? "" : line.half == .attention ? "attention" : "feed-forward",
        place: line.place)
      if let line = pass?.lines[index] {
        row.readings = line.readings
        (row.added, row.norm, row.gate) = (line.added, line.norm, line.gate)
      }
      add(row)
    }
    if lines.isEmpty { addState(iteration - 1) }
    if lines.last?.place.part != .coda { addState(iteration) }
    self.rows = rows
  }

  /// What a line of a block is called: its first by the block, its last by the state that it ends, where an
  /// iteration has passes that write one.
  private static func name(
    of place: BlockPlace, isFirst: Bool, in model: ModelSummary?
  ) -> String {
    if isFirst { return name(of: place, hasAdapter: false, passes: model?.passes) }
    guard place.part == .core, let state = model?.stateWritten(byBlock: place.block) else {
      return ""
    }
    return "= \(state)"
  }

  /// A block in words; where an iteration is more than one pass, with the pass and which of its blocks:
  /// `7 L2.1`.
  static func name(
    of place: BlockPlace, hasAdapter: Bool, passes: ModelFacts.Passes?
  ) -> String {
    if place.block == 0 { return hasAdapter ? "the adapter" : "what is read" }
    if place.part == .core, let passes {
      return "\(place.block) \(passes.name(ofBlock: place.block))"
    }
    return "\(place.part.rawValue) \(place.block)"
  }

  // MARK: Places

  private func headings(_ rect: Rect) -> Int { min(2, max(0, rect.height - min(4, rows.count))) }

  /// The first line in sight.
  private func first(_ rect: Rect) -> Int {
    HeatGrid.scrolled(
      to: rows.lastIndex { $0.place == state.inside.block } ?? 0, of: rows.count,
      room: rect.height - headings(rect))
  }

  func block(atLine line: Int, in rect: Rect) -> BlockPlace? {
    let row = first(rect) + line - headings(rect)
    return line >= headings(rect) && rows.indices.contains(row) ? rows[row].place : nil
  }

  // MARK: Drawing

  func draw(on screen: inout Screen, _ rect: Rect) {
    guard rect.height > 0, rect.width > 4 else { return }
    let columns = BlockColumns(self, width: rect.width)
    let headings = headings(rect)
    for (column, x, width) in columns.places {
      let (title, unit) = columns.heading(column)
      for (line, words) in [title, unit].prefix(headings).enumerated() {
        screen.put(
          words, x: rect.x + x, y: rect.y + line, style: .dim,
          width: max(0, min(width, rect.width - x)))
      }
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
    _ row: Row, _ columns: BlockColumns, x: Int, y: Int, end: Int, on screen: inout Screen
  ) {
    let isSelected = row.place != nil && row.place == state.inside.block
    if isSelected, !row.name.isEmpty {
      screen.put(state.glyphs.pointer, x: x, y: y, style: .cursor)
    }
    let style: Style = isSelected ? .cursor : row.place == nil ? .accent : .text
    let name = row.name.isEmpty ? "" : row.name + " "
    let indent = row.half.isEmpty ? 0 : columns.blockWidth
    screen.put(name, x: x + 2, y: y, style: style, width: max(0, columns.nameWidth - 3))
    screen.put(
      row.half, x: x + 2 + indent, y: y, style: isSelected ? .cursor : .dim,
      width: max(0, min(columns.nameWidth - indent - 3, end - x - 2 - indent)))
    for (column, at, width) in columns.places {
      let cell = Rect(x: x + at, y: y, width: max(0, min(width, end - x - at)), height: 1)
      draw(row, column, cell, on: &screen)
    }
  }

  private func draw(
    _ row: Row, _ column: BlockColumns.Column, _ cell: Rect, on screen: inout Screen
  ) {
    let isPending = row.place != nil && !isKnown
    switch column {
    case .lens(let index):
      if isPending {
        screen.put(state.glyphs.ellipsis, x: cell.x + 2, y: cell.y, style: .dim)
      } else if let reading = reading(row, index) {
        let isChanged = row.isChanged.indices.contains(index) && row.isChanged[index]
        drawReading(reading, isChanged, isBold: index == 0, cell, on: &screen)
      }
    case .watched(let id, let lens):
      if isPending {
        screen.put(state.glyphs.ellipsis, x: cell.x + 3, y: cell.y, style: .dim)
      } else if let standing = reading(row, lens)?.standing(of: id) {
        drawStanding(standing, cell, on: &screen)
      }
    case .entropy:
      let entropy = row.readings.compactMap(\.self).first?.entropy
      drawNumber(entropy, isPending, cell, on: &screen)
    case .kl: if row.place != nil { drawNumber(row.kl, isPending, cell, on: &screen) }
    case .added: if row.place != nil { drawShare(row, isPending, cell, on: &screen) }
    case .norm: drawNumber(row.norm, isPending, cell, on: &screen)
    case .gate:
      if isPending || row.gate != nil { drawNumber(row.gate, isPending, cell, on: &screen) }
    }
  }

  private func reading(_ row: Row, _ lens: Int) -> Reading? {
    row.readings.indices.contains(lens) ? row.readings[lens] : nil
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
    let room = cell.width - 8
    let text = Printable.clip(state.visible(best.text), room, ellipsis: state.glyphs.ellipsis)
    let style: Style = isChanged ? .flip : Style.text.bold(isBold)
    let x = screen.put(text, x: cell.x + 2, y: cell.y, style: style)
    screen.put(
      Numbers.probability(best.probability), x: max(x, cell.x + 5) + 1, y: cell.y,
      style: isBold ? .text : .dim, width: cell.maxX - max(x, cell.x + 5) - 1)
  }

  /// Rank and probability; the likeliest stands out.
  private func drawStanding(_ standing: Standing, _ cell: Rect, on screen: inout Screen) {
    let isFirst = standing.rank == 1
    screen.putRight(
      "\(standing.rank)", end: cell.x + 4, y: cell.y, style: isFirst ? .good.bold() : .text)
    screen.put(
      Numbers.probability(standing.probability), x: cell.x + 5, y: cell.y,
      style: isFirst ? .text : .dim, width: max(0, cell.width - 5))
  }

  private func drawNumber(
    _ value: Float?, _ isPending: Bool, _ cell: Rect, on screen: inout Screen
  ) {
    let text =
      isPending
      ? state.glyphs.ellipsis : value.map { Numbers.short($0) } ?? state.glyphs.minus
    screen.put(
      text, x: cell.x, y: cell.y, style: value == nil ? .dim : .text,
      width: max(0, cell.width - 1))
  }

  /// What was added as a share of the stream, with a bar.
  private func drawShare(
    _ row: Row, _ isPending: Bool, _ cell: Rect, on screen: inout Screen
  ) {
    drawNumber(row.added, isPending, cell, on: &screen)
    guard let share = row.added, cell.width > 9 else { return }
    let most = rows.compactMap(\.added).max() ?? 1
    let bar = Bar.text(
      Double(share / max(1, most)), width: cell.width - 8, capabilities: state.capabilities)
    screen.put(
      bar, x: cell.x + 6, y: cell.y,
      style: row.half == "attention" ? .series(0) : .series(1))
  }
}
