import Trajectories

/// What both would say next after the selected token at the cursor, side by side.
let bothPredictionsPane = Pane(
  title: { state, _ in
    "next after \(state.tokenLabel(state.cursor.token)) at r \(state.cursor.iteration)"
  },
  legend: { state, width in width < 50 ? [] : state.pairLegend },
  render: { state, screen, rect in
    guard let both = state.bothBranches else {
      Pane.drawNoOther(state, &screen, rect)
      return
    }
    BothPredictions(state: state, both: both, rect: rect).draw(on: &screen)
  },
  pick: { _, _, _ in nil },
  about: PaneAbout(
    title: "both predictions",
    drawn:
      "What both runs would say after the selected token at the cursor, side by side: every "
      + "token that is likely in one of them, with its probability in each.",
    formula: "p = softmax(head(coda(sᵢ))) of each run",
    unit: "probability",
    metrics: { _ in [.entropy] }))

private struct BothPredictions {
  let state: ExplorerState
  let both: BranchComparison
  let rect: Rect

  private var a: Reading? { both.a.reading(state.cursor) }
  private var b: Reading? { both.b.reading(state.cursor) }

  /// A candidate of one of them or both; nil where it is not among those kept.
  private struct Row {
    let text: String
    var a: Float?
    var b: Float?
    var most: Float { max(a ?? 0, b ?? 0) }
  }

  private var rows: [Row] {
    var rows: [Int: Row] = [:]
    for candidate in a.map({ Array($0.top) }) ?? [] {
      rows[candidate.id] = Row(text: candidate.text, a: candidate.probability)
    }
    for candidate in b.map({ Array($0.top) }) ?? [] {
      rows[candidate.id, default: Row(text: candidate.text)].b = candidate.probability
    }
    return rows.sorted { ($0.value.most, $1.key) > ($1.value.most, $0.key) }.map(\.value)
  }

  func draw(on screen: inout Screen) {
    let numbers = numberLines(isShort: rect.height < 10)
    let foot = rect.height >= 4 ? min(numbers.count, rect.height - 3) : 0
    let rows = rows
    let list = rect.splitTop(min(rows.count + 1, rect.height - foot)).top
    drawList(rows, on: &screen, list)
    for (line, text) in numbers.prefix(foot).enumerated() {
      screen.put(
        Printable.clip(text, rect.width, ellipsis: state.glyphs.ellipsis), x: rect.x,
        y: list.maxY + line, style: .dim)
    }
  }

  /// A heading, then a line a candidate: its text, and bar and probability of each.
  private func drawList(_ rows: [Row], on screen: inout Screen, _ list: Rect) {
    guard list.height > 1 else { return }
    let shown = rows.prefix(list.height - 1)
    let longest = shown.map { Printable.width(state.visible($0.text)) }.max() ?? 1
    let textWidth = min(max(2, longest), max(2, list.width / 4))
    let half = max(4, (list.width - textWidth - 1) / 2)
    let columns = [list.x + textWidth + 1, list.x + textWidth + 1 + half]
    for (index, (name, reading, style)) in [
      ("A", a, ExplorerState.styleOfA), ("B", b, ExplorerState.styleOfB),
    ].enumerated() {
      let words =
        reading == nil
        ? "\(name) not \(state.cursor.iteration == 0 ? "read yet" : "run so far")"
        : reading?.isDiverged ?? false
          ? "\(name) diverged" : "\(name) says \(state.visible(reading?.best?.text ?? ""))"
      screen.put(
        Printable.clip(words, half - 1, ellipsis: state.glyphs.ellipsis), x: columns[index],
        y: list.y, style: style.bold())
    }
    for (line, row) in shown.enumerated() {
      let y = list.y + 1 + line
      screen.put(
        Printable.clip(state.visible(row.text), textWidth, ellipsis: state.glyphs.ellipsis),
        x: list.x, y: y, style: .text)
      for (index, (value, style)) in [
        (row.a, ExplorerState.styleOfA), (row.b, ExplorerState.styleOfB),
      ].enumerated() {
        draw(
          value, style, hasReading: (index == 0 ? a : b) != nil, columns[index], half, y, &screen)
      }
    }
  }

  private func draw(
    _ value: Float?, _ style: Style, hasReading: Bool, _ x: Int, _ width: Int, _ y: Int,
    _ screen: inout Screen
  ) {
    guard hasReading else { return }
    guard let value else {
      // It is less likely than the last of those kept, which is all that is known.
      screen.put(state.glyphs.minus, x: x, y: y, style: .dim)
      return
    }
    let end = screen.put(Numbers.probability(value), x: x, y: y, style: style)
    let room = x + width - end - 2
    screen.put(
      Bar.text(Double(value), width: room, capabilities: state.capabilities), x: end + 1, y: y,
      style: style)
  }

  /// How undecided each is, and how far they are apart; in one line where there are few.
  private func numberLines(isShort: Bool) -> [String] {
    func entropy(_ reading: Reading?) -> String {
      (reading?.entropy).map { Numbers.short($0) } ?? state.glyphs.minus
    }
    let isASCII = state.glyphs.isASCII
    var apart: [String] = []
    if let divergence = both.distances?.divergence(state.cursor) {
      apart.append("\(isASCII ? "KL(A|B)" : "KL(A‖B)") \(Numbers.short(divergence)) nats")
    }
    if let distance = both.distances?.distance(state.cursor) {
      let norm = isASCII ? "|ln_f A-ln_f B|" : "‖ln_f A−ln_f B‖"
      apart.append("\(norm) \(Numbers.short(distance))")
    }
    let first = "entropy A \(entropy(a)) B \(entropy(b)) nats"
    let line = ([first] + apart).joined(separator: "  ")
    if Printable.width(line) <= rect.width { return [line] }
    if isShort {
      let divergence = both.distances?.divergence(state.cursor).map { "  KL " + Numbers.short($0) }
      return ["H \(entropy(a))\(state.glyphs.vertical)\(entropy(b))" + (divergence ?? "")]
    }
    let second = apart.joined(separator: "  ")
    return Printable.width(second) <= rect.width ? [first, second] : [first] + apart
  }
}
