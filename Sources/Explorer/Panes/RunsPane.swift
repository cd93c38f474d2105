import LatentModels
import Trajectories

/// The tree of runs as a list, and which of its rows is selected.
struct RunList {
  let rows: [TreeRow]
  let selectedRow: Int

  init(_ state: ExplorerState) {
    rows = state.runs.tree.rows
    let wanted = state.selectedRun ?? state.runs.tree.current
    // A line stands for all tokens of it that nothing else follows.
    selectedRow =
      rows.firstIndex { row in
        if case .branch(let nodes) = row.item { wanted.map(nodes.contains) ?? false } else { false }
      } ?? 0
  }

  var selected: NodeID? { rows.indices.contains(selectedRow) ? rows[selectedRow].node : nil }
}

/// The branches: what made each, how far it went, what it says, and since when.
let runsPane = Pane(
  title: { state, _ in
    let count = state.runs.tree.count
    return "branches \(state.glyphs.dot) \(count) run\(count == 1 ? "" : "s")"
  },
  legend: { state, width in
    width < 60
      ? []
      : [
        ("\(state.glyphs.pointer) looked at", .accent), ("b before", .dim),
        ("\(state.glyphs.dot) esc goes back", .dim),
      ]
  },
  render: { state, screen, rect in RunsView(state, rect).draw(on: &screen) },
  pick: { _, _, _ in nil })

private struct RunsView {
  let state: ExplorerState
  let rect: Rect
  let list: RunList
  /// Columns of what made a run, and where the facts stand.
  let causeWidth: Int

  init(_ state: ExplorerState, _ rect: Rect) {
    self.state = state
    self.rect = rect
    list = RunList(state)
    causeWidth = max(12, min(60, rect.width - Self.factsWidth(rect.width)))
  }

  private static func factsWidth(_ width: Int) -> Int { width >= 76 ? 46 : width >= 50 ? 24 : 14 }

  func draw(on screen: inout Screen) {
    guard rect.height > 1 else { return }
    drawHeadings(on: &screen)
    let room = rect.height - 1
    let first = min(max(0, list.selectedRow - room / 2), max(0, list.rows.count - room))
    for (line, row) in list.rows.dropFirst(first).prefix(room).enumerated() {
      draw(row, first + line == list.selectedRow, y: rect.y + 1 + line, on: &screen)
    }
  }

  private func drawHeadings(on screen: inout Screen) {
    screen.put("run", x: rect.x + 2, y: rect.y, style: .dim, width: rect.width - 2)
    var x = rect.x + causeWidth
    for (title, width) in columns {
      screen.put(title, x: x, y: rect.y, style: .dim, width: max(0, min(width, rect.maxX - x)))
      x += width
    }
  }

  private var columns: [(title: String, width: Int)] {
    let all = [("went", 7), ("answer", 9), ("since", 9), ("judged", 10), ("same as", 20)]
    return Array(all.prefix(rect.width >= 76 ? 5 : rect.width >= 50 ? 3 : 2))
  }

  private func draw(_ row: TreeRow, _ isSelected: Bool, y: Int, on screen: inout Screen) {
    let glyphs = state.glyphs
    let tree = state.runs.tree
    let isCurrent = row.node == tree.current
    let mark = isCurrent ? glyphs.pointer : row.node == tree.previous ? "b" : " "
    screen.put(mark, x: rect.x, y: y, style: isCurrent ? .accent : .dim)
    let indent = String(repeating: "  ", count: min(row.depth, max(0, causeWidth / 4 - 1)))
    let style: Style = isSelected ? .cursor : isCurrent ? .accent : .text
    let words = Printable.clip(
      indent + self.words(row), max(1, causeWidth - 3), ellipsis: glyphs.ellipsis)
    screen.put(
      isSelected ? Printable.padded(words, max(1, causeWidth - 3)) : words, x: rect.x + 2, y: y,
      style: style, width: max(0, rect.width - 2))
    guard case .branch = row.item else { return }
    drawFacts(row.node, y: y, on: &screen)
  }

  private func words(_ row: TreeRow) -> String {
    switch row.item {
    case .family(let family, let members): return "\(family.label) (\(members.count))"
    case .branch(let nodes):
      let tree = state.runs.tree
      // Tokens one after another are one piece of text.
      let cause =
        nodes.count > 1 && tree[nodes[0]]?.fork != nil
        ? nodes.map { word($0) }.joined() : word(nodes[0])
      let name = tree[row.node]?.name.map { "\($0): " } ?? ""
      let number = nodes.count > 1 ? "\(nodes[0])-\(row.node)" : "\(row.node)"
      return "\(number) \(name)\(cause)"
    }
  }

  /// A prompt is its text, with its start; variants are told by what differs.
  private func word(_ id: NodeID) -> String {
    guard let node = state.runs.tree[id], case .prompt(let cause) = node.cause, node.variant == nil
    else { return state.runs.words(id, isASCII: state.glyphs.isASCII) }
    let text = cause.text ?? cause.ids.map { state.runs.text(of: $0) }.joined()
    return "\(text) (\(cause.start.words))"
  }

  private func drawFacts(_ node: NodeID, y: Int, on screen: inout Screen) {
    guard let facts = state.runs.facts(node) else { return }
    let glyphs = state.glyphs
    let judgement = state.judgement(of: node)
    let went = facts.fork.map { "\($0.iteration)\(glyphs.arrow)\(facts.iterations)" }
    let same =
      facts.base.map { base in
        facts.sameFrom.map { "\(base) from r \($0)" } ?? "not \(base)"
      } ?? ""
    let texts: [(String, Style)] = [
      (went ?? "r \(facts.iterations)", .text),
      (facts.answer.map { "'\(state.visible($0.text))'" } ?? "-", .good),
      (facts.standsSince.map { "since \($0)" } ?? "", .text),
      (
        judgement.map { $0.isRight ? "\(glyphs.same) right" : "\(glyphs.differs) wrong" } ?? "",
        judgement?.style ?? .text
      ),
      (same, facts.sameFrom == nil ? .warning : .dim),
    ]
    var x = rect.x + causeWidth
    for ((text, style), (_, width)) in zip(texts, columns) {
      guard x < rect.maxX else { return }
      screen.put(
        Printable.clip(text, min(width - 1, rect.maxX - x), ellipsis: glyphs.ellipsis), x: x, y: y,
        style: style)
      x += width
    }
  }
}
