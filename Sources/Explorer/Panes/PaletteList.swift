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
    let area = area(of: rows.count, state)
    let height = area.height
    let first = first(of: rows.count, state)
    var y = area.y
    let ellipsis = state.glyphs.ellipsis
    let isMore = rows.count > first + height
    // Which one is selected, or up to which they are in sight.
    let place = state.paletteRow.map { $0 + 1 } ?? first + height
    let marks = (first > 0 ? state.glyphs.up : "") + (isMore ? state.glyphs.down : "")
    let count = height > 0 && !marks.isEmpty ? " \(place) of \(rows.count) \(marks) " : ""
    for (line, row) in rows.dropFirst(first).prefix(height).enumerated() {
      let isSelected = first + line == state.paletteRow
      let style: Style = isSelected ? .selected : Style.text.on(.bar)
      screen.fill(Rect(x: 0, y: y + line, width: screen.size.width, height: 1), " ", style: style)
      if isSelected { screen.put(state.glyphs.pointer, x: 0, y: y + line, style: style) }
      let label = Printable.padded(row.label, width(of: rows))
      let x = screen.put(
        label, x: 1, y: y + line, style: isSelected ? style : Style.key.on(.bar))
      // The last line has the count too.
      let taken = line == height - 1 ? Printable.width(count) : 0
      screen.put(
        Printable.clip(
          state.glyphs.plain(row.words), max(0, screen.size.width - x - 2 - taken),
          ellipsis: ellipsis), x: x + 1, y: y + line, style: style)
    }
    screen.putRight(
      count, end: screen.size.width, y: screen.size.height - 2, style: Style.dim.on(.bar))
    // What was wrong with the line stands above it until the next key.
    let problem = state.message?.text ?? palette.problem
    let width = max(8, screen.size.width - 2)
    let lines =
      palette.hint.flatMap { wrapped($0, width, state).map { ($0, Style.accent) } }
      + (problem.map { wrapped($0, width, state).map { ($0, Style.warning) } } ?? [])
    for (line, style) in lines.reversed() where y > 2 {
      y -= 1
      screen.fill(
        Rect(x: 0, y: y, width: screen.size.width, height: 1), " ", style: style.on(.bar))
      screen.put(line, x: 1, y: y, style: style.on(.bar))
    }
  }

  /// Words in lines, four at most: what does not fit ends in a mark that says so.
  private static func wrapped(_ text: String, _ width: Int, _ state: ExplorerState) -> [String] {
    let lines = Printable.wrapped(state.glyphs.plain(text), width)
    guard lines.count > 4 else { return lines }
    return lines.prefix(3) + [Printable.prefix(lines[3], width - 1) + state.glyphs.ellipsis]
  }

  /// Where the rows stand.
  private static func area(of count: Int, _ state: ExplorerState) -> Rect {
    let height = min(count, most(state))
    return Rect(
      x: 0, y: state.size.height - 1 - height, width: state.size.width, height: height)
  }

  /// The first row in sight: the selected one is kept in the middle of a long list.
  private static func first(of count: Int, _ state: ExplorerState) -> Int {
    let height = min(count, most(state))
    return min(max(0, count - height), max(0, (state.paletteRow ?? 0) - height / 2))
  }

  /// The row at a point, by number.
  static func row(at point: Point, of count: Int, _ state: ExplorerState) -> Int? {
    let area = area(of: count, state)
    return area.contains(point) ? first(of: count, state) + point.y - area.y : nil
  }

  /// Columns for what is listed.
  private static func width(of rows: [Palette.Row]) -> Int {
    min(26, max(16, (rows.map { Printable.width($0.label) }.max() ?? 0) + 1))
  }
}
