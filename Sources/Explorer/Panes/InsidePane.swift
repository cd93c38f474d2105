import LatentModels
import Trajectories

/// What happened in the iteration that led to the cell at the cursor: block by block, what was added and
/// what would be said there, and below it where attention of the selected block looked; or that from
/// every token, as a map.
let insidePane = Pane(
  title: { state, width in
    let dot = state.glyphs.dot
    if state.inside.map.isShown { return AttentionMapView.title(state) }
    let i = state.cursor.iteration
    let place = state.insideAddress.described(state.model?.passes)
    let unit = state.model?.passes == nil ? "iteration" : "cycle"
    let steps = i > 0 ? "\(state.glyphs.state(i - 1)) \(state.glyphs.arrow) " : ""
    return
      "inside \(place) \(dot) token \(state.tokenLabel(state.cursor.token)) "
      + "\(dot) \(unit) \(i), \(steps)\(state.glyphs.state(i))"
  },
  legend: { state, width in
    if state.inside.map.isShown {
      return width < 70 ? [] : [("\(state.glyphs.dot) A shows the blocks again", .dim)]
    }
    return width < 70
      ? []
      : [
        ("\(state.glyphs.flipInCell) changes", .flip), ("\(state.glyphs.dot) esc goes back", .dim),
      ]
  },
  render: { state, screen, rect in
    guard state.insidePlace != nil else {
      if let token = state.thinkingToken, token != state.cursor.token {
        Pane.drawEmpty(
          state, &screen, rect,
          "thoughts are of token \(state.tokenLabel(token)); this one is read once, before them")
        return
      }
      Pane.drawEmpty(
        state, &screen, rect,
        "\(state.glyphs.start) is where the run starts; no iteration led to it, l steps forward")
      return
    }
    if state.inside.map.isShown {
      AttentionMapView.draw(state, on: &screen, rect)
    } else {
      InsideView(state, rect).draw(on: &screen)
    }
  },
  pick: { state, rect, point in
    guard state.insidePlace != nil else { return nil }
    if state.inside.map.isShown { return AttentionMapView.pick(state, rect, point) }
    let view = InsideView(state, rect)
    return view.block(at: point).map { Pick(block: $0) }
  },
  about: PaneAbout(
    title: "inside one iteration",
    drawn:
      "What happened between one state and the next: a line for the adapter, for attention "
      + "and feed-forward of every block, and for the state; what the stream would say there "
      + "through the coda lens and the logit lens; how much the block added; KL to the line "
      + "before; and below where attention of the selected block looked. A shows attention of "
      + "all tokens as a map.",
    formula:
      "added = ‖what a block adds‖ / ‖the stream it is added to‖; coda lens: "
      + "head(coda(stream)); logit lens: head(ln_f(stream))",
    unit: "shares of the stream; nats; attention weights sum to 1",
    source: "Logit and coda lens on recurrent depth: arXiv 2507.02199."))

/// How the pane divides its room; drawing and pointing share it.
private struct InsideView {
  let state: ExplorerState
  /// What is known of the cell; nil while it is being looked at.
  let pass: CellPass?
  let table: BlockTable
  let tableRect: Rect
  let candidatesRect: Rect
  let attentionRect: Rect

  init(_ state: ExplorerState, _ rect: Rect) {
    self.state = state
    pass = state.cellPass
    table = BlockTable(state)
    let headings = rect.height >= 12 ? 2 : rect.height >= 5 ? 1 : 0
    let wanted = headings + table.rows.count
    // The weights need a line of words, bars, tokens; the table scrolls where it has to.
    let rows = rect.height >= wanted + 4 ? wanted : max(min(4, rect.height), rect.height - 5)
    let (top, below) = rect.splitTop(min(rows, wanted))
    tableRect = top
    let lines = table.lenses.count + (table.watched.isEmpty ? 0 : 1)
    let hasCandidates = below.height >= lines + 6
    let (middle, rest) = below.inset(top: hasCandidates ? 1 : 0)
      .splitTop(hasCandidates ? lines : 0)
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
    let place = state.inside.block
    if let line = pass.lines.last(where: { $0.place == place }) {
      drawCandidates(pass, line, on: &screen)
    }
    guard attentionRect.height >= 3 else { return }
    AttentionRow(
      state: state,
      name: BlockTable.name(
        of: place, hasAdapter: pass.hasAdapter, passes: state.model?.passes),
      weights: pass.weights[place] ?? []
    )
    .draw(on: &screen, attentionRect)
  }

  /// The likeliest tokens after the selected block, a line a lens, and how watched ones stand there.
  private func drawCandidates(
    _ pass: CellPass, _ line: CellPass.Line, on screen: inout Screen
  ) {
    let rect = candidatesRect
    for (row, (lens, reading)) in zip(pass.lenses, line.readings).enumerated()
    where row < rect.height {
      let y = rect.y + row
      var x = screen.put(
        Printable.padded("\(lens) lens", 12), x: rect.x + 2, y: y, style: .dim,
        width: max(0, rect.width - 2))
      guard let reading else {
        screen.put("reads states of the core alone", x: x, y: y, style: .dim, width: rect.maxX - x)
        continue
      }
      if reading.isDiverged {
        screen.put(state.glyphs.diverged, x: x, y: y, style: .error)
      }
      for (rank, candidate) in reading.top.enumerated() {
        let text = Printable.clip(
          state.visible(candidate.text), 12, ellipsis: state.glyphs.ellipsis)
        guard x + Printable.width(text) + 6 <= rect.maxX else { break }
        x = screen.put(text + " ", x: x, y: y, style: rank == 0 ? .cursor : .text)
        x = screen.put(Numbers.probability(candidate.probability) + "  ", x: x, y: y, style: .dim)
      }
    }
    guard !pass.watched.isEmpty, rect.height > pass.lenses.count else { return }
    drawWatched(pass, line, y: rect.y + pass.lenses.count, on: &screen)
  }

  private func drawWatched(
    _ pass: CellPass, _ line: CellPass.Line, y: Int, on screen: inout Screen
  ) {
    let rect = candidatesRect
    var x = screen.put(
      Printable.padded("watched", 12), x: rect.x + 2, y: y, style: .dim,
      width: max(0, rect.width - 2))
    for id in pass.watched {
      let parts = zip(pass.lenses, line.readings).compactMap { lens, reading in
        reading?.standing(of: id).map {
          "\(lens) rank \($0.rank) \(Numbers.probability($0.probability))"
        }
      }
      let name = Printable.clip(
        state.visible(state.vocabulary?.text(id) ?? "#\(id)"), 12, ellipsis: state.glyphs.ellipsis)
      let words = parts.joined(separator: ", ")
      guard x + Printable.width(name) + words.count + 4 <= rect.maxX else { break }
      x = screen.put(name + " ", x: x, y: y, style: .cursor)
      x = screen.put(words + "   ", x: x, y: y, style: .dim)
    }
  }

  /// The block whose line lies at a point.
  func block(at point: Point) -> BlockPlace? {
    tableRect.contains(point) ? table.block(atLine: point.y - tableRect.y, in: tableRect) : nil
  }
}
