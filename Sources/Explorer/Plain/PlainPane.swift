import Trajectories

/// A pane in lines of plain text: its table, or else what is drawn of it where that is text.
enum PlainPane {
  static func lines(_ pane: PaneName, _ state: ExplorerState) -> [String] {
    guard state.trajectory != nil else { return ["there is no run yet; ask TEXT begins one"] }
    let about = Pane.of(pane)
    let title = "pane \(pane): \(about.about.title)"
    if let table = about.table { return [title] + table(state).lines.map(state.glyphs.plain) }
    // Lists and tables are drawn as text; they get room for all of it.
    var whole = state
    (whole.zoom, whole.focus) = (pane, pane)
    whole.size = Size(width: 100, height: 60)
    var screen = Screen(Size(width: 100, height: 56), isUnicode: false)
    about.render(whole, &screen, screen.bounds)
    let drawn = (0..<56).map { row in
      String(screen.row(row).reversed().drop { $0 == " " }.reversed())
    }
    let lines = drawn.filter { !$0.isEmpty }
    return [title] + (lines.isEmpty ? ["there is nothing in it now"] : lines)
  }

  static func about(_ pane: PaneName, _ state: ExplorerState) -> [String] {
    AboutPage.lines(pane, state).map { line in
      line.label.isEmpty ? line.text : "\(line.label): \(line.text)"
    }
  }

  static func help(_ filter: String, _ state: ExplorerState) -> [String] {
    HelpText.lines(filter, state).map { line in
      switch line {
      case .heading(let text), .text(let text): state.glyphs.plain(text)
      case .command(let name, let keys, let doc):
        keys == ":" + name
          ? "\(name): \(state.glyphs.plain(doc))" : "\(name), \(keys): \(state.glyphs.plain(doc))"
      case .more(let doc): state.glyphs.plain(doc)
      }
    }
  }
}
