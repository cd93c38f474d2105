import Trajectories

/// What a pane shows, over the whole screen: what is drawn, its formula, unit and source, the metrics in it,
/// and its keys. Made of the tables of panes, metrics and commands.
enum AboutPage {
  /// A line, with the word before it where it is the first of its kind.
  struct Line: Hashable {
    var label = ""
    let text: String
    var style = Style.text
  }

  private static let labelWidth = 10

  /// Lines there is room for.
  static func room(_ state: ExplorerState) -> Int { max(0, state.size.height - 3) }

  /// How far it can be scrolled.
  static func bottom(_ pane: PaneName, _ state: ExplorerState) -> Int {
    max(0, lines(pane, state).count - room(state))
  }

  static func lines(_ pane: PaneName, _ state: ExplorerState) -> [Line] {
    facts(pane, state) + [Line(text: "")] + keys(pane, state)
  }

  /// What is drawn, without the keys.
  static func facts(_ pane: PaneName, _ state: ExplorerState) -> [Line] {
    let about = Pane.of(pane).about
    var lines = section("drawn", about.drawn, state)
    lines += about.formula.map { section("formula", $0, state) } ?? []
    lines += about.unit.map { section("unit", $0, state) } ?? []
    lines += about.source.map { section("source", $0, state) } ?? []
    for metric in about.metrics(state) {
      lines += section(
        metric.name, "\(metric.explanation) Unit: \(metric.unit).", state, .accent)
    }
    return lines
  }

  private static func keys(_ pane: PaneName, _ state: ExplorerState) -> [Line] {
    let found = WhichKeyList.commands(in: pane, isZoomed: true, state).filter {
      $0.only == pane || $0.panes.contains(pane)
    }
    let ascii = state.glyphs.isASCII
    var lines: [Line] = []
    for command in found {
      let keys = command.keys.map { $0.label(ascii: ascii) }.joined(separator: " ")
      lines += section(keys, command.doc, state, .key)
    }
    return lines
  }

  private static func section(
    _ label: String, _ text: String, _ state: ExplorerState, _ style: Style = .title
  ) -> [Line] {
    let glyphs = state.glyphs
    var lines: [Line] = []
    var (text, label) = (glyphs.plain(text), label)
    // What is too long for the margin has a line of its own.
    if Printable.width(label) >= labelWidth {
      lines.append(Line(label: label, text: "", style: style))
      label = ""
    }
    text = text.trimmingPrefix { $0 == " " }.description
    let width = max(8, state.size.width - 3 - labelWidth)
    for (row, line) in Printable.wrapped(text, width).enumerated() {
      lines.append(Line(label: row == 0 ? label : "", text: line, style: style))
    }
    return lines
  }

  static func draw(_ about: AboutState, _ state: ExplorerState, on screen: inout Screen) {
    let rect = screen.bounds.inset(top: 1, bottom: 1)
    screen.fill(rect)
    let lines = lines(about.pane, state)
    let bottom = bottom(about.pane, state)
    let scroll = min(about.scroll, bottom)
    let more: [(String, Style)] =
      scroll < bottom ? [("\(state.glyphs.down) \(bottom - scroll) more", .dim)] : []
    let inner = Frame.rule.draw(
      on: &screen, rect, title: "about: " + Pane.of(about.pane).about.title, legend: more,
      isFocused: true, glyphs: state.glyphs)
    for (row, line) in lines.dropFirst(scroll).prefix(inner.height).enumerated() {
      let y = inner.y + row
      screen.put(line.label, x: inner.x + 1, y: y, style: line.style, width: inner.width - 1)
      screen.put(
        Printable.clip(
          line.text, inner.width - 2 - labelWidth, ellipsis: state.glyphs.ellipsis),
        x: inner.x + 1 + labelWidth, y: y)
    }
  }
}
