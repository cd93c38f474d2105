import LatentModels
import Trajectories

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
  pick: { _, _, _ in nil },
  about: PaneAbout(
    title: "the tree of runs",
    drawn:
      "Every run there is: what made it out of which other one, how far it went, what it says "
      + "and since when. A run is a cause and its iterations: a prompt, a token taken, an edit, "
      + "a copy. Those begun together are one family, which h and l fold.",
    unit: "r counts iterations"))

/// The drawing of the tree; drawing and pointing share it.
struct RunsView {
  /// What is said of a run in one column.
  private struct Column: Sendable {
    let title: String
    let width: Int
    /// Columns of the pane from which it is shown.
    let from: Int
    /// Columns from which it is shown no more: others say it then.
    var below = Int.max
    let text: @Sendable (Line, ExplorerState) -> (String, Style)
  }

  /// A branch, with what is known of it.
  private struct Line {
    /// The first of its tokens where they are several.
    let first: NodeID
    let node: NodeID
    let run: NodeRun
    var iterations: Int { run.trajectory.lastIteration }
  }

  private let state: ExplorerState
  private let rect: Rect
  private let list: RunList
  private let first: Int
  /// Columns of what made a run, and where the facts stand.
  private let causeWidth: Int
  private let columns: [Column]

  init(_ state: ExplorerState, _ rect: Rect) {
    self.state = state
    self.rect = rect
    list = RunList(state)
    columns = Self.columns.filter { rect.width >= $0.from && rect.width < $0.below }
    let facts = columns.reduce(0) { $0 + $1.width }
    causeWidth = max(12, min(60, rect.width - facts))
    let room = max(0, rect.height - 1)
    first = min(max(0, list.selectedRow - room / 2), max(0, list.rows.count - room))
  }

  /// The row at a point.
  func row(at point: Point) -> Int? {
    let row = first + point.y - rect.y - 1
    guard rect.contains(point), point.y > rect.y, list.rows.indices.contains(row) else {
      return nil
    }
    return row
  }

  func draw(on screen: inout Screen) {
    guard rect.height > 1 else { return }
    screen.put("run", x: rect.x + 2, y: rect.y, style: .dim, width: rect.width - 2)
    var x = rect.x + causeWidth
    for column in columns {
      screen.put(
        column.title, x: x, y: rect.y, style: .dim, width: max(0, min(column.width, rect.maxX - x)))
      x += column.width
    }
    for (line, row) in list.rows.dropFirst(first).prefix(rect.height - 1).enumerated() {
      draw(row, first + line == list.selectedRow, y: rect.y + 1 + line, on: &screen)
    }
  }

  private func draw(_ row: TreeRow, _ isSelected: Bool, y: Int, on screen: inout Screen) {
    let glyphs = state.glyphs
    let tree = state.runs.tree
    let isCurrent = stands(row, for: tree.current)
    let mark = isCurrent ? glyphs.pointer : stands(row, for: tree.previous) ? "b" : " "
    screen.put(mark, x: rect.x, y: y, style: isCurrent ? .accent : .dim)
    let indent = String(repeating: "  ", count: min(row.depth, max(0, causeWidth / 4 - 1)))
    let style: Style = isSelected ? .cursor : isCurrent ? .accent : .text
    let words = Printable.clip(
      indent + self.words(row), max(1, causeWidth - 3), ellipsis: glyphs.ellipsis)
    screen.put(
      isSelected ? Printable.padded(words, max(1, causeWidth - 3)) : words, x: rect.x + 2, y: y,
      style: style, width: max(0, rect.width - 2))
    switch row.item {
    case .branch(let nodes):
      guard let run = state.runs[row.node] else { return }
      drawFacts(Line(first: nodes[0], node: row.node, run: run), y: y, on: &screen)
    case .family(_, let members): drawSummary(members, y: y, on: &screen)
    }
  }

  /// Whether a node is seen in this line, and in none below it.
  private func stands(_ row: TreeRow, for node: NodeID?) -> Bool {
    guard let node else { return false }
    switch row.item {
    case .branch: return row.node == node
    case .family(let family, let members):
      let root = state.runs.tree.path(to: node).first?.id
      return state.folded.contains(family.id) && root.map(members.contains) ?? false
    }
  }

  private func words(_ row: TreeRow) -> String {
    switch row.item {
    case .family(let family, let members):
      return "\(state.folded.contains(family.id) ? "+" : "-") \(family.label) (\(members.count))"
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
    return "\(state.promptText(of: id) ?? state.runs.promptText(cause)) (\(cause.start.words))"
  }

  /// What those that were begun together say.
  private func drawSummary(_ members: [NodeID], y: Int, on screen: inout Screen) {
    let table = SweepTable(members, position: nil, state.runs)
    guard let least = table.rows.map(\.iterations).min() else { return }
    var words = "r \(least): \(state.votesWords(table))"
    let judged = members.compactMap { state.judgement(of: $0) }
    if !judged.isEmpty { words += "; \(Judgement.summary(judged))" }
    let x = rect.x + causeWidth
    screen.put(
      Printable.clip(words, max(0, rect.maxX - x), ellipsis: state.glyphs.ellipsis), x: x, y: y,
      style: .good)
  }

  private func drawFacts(_ line: Line, y: Int, on screen: inout Screen) {
    var x = rect.x + causeWidth
    for column in columns where x < rect.maxX {
      let (text, style) = column.text(line, state)
      screen.put(
        Printable.clip(
          text, min(column.width - 1, rect.maxX - x), ellipsis: state.glyphs.ellipsis), x: x, y: y,
        style: style)
      x += column.width
    }
  }

  private static let wide = 150

  private static let columns: [Column] = [
    Column(title: "prompt", width: 26, from: wide + 26) { line, state in
      let root = state.runs.tree.path(to: line.node).first?.id
      return (root.flatMap { state.promptText(of: $0) } ?? "", .dim)
    },
    Column(title: "start", width: 12, from: wide) { line, state in
      guard case .prompt(let cause)? = state.runs.tree.path(to: line.node).first?.cause else {
        return ("", .dim)
      }
      return (cause.start.words, .dim)
    },
    Column(title: "leaves at", width: 11, from: wide) { line, state in
      // The place of the token before it.
      guard let fork = state.runs.tree[line.first]?.fork,
        let parent = state.runs.branch(to: fork.node)
      else { return ("", .dim) }
      let place = Address(token: parent.tokenCount - 1, iteration: fork.iteration)
      return ("\(place)", .text)
    },
    Column(title: "r", width: 7, from: wide) { line, _ in ("\(line.iterations)", .text) },
    Column(title: "went", width: 7, from: 0, below: wide) { line, state in
      let went = state.runs.tree[line.first]?.fork.map {
        "\($0.iteration)\(state.glyphs.arrow)\(line.iterations)"
      }
      return (went ?? "r \(line.iterations)", .text)
    },
    Column(title: "answer", width: 9, from: 0) { line, state in
      (line.run.answer?.best.map { "'\(state.visible($0.text))'" } ?? "-", .good)
    },
    Column(title: "since", width: 9, from: 50) { line, _ in
      (line.run.standsSince.map { "since \($0)" } ?? "", .text)
    },
    Column(title: "entropy", width: 9, from: wide) { line, state in
      (line.run.answer?.entropy.map { Numbers.short($0) } ?? "", .text)
    },
    Column(title: "judged", width: 10, from: 76) { line, state in
      guard let judgement = state.judgement(of: line.node) else { return ("", .text) }
      return (judgement.mark(state.glyphs), judgement.style)
    },
    Column(title: "beside it", width: 15, from: 76, below: 110) { line, state in
      state.besideWords(line.node)
    },
    Column(title: "beside the one looked at", width: 30, from: 110) { line, state in
      state.besideWords(line.node)
    },
  ]
}
