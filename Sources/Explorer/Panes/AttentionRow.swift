import Trajectories

/// Where attention of one block looked from the selected token: bars over the text, the tallest being
/// the largest weight.
struct AttentionRow {
  let state: ExplorerState
  /// Of the block.
  let name: String
  let weights: [Float]  // [keys]

  private func token(_ index: Int) -> String { state.keyLabel(index) }

  private var ownKey: Int { state.ownKey(of: weights.count) }

  func draw(on screen: inout Screen, _ rect: Rect) {
    let (line, chart) = rect.splitTop(1)
    let room = max(0, line.width - 2)
    screen.put(
      Printable.clip(words(room), room, ellipsis: state.glyphs.ellipsis), x: line.x + 2, y: line.y,
      style: .title)
    guard !weights.isEmpty, weights.allSatisfy(\.isFinite) else { return }
    drawChart(on: &screen, chart.inset(left: 2))
  }

  /// Which block it is, and what it looked at most: up to three tokens, as many as there is room for.
  private func words(_ room: Int) -> String {
    guard !weights.isEmpty else { return "\(name) looks at no other token; } goes on to a block" }
    guard weights.allSatisfy(\.isFinite) else { return "attention of \(name) is not finite" }
    let most = weights.enumerated().sorted { ($0.element, $1.offset) > ($1.element, $0.offset) }
      .prefix(3).filter { $0.element >= 0.005 }
      .map { "\(state.keyName($0.offset)) \(Numbers.probability($0.element))" }
    let start = "attention of \(name), head mean"
    return (0...most.count).reversed().lazy
      .map { $0 == 0 ? start : start + ": most on " + most.prefix($0).joined(separator: ", ") }
      .first { Printable.width($0) <= room } ?? start
  }

  /// How the text is laid out in lines of columns.
  private struct Form {
    /// Columns of a token, the gap included.
    let cell: Int
    let hasNumbers: Bool
    let perLine: Int
    let lines: Int
    /// Rows of a line's bars.
    let bars: Int
    /// Rows of a line.
    var height: Int { bars + (hasNumbers ? 2 : 1) }
  }

  private func form(_ size: Rect) -> Form? {
    let longest = min(8, weights.indices.map { Printable.width(token($0)) }.max() ?? 1)
    for hasNumbers in [true, false] {
      // Wider where all stand in one line with room to spare.
      let cell = max(hasNumbers ? 4 : 2, longest + 1, min(7, size.width / weights.count))
      let perLine = size.width / cell
      guard perLine > 0 else { continue }
      let lines = (weights.count + perLine - 1) / perLine
      let words = hasNumbers ? 2 : 1
      let bars = size.height / lines - words
      if bars >= 1 || !hasNumbers && size.height > words {
        return Form(
          cell: cell, hasNumbers: hasNumbers, perLine: perLine, lines: lines,
          bars: max(1, min(10, bars)))
      }
    }
    return nil
  }

  private func drawChart(on screen: inout Screen, _ rect: Rect) {
    guard let form = form(rect) else { return }
    let shown = min(form.lines, rect.height / form.height)
    // The token's own line is the last that matters to it.
    let own = ownKey / form.perLine
    let first = min(form.lines - shown, max(0, own - shown + 1))
    let most = max(weights.max() ?? 1, 1e-6)
    for line in 0..<shown {
      let start = (first + line) * form.perLine
      let y = rect.y + line * form.height
      for key in start..<min(weights.count, start + form.perLine) {
        draw(
          key, weights[key] / most, form, x: rect.x + (key - start) * form.cell, y: y, on: &screen)
      }
    }
    // Where there is more than is in sight.
    if first > 0 { screen.put(state.glyphs.up, x: rect.x - 1, y: rect.y, style: .accent) }
    if first + shown < form.lines {
      screen.put(
        state.glyphs.down, x: rect.x - 1, y: rect.y + shown * form.height - 1, style: .accent)
    }
  }

  private func draw(
    _ key: Int, _ level: Float, _ form: Form, x: Int, y: Int, on screen: inout Screen
  ) {
    let isOwn = key == ownKey
    let weight = weights[key]
    let width = form.cell - 1
    let eighths = weight > 0 ? max(1, Int((level * Float(8 * form.bars)).rounded())) : 0
    for row in 0..<form.bars {
      let filled = eighths - 8 * (form.bars - 1 - row)
      guard filled > 0 else { continue }
      screen.put(
        String(repeating: state.glyphs.column(filled), count: width), x: x, y: y + row,
        style: .series(0))
    }
    let text = Printable.clip(token(key), width, ellipsis: state.glyphs.ellipsis)
    screen.put(
      text, x: x, y: y + form.bars,
      style: isOwn ? .cursor : key > ownKey ? .dim : .text)
    guard form.hasNumbers, weight >= 0.005 else { return }
    let number = weight >= 0.995 ? "1.0" : String(Numbers.fixed(Double(weight), 2).dropFirst())
    screen.put(number, x: x, y: y + form.bars + 1, style: .dim, width: form.cell)
  }
}
