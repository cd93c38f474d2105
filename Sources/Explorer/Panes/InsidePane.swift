import Trajectories

/// What happened in the iteration that led to the cell at the cursor: block by block, what was added and
/// what would be said there, and below it where attention of the selected block looked.
let insidePane = Pane(
  title: { state, _ in
    var address = state.cursor
    address.block = state.cursor.iteration > 0 ? state.inside.block : nil
    let dot = state.glyphs.dot
    let i = state.cursor.iteration
    let steps = i > 0 ? "\(state.glyphs.state(i - 1)) \(state.glyphs.arrow) " : ""
    return
      "inside \(address) \(dot) token \(state.tokenLabel(state.cursor.token)) \(dot) iteration "
      + "\(i), \(steps)\(state.glyphs.state(i))"
  },
  legend: { state, width in
    width < 70
      ? []
      : [
        ("\(state.glyphs.flipInCell) changes", .flip), ("\(state.glyphs.dot) esc goes back", .dim),
      ]
  },
  render: { state, screen, rect in
    guard state.insidePlace != nil else {
      Pane.drawEmpty(
        state, &screen, rect,
        "\(state.glyphs.start) is where the run starts; no iteration led to it, l steps forward")
      return
    }
    InsideView(state, rect).draw(on: &screen)
  },
  pick: { state, rect, point in
    guard state.insidePlace != nil else { return nil }
    let view = InsideView(state, rect)
    return view.block(at: point).map { Pick(block: $0) }
  })

/// How the pane divides its room; drawing and pointing share it.
private struct InsideView {
  let state: ExplorerState
  let rect: Rect
  /// What is known of the cell; nil while it is being looked at.
  let pass: CellPass?
  let table: BlockTable
  let tableRect: Rect
  let candidatesRect: Rect
  let attentionRect: Rect

  init(_ state: ExplorerState, _ rect: Rect) {
    self.state = state
    self.rect = rect
    pass = state.cellPass
    table = BlockTable(state)
    let headings = rect.height >= 12 ? 2 : rect.height >= 5 ? 1 : 0
    let wanted = headings + table.rows.count
    // The weights need a line of words, bars, tokens; the table scrolls where it has to.
    let rows = rect.height >= wanted + 4 ? wanted : max(min(4, rect.height), rect.height - 5)
    let (top, below) = rect.splitTop(min(rows, wanted))
    tableRect = top
    let lenses = pass?.lenses.count ?? 2
    let hasCandidates = below.height >= lenses + 6
    let (middle, rest) = below.inset(top: hasCandidates ? 1 : 0)
      .splitTop(hasCandidates ? lenses : 0)
    candidatesRect = middle
    attentionRect = rest.inset(top: rest.height >= 6 ? 1 : 0)
  }

  func draw(on screen: inout Screen) {
    table.draw(on: &screen, tableRect)
    guard let pass else {
      let words =
        state.inside.stopped != nil
        ? "not looked at: it was stopped, or could not be done"
        : state.isBusy ? "when the step is done" : "looking inside" + state.glyphs.ellipsis
      screen.put(
        words, x: attentionRect.x + 2, y: attentionRect.y, style: .dim,
        width: attentionRect.height > 0 ? max(0, attentionRect.width - 2) : 0)
      return
    }
    let index = min(state.inside.block, pass.blocks.count - 1)
    drawCandidates(pass, pass.blocks[index], on: &screen)
    let name = table.name(ofBlock: index)
    guard attentionRect.height >= 3 else { return }
    AttentionRow(state: state, name: name, weights: pass.blocks[index].weights)
      .draw(on: &screen, attentionRect)
  }

  /// The likeliest tokens after the selected block, a line a lens.
  private func drawCandidates(
    _ pass: CellPass, _ block: CellPass.Block, on screen: inout Screen
  ) {
    for (line, (lens, reading)) in zip(pass.lenses, block.readings).enumerated()
    where line < candidatesRect.height {
      let y = candidatesRect.y + line
      var x = screen.put(
        Printable.padded("\(lens) lens", 12), x: candidatesRect.x + 2, y: y, style: .dim,
        width: max(0, candidatesRect.width - 2))
      if reading.isDiverged {
        screen.put(state.glyphs.diverged, x: x, y: y, style: .error)
      }
      for (rank, candidate) in reading.top.enumerated() {
        let text = Printable.clip(
          state.visible(candidate.text), 12, ellipsis: state.glyphs.ellipsis)
        guard x + Printable.width(text) + 6 <= candidatesRect.maxX else { break }
        x = screen.put(text + " ", x: x, y: y, style: rank == 0 ? .cursor : .text)
        x = screen.put(Numbers.probability(candidate.probability) + "  ", x: x, y: y, style: .dim)
      }
    }
  }

  /// The block whose line lies at a point.
  func block(at point: Point) -> Int? {
    tableRect.contains(point) ? table.block(atLine: point.y - tableRect.y, in: tableRect) : nil
  }
}
