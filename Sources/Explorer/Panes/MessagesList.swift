/// The list of everything that was said, the newest at the end.
enum MessagesList {
  private static let placeWidth = 16

  /// Lines there is room for.
  static func room(_ state: ExplorerState) -> Int { max(0, state.size.height - 3) }

  /// How far it can be scrolled: there the newest is in sight.
  static func bottom(_ state: ExplorerState) -> Int { max(0, lines(state).count - room(state)) }

  private static func lines(
    _ state: ExplorerState
  ) -> [(place: String, text: String, style: Style)] {
    let isNarrow = state.size.width < 50
    let width = max(8, state.size.width - 2 - (isNarrow ? 0 : placeWidth))
    var lines: [(place: String, text: String, style: Style)] = []
    for entry in state.messages.entries {
      var place = entry.place.map { "r \($0.iteration)" } ?? ""
      if state.runs.tree.count > 1, let run = entry.place?.run { place += "  run \(run)" }
      let style: Style =
        switch entry.kind {
        case .info: .text
        case .hint: .accent
        case .error: .warning
        case .failure: .error
        }
      let times = entry.times > 1 ? " (\(entry.times) \(state.glyphs.times))" : ""
      let wrapped = Printable.wrapped(state.glyphs.plain(entry.text) + times, width)
      for (number, text) in wrapped.enumerated() {
        lines.append((number == 0 ? place : "", text, style))
      }
    }
    return lines
  }

  static func draw(_ scroll: Int, _ state: ExplorerState, on screen: inout Screen) {
    let rect = screen.bounds.inset(top: 1, bottom: 1)
    screen.fill(rect)
    let inner = Frame.rule.draw(
      on: &screen, rect, title: "messages", legend: [("oldest first", .dim)], isFocused: true,
      glyphs: state.glyphs)
    let lines = lines(state)
    if lines.isEmpty {
      Pane.drawEmpty(state, &screen, inner, "nothing was said so far")
    }
    let isNarrow = state.size.width < 50
    for (row, line) in lines.dropFirst(scroll).prefix(inner.height).enumerated() {
      let y = inner.y + row
      if !isNarrow {
        screen.put(line.place, x: inner.x + 1, y: y, style: .dim, width: placeWidth - 1)
      }
      screen.put(
        Printable.clip(line.text, inner.width - 2, ellipsis: state.glyphs.ellipsis),
        x: inner.x + 1 + (isNarrow ? 0 : placeWidth), y: y, style: line.style)
    }
  }
}
