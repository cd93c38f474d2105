/// What the line being typed can become, above it: what is wrong or how the command is written, then what
/// fits, and how much more there is.
enum PaletteList {
  /// How many rows are shown at once.
  static func most(_ state: ExplorerState) -> Int {
    max(0, min(state.size.height >= 40 ? 16 : 8, state.size.height - 4))
  }

  static func draw(_ editor: LineEditor, _ state: ExplorerState, on screen: inout Screen) {
    let palette = Palette(editor.text, state)
    let rows = palette.rows
    let height = min(rows.count, most(state))
    let selected = state.paletteRow ?? 0
    let first = min(max(0, rows.count - height), max(0, selected - height / 2))
    var y = screen.size.height - 1 - height
    let ellipsis = state.glyphs.ellipsis
    for (line, row) in rows.dropFirst(first).prefix(height).enumerated() {
      let isSelected = first + line == state.paletteRow
      let style: Style = isSelected ? .selected : Style.text.on(.bar)
      screen.fill(Rect(x: 0, y: y + line, width: screen.size.width, height: 1), " ", style: style)
      if isSelected { screen.put(state.glyphs.pointer, x: 0, y: y + line, style: style) }
      let label = Printable.padded(row.label, width(of: rows))
      let x = screen.put(
        label, x: 1, y: y + line, style: isSelected ? style : Style.key.on(.bar))
      screen.put(
        Printable.clip(
          state.glyphs.plain(row.words), max(0, screen.size.width - x - 2), ellipsis: ellipsis),
        x: x + 1, y: y + line, style: style)
    }
    let isMore = rows.count > first + height
    if height > 0, isMore || first > 0 {
      // Which one is selected, or up to which they are in sight.
      let place = state.paletteRow.map { $0 + 1 } ?? first + height
      let marks = (first > 0 ? state.glyphs.up : "") + (isMore ? state.glyphs.down : "")
      let words = " \(place) of \(rows.count) \(marks) "
      screen.putRight(
        words, end: screen.size.width, y: screen.size.height - 2, style: Style.dim.on(.bar))
    }
    // What was wrong with the line stands above it until the next key.
    let problem = state.message?.text ?? palette.problem
    let width = max(8, screen.size.width - 2)
    let lines =
      palette.hint.flatMap { Printable.wrapped($0, width).prefix(2).map { ($0, Style.accent) } }
      + (problem.map { Printable.wrapped($0, width).prefix(3).map { ($0, Style.warning) } } ?? [])
    for (line, style) in lines.reversed() where y > 2 {
      y -= 1
      screen.fill(
        Rect(x: 0, y: y, width: screen.size.width, height: 1), " ", style: style.on(.bar))
      screen.put(line, x: 1, y: y, style: style.on(.bar))
    }
  }

  /// Columns for what is listed.
  private static func width(of rows: [Palette.Row]) -> Int {
    min(26, max(16, (rows.map { Printable.width($0.label) }.max() ?? 0) + 1))
  }
}
