import Trajectories

/// Runs that differ in one thing, as a table: what each came to; under it how far they are apart and
/// their paths.
let variantsPane = Pane(
  title: { state, width in
    guard let table = state.table else { return "variants" }
    let count = table.variants.nodes(in: state.runs.tree).count
    let of = table.variants.position.map { "token \($0)" } ?? "start"
    let prompt =
      width >= 60
      ? " of " + Printable.clip(state.promptText, width - 48, ellipsis: state.glyphs.ellipsis) : ""
    return "variants \(state.glyphs.dot) \(of)\(prompt) \(state.glyphs.dot) \(count) "
      + "run\(count == 1 ? "" : "s")"
  },
  legend: { state, width in
    width < 70
      ? []
      : [
        ("\(state.glyphs.pointer) looked at", .accent), ("\(state.glyphs.dot) esc goes back", .dim),
      ]
  },
  render: { state, screen, rect in
    guard let table = state.table else {
      Pane.drawEmpty(state, &screen, rect, "there is no table; sweep and starts make one")
      return
    }
    VariantsView(state, table, rect).draw(on: &screen)
  },
  pick: { _, _, _ in nil },
  about: PaneAbout(
    title: "runs that differ in one thing",
    drawn:
      "A line for every run of a sweep or of several starts: what was changed, the answer, "
      + "since when it stands, whether it is right where that is known; below how far the runs "
      + "are apart, and the paths of all in one plane, coloured by answer.",
    formula: "spread: how far ln_f(s) of the runs is from their mean at one iteration",
    unit: "of the normed state"))

/// The drawing of the table; drawing and pointing share it.
struct VariantsView {
  private struct Column {
    let title: String
    let width: Int
    /// Columns from which it is shown.
    let from: Int
    let text: (SweepTable.Row, ExplorerState) -> (String, Style)
  }

  let rows: [SweepTable.Row]
  let selectedRow: Int
  private let state: ExplorerState
  private let table: VariantTable
  private let list: Rect
  private let first: Int
  private let words: String
  private let below: Rect

  init(_ state: ExplorerState, _ table: VariantTable, _ rect: Rect) {
    self.state = state
    self.table = table
    rows = table.rows(state)
    selectedRow = table.selectedRow(rows, state)
    words = Self.words(rows, table, state)
    // The plots have what the table leaves, and a good part of it where there are many runs.
    let most = rect.height >= 16 ? max(6, rect.height * 55 / 100) : rect.height - 1
    let height = min(rows.count + 1, max(1, most))
    (list, below) = rect.splitTop(height)
    let room = max(0, list.height - 1)
    first = min(max(0, selectedRow - room / 2), max(0, rows.count - room))
  }

  private static func words(
    _ rows: [SweepTable.Row], _ table: VariantTable, _ state: ExplorerState
  ) -> String {
    let all = SweepTable(table.variants, state.runs)
    var words = "\(rows.count) runs: \(state.votesWords(all))"
    let judged = rows.compactMap { state.judgement(of: $0.node) }
    if !judged.isEmpty { words += "; \(Judgement.summary(judged))" }
    let since = rows.map(\.standsSince)
    if all.votes.count == 1, since.count > 1, let latest = since.compactMap(\.self).max() {
      words += ", all from r \(latest) on"
    }
    let spread = state.familyLook.spread
    if let last = spread.last, let last {
      words += "; mean distance to their mean at r \(spread.count - 1): \(Numbers.short(last))"
    }
    return words
  }

  /// The run at a point.
  func node(at point: Point) -> NodeID? {
    let row = first + point.y - list.y - 1
    guard list.contains(point), point.y > list.y, rows.indices.contains(row) else { return nil }
    return rows[row].node
  }

  func draw(on screen: inout Screen) {
    let columns = Self.columns(table).filter { list.width >= $0.from }
    var x = list.x + 2
    for column in columns {
      let isOrder = column.title == table.order.rawValue
      screen.put(
        column.title, x: x, y: list.y, style: isOrder ? .accent : .dim,
        width: max(0, min(column.width - 1, list.maxX - x)))
      x += column.width
    }
    for (line, row) in rows.dropFirst(first).prefix(max(0, list.height - 1)).enumerated() {
      draw(row, first + line == selectedRow, columns, y: list.y + 1 + line, on: &screen)
    }
    drawBelow(on: &screen)
  }

  private func draw(
    _ row: SweepTable.Row, _ isSelected: Bool, _ columns: [Column], y: Int,
    on screen: inout Screen
  ) {
    let glyphs = state.glyphs
    let isCurrent = row.node == state.branch?.passages[0].node
    if isCurrent { screen.put(glyphs.pointer, x: list.x, y: y, style: .accent) }
    var x = list.x + 2
    for (index, column) in columns.enumerated() where x < list.maxX {
      let (text, style) = column.text(row, state)
      let room = min(column.width - 1, list.maxX - x)
      let clipped =
        index == 0 && isSelected
        ? Printable.padded(text, room, ellipsis: glyphs.ellipsis)
        : Printable.clip(text, room, ellipsis: glyphs.ellipsis)
      screen.put(clipped, x: x, y: y, style: index == 0 && isSelected ? .selected : style)
      x += column.width
    }
  }

  private static func columns(_ table: VariantTable) -> [Column] {
    [
      Column(title: table.variants.position == nil ? "start" : "token", width: 14, from: 0) {
        row, state in
        guard let token = row.token else { return (row.label, .text) }
        return ("'\(state.visible(row.label))' #\(token)", .text)
      },
      Column(title: "run", width: 5, from: 44) { row, _ in ("\(row.node)", .dim) },
      Column(title: "r", width: 5, from: 36) { row, _ in ("\(row.iterations)", .text) },
      Column(title: "answer", width: 9, from: 0) { row, state in
        (row.answer.map { "'\(state.visible($0.text))'" } ?? "-", .good)
      },
      Column(title: "since", width: 9, from: 30) { row, _ in
        (row.standsSince.map { "r \($0)" } ?? "", .text)
      },
      Column(title: "entropy", width: 9, from: 50) { row, _ in
        (row.entropy.map { Numbers.short($0) } ?? "", .text)
      },
      Column(title: "judged", width: 11, from: 60) { row, state in
        guard let judgement = state.judgement(of: row.node) else { return ("", .text) }
        return (judgement.mark(state.glyphs), judgement.style)
      },
      Column(title: "beside the one looked at", width: 30, from: 84) { row, state in
        state.besideWords(row.node)
      },
      Column(title: "name", width: 24, from: 120) { row, state in
        (state.runs.tree[row.node]?.name ?? "", .accent)
      },
    ]
  }

  private func drawBelow(on screen: inout Screen) {
    guard below.height > 0 else { return }
    let lines = Printable.wrapped(words, max(8, below.width - 2))
    let shown = lines.prefix(below.height >= 8 ? 3 : 1)
    for (line, text) in shown.enumerated() {
      screen.put(text, x: below.x + 1, y: below.y + line, style: .accent, width: below.width - 1)
    }
    let rect = below.inset(top: shown.count + 1)
    guard rect.height >= 5, rect.width >= 30 else { return }
    let (left, right) = rect.splitLeft(rect.width / 2)
    drawSpread(left.inset(right: 1), on: &screen)
    drawPaths(right.inset(left: 1), on: &screen)
  }

  private func drawSpread(_ rect: Rect, on screen: inout Screen) {
    let (title, area) = rect.splitTop(1)
    screen.put(
      Printable.clip(
        "mean distance to their mean, ln_f(s), log", title.width, ellipsis: state.glyphs.ellipsis),
      x: title.x, y: title.y, style: .dim)
    let values = state.familyLook.spread.map { $0.map(Double.init) }
    guard values.count > 1 else {
      Pane.drawEmpty(state, &screen, area, state.glyphs.ellipsis)
      return
    }
    let curve = Plot.Curve(values: values, style: .series(0))
    Plot(
      curves: [curve], axis: Axis(curve.finite, scale: .log), lastIteration: values.count - 1,
      cursor: state.cursor.iteration < values.count ? state.cursor.iteration : nil
    )
    .render(on: &screen, in: area, capabilities: state.capabilities)
  }

  private func drawPaths(_ rect: Rect, on screen: inout Screen) {
    let (title, area) = rect.splitTop(1)
    let token = state.familyLook.plane?.token ?? state.cursor.token
    let words = "paths of token \(token), \(state.hasColour ? "colour" : "letter") = answer"
    screen.put(
      Printable.clip(words, title.width, ellipsis: state.glyphs.ellipsis), x: title.x, y: title.y,
      style: .dim)
    let own = rows.indices.contains(selectedRow) ? rows[selectedRow].node : nil
    guard let view = FamilyPlaneView(state, own: own, area) else {
      Pane.drawEmpty(state, &screen, area, state.glyphs.ellipsis)
      return
    }
    view.draw(on: &screen)
  }
}

extension ExplorerState {
  /// A run beside the one looked at: since when both say the same, or where they part; nothing of
  /// prompts that have not as many tokens.
  func besideWords(_ node: NodeID) -> (String, Style) {
    guard let current = runs.tree.current, node != current else { return ("", .dim) }
    guard let both = BranchComparison(runs, current, node),
      both.a.promptCount == both.b.promptCount, both.commonIterations >= 1
    else { return ("", .dim) }
    if let from = both.sameFrom { return ("same from r \(from)", .dim) }
    return (both.parts.map { "parts at \($0)" } ?? "differs", .warning)
  }
}
