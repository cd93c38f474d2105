import LatentModels
import Trajectories

extension ExplorerState {
  /// The branch beside the one looked at, where both are there: after a swap, the one before.
  var other: NodeID? {
    let tree = runs.tree
    let other = comparing == tree.current ? tree.previous : comparing
    return other.flatMap { tree.contains($0) && $0 != tree.current ? $0 : nil }
  }

  /// What a branch is called beside another: its run, and what made it.
  func shortWords(_ id: NodeID) -> String {
    guard case .prompt(let cause)? = runs.tree[id]?.cause, runs.tree[id]?.variant == nil else {
      return "run \(id) \(runs.words(id, isASCII: glyphs.isASCII))"
    }
    return "run \(id) \(cause.start.words)"
  }
}

/// Two branches on one clock: quiet where both say the same, both answers where they do not.
let comparePane = Pane(
  title: { state, width in
    guard let a = state.runs.tree.current, let b = state.other, width >= 40 else {
      return "compare"
    }
    return "compare \(state.glyphs.dot) A \(state.shortWords(a)) \(state.glyphs.vertical) "
      + "B \(state.shortWords(b))"
  },
  legend: { state, width in
    width < 100 ? [] : [("A\(state.glyphs.vertical)B where they differ", .warning)]
  },
  render: { state, screen, rect in
    guard let view = CompareView(state, rect) else {
      Pane.drawEmpty(state, &screen, rect, "the other branch is not there any more; u brings back")
      return
    }
    view.draw(on: &screen)
  },
  pick: { state, rect, point in CompareView(state, rect)?.pick(point) })

private struct CompareView {
  let state: ExplorerState
  let rect: Rect
  let both: BranchComparison
  let sentence: [String]
  let labelWidth: Int
  let cellWidth: Int
  let firstRow: Int
  let rows: Int
  let firstIteration: Int
  let columns: Int

  init?(_ state: ExplorerState, _ rect: Rect) {
    guard rect.width >= 16, rect.height >= 3, let a = state.runs.tree.current,
      let b = state.other, let both = BranchComparison(state.runs, a, b)
    else { return nil }
    self.state = state
    self.rect = rect
    self.both = both
    let words = both.finding.words(
      (state.shortWords(a), state.shortWords(b)), isASCII: state.glyphs.isASCII,
      number: Numbers.short)
    let lines = Printable.wrapped(words, rect.width - 1)
    sentence = Array(lines.prefix(max(1, min(3, rect.height - 2))))
    labelWidth = min(10, rect.width / 4)
    let horizon = 1 + max(Self.last(of: both.a), Self.last(of: both.b))
    let room = rect.width - labelWidth
    cellWidth = max(4, min(9, room / horizon))
    columns = max(1, min(horizon, room / cellWidth))
    rows = max(0, min(both.rows, rect.height - sentence.count - 1))
    firstRow = Self.scrolled(to: state.cursor.token, of: both.rows, room: rows)
    firstIteration = Self.scrolled(to: state.cursor.iteration, of: horizon, room: columns)
  }

  private static func last(of branch: Branch) -> Int {
    branch.passages.map(\.trajectory.lastIteration).max() ?? 0
  }

  /// The first of `count` shown in `room` so that `place` is seen with some of what follows.
  private static func scrolled(to place: Int, of count: Int, room: Int) -> Int {
    count > room ? min(count - room, max(0, place - room * 2 / 3)) : 0
  }

  private var top: Int { rect.y + sentence.count }
  private func x(_ column: Int) -> Int { rect.x + labelWidth + column * cellWidth }

  func pick(_ point: Point) -> Pick? {
    guard point.y > top, point.y <= top + rows else { return nil }
    let row = firstRow + point.y - top - 1
    guard row < both.a.tokenCount else { return nil }
    let column = point.x < x(0) ? nil : (point.x - x(0)) / cellWidth
    return Pick(token: row, iteration: column.map { firstIteration + $0 })
  }

  func draw(on screen: inout Screen) {
    for (line, text) in sentence.enumerated() {
      screen.put(text, x: rect.x, y: rect.y + line, style: .accent, width: rect.width)
    }
    for column in 0..<columns {
      let iteration = firstIteration + column
      let isHere = iteration == state.cursor.iteration
      screen.put(
        "\(iteration)", x: x(column) + 1, y: top, style: isHere ? .cursor : .dim,
        width: cellWidth - 1)
    }
    for line in 0..<rows {
      drawLabel(firstRow + line, top + 1 + line, on: &screen)
      for column in 0..<columns {
        drawCell(
          Address(token: firstRow + line, iteration: firstIteration + column), x(column),
          top + 1 + line, on: &screen)
      }
    }
  }

  private func drawLabel(_ row: Int, _ y: Int, on screen: inout Screen) {
    let tokens = both.tokens(row)
    let isChanged = tokens.a?.id != tokens.b?.id
    let text =
      isChanged
      ? pair(tokens.a?.text, tokens.b?.text, labelWidth - 3)
      : state.visible(tokens.a?.text ?? "")
    let isHere = row == state.cursor.token
    if isHere { screen.put(state.glyphs.pointer, x: rect.x, y: y, style: .cursor) }
    screen.put(
      Printable.clip(text, max(1, labelWidth - 2), ellipsis: state.glyphs.ellipsis),
      x: rect.x + 2, y: y, style: isHere ? .cursor : isChanged ? .warning : .text)
  }

  private func drawCell(_ place: Address, _ x: Int, _ y: Int, on screen: inout Screen) {
    var text: String
    var style: Style
    let a = both.a.reading(place)?.best?.text
    let b = both.b.reading(place)?.best?.text
    switch both.cell(place) {
    case .neither: return
    case .same: (text, style) = (state.visible(a ?? ""), .dim)
    case .differs:
      (text, style) = (
        pair(a ?? state.glyphs.diverged, b ?? state.glyphs.diverged, cellWidth - 1),
        .warning
      )
    case .onlyA, .onlyB: (text, style) = (pair(a, b, cellWidth - 1), .dim)
    }
    if place.token == state.cursor.token, place.iteration == state.cursor.iteration {
      style = .selected
      screen.fill(Rect(x: x, y: y, width: cellWidth, height: 1), " ", style: style)
    }
    text = Printable.clip(text, cellWidth - 1, ellipsis: state.glyphs.ellipsis)
    screen.put(text, x: x + 1, y: y, style: style)
  }

  /// `A│B`; a dot where there is nothing.
  private func pair(_ a: String?, _ b: String?, _ width: Int) -> String {
    let half = max(1, (width - 1) / 2)
    func piece(_ text: String?) -> String {
      Printable.clip(
        text.map(state.visible) ?? state.glyphs.dot, half, ellipsis: state.glyphs.ellipsis)
    }
    return piece(a) + String(state.glyphs.vertical) + piece(b)
  }
}
