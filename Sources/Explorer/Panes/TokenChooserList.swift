import Trajectories

/// The list that a token is chosen from: over the lower part of the picture, what is typed below it.
enum TokenChooserList {
  /// How many tokens are shown at once.
  static func rows(_ state: ExplorerState) -> Int {
    max(1, min(state.size.height / 2 - 2, 20, state.size.height - 4))
  }

  /// Where the tokens stand.
  static func area(_ state: ExplorerState) -> Rect {
    let rows = rows(state)
    return Rect(x: 0, y: state.size.height - 1 - rows, width: state.size.width, height: rows)
  }

  /// The first of the list that is shown: the selected one is kept in the middle.
  static func first(_ chooser: TokenChooser, _ state: ExplorerState) -> Int {
    let rows = rows(state)
    return min(max(0, chooser.selected - rows / 2), max(0, chooser.ids.count - rows))
  }

  static func draw(_ chooser: TokenChooser, _ state: ExplorerState, on screen: inout Screen) {
    let area = area(state)
    let bar = Style.text.on(.bar)
    screen.fill(Rect(x: 0, y: area.y - 1, width: area.width, height: area.height + 1), style: bar)
    drawHeading(chooser, state, y: area.y - 1, on: &screen)
    let first = first(chooser, state)
    for (line, id) in chooser.ids.dropFirst(first).prefix(area.height).enumerated() {
      draw(id, chooser, first + line == chooser.selected, state, y: area.y + line, on: &screen)
    }
    if chooser.ids.isEmpty {
      screen.put(
        "no token reads so; #57 is one by its id", x: 2, y: area.y, style: Style.dim.on(.bar))
    }
  }

  private static func drawHeading(
    _ chooser: TokenChooser, _ state: ExplorerState, y: Int, on screen: inout Screen
  ) {
    let style = Style.title.on(.bar)
    let old = "'\(state.visible(chooser.old.text))' #\(chooser.old.id)"
    let x = screen.put(
      " token \(chooser.position) \(old) becomes", x: 0, y: y, style: style)
    let total = state.vocabulary?.count ?? 0
    let count =
      chooser.count == total
      ? "\(total) tokens" : "\(chooser.count) of \(total) tokens"
    if x + count.count + 3 < screen.size.width {
      screen.putRight(count, end: screen.size.width - 1, y: y, style: Style.dim.on(.bar))
    }
  }

  private static func draw(
    _ id: Int, _ chooser: TokenChooser, _ isSelected: Bool, _ state: ExplorerState, y: Int,
    on screen: inout Screen
  ) {
    let glyphs = state.glyphs
    let width = screen.size.width
    let text = "'\(state.visible(state.vocabulary?.text(id) ?? ""))'"
    let textWidth = max(6, min(40, width - 32))
    let style: Style = isSelected ? .selected : Style.text.on(.bar)
    screen.put(isSelected ? glyphs.pointer : " ", x: 0, y: y, style: style)
    var x = screen.put(
      Printable.padded(text, textWidth, ellipsis: glyphs.ellipsis), x: 2, y: y, style: style,
      width: max(0, width - 2))
    x = screen.put("#\(id)", x: x + 1, y: y, style: Style.dim.on(.bar))
    x = max(x + 2, textWidth + 12)
    if id == chooser.old.id {
      screen.put("what stands there", x: x, y: y, style: Style.warning.on(.bar))
    } else if let said = chooser.said.first(where: { $0.id == id }) {
      screen.put(
        "said here with \(Numbers.probability(said.probability))", x: x, y: y,
        style: Style.good.on(.bar))
    }
  }
}
