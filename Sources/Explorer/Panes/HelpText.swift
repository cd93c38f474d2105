/// The help, made from the table of commands.
enum HelpText {
  enum Line: Sendable, Hashable {
    case heading(String)
    case command(name: String, keys: String, doc: String)
    case text(String)
  }

  static func lines(_ filter: String, _ state: ExplorerState) -> [Line] {
    let filter = filter.lowercased()
    let ascii = state.glyphs.isASCII
    var lines: [Line] = []
    for group in Command.Group.allCases {
      let found: [Line] = Command.all.filter { $0.group == group }.compactMap { command in
        let keys = command.keys.map { $0.label(ascii: ascii) }.joined(separator: " ")
        let all = "\(command.name) \(keys) \(command.doc)".lowercased()
        guard filter.isEmpty || all.contains(filter) else { return nil }
        return .command(name: command.name, keys: keys, doc: command.doc)
      }
      if !found.isEmpty { lines += [.heading(group.rawValue)] + found + [.text("")] }
    }
    guard filter.isEmpty else { return lines.isEmpty ? [.text("nothing matches")] : lines }
    lines.append(.heading("Good to know"))
    lines += [
      "A count before a key repeats it: 5l, 12e. A count before r is the seed: 42r.",
      "Heat map cells are what the token would say next; the colour is the metric.",
      "Marks: flips are where the likeliest next token changed.",
      "Wrong characters on the screen? g changes what plots are drawn with.",
      "Mouse: click a cell, a curve or the bar; the wheel steps. Shift selects text.",
    ].map(Line.text)
    return lines
  }

  static func draw(_ help: HelpState, _ state: ExplorerState, on screen: inout Screen) {
    let rect = screen.bounds.inset(top: 1, bottom: 1)
    let glyphs = state.glyphs
    screen.fill(rect)
    let inner = Frame.rule.draw(
      on: &screen, rect, title: "help", legend: [("j k scroll, / filter, q close", .dim)],
      isFocused: true, glyphs: glyphs)
    let (list, foot) = inner.splitTop(inner.height - 1)
    let keyWidth = min(14, max(6, list.width / 4))
    let nameWidth = list.width >= 70 ? 18 : 0
    let lines = Self.lines(help.filter.text, state)
    for (row, line) in lines.dropFirst(help.scroll).prefix(list.height).enumerated() {
      let y = list.y + row
      switch line {
      case .heading(let text): screen.put(text, x: list.x + 1, y: y, style: .title)
      case .text(let text):
        screen.put(
          Printable.clip(text, list.width - 2, ellipsis: glyphs.ellipsis), x: list.x + 1, y: y)
      case .command(let name, let keys, let doc):
        screen.put(keys, x: list.x + 1, y: y, style: .key, width: keyWidth)
        var x = list.x + 2 + keyWidth
        if nameWidth > 0 {
          screen.put(name, x: x, y: y, style: .dim, width: nameWidth)
          x += nameWidth
        }
        let text = keys.isEmpty && nameWidth == 0 ? ":\(name)  \(doc)" : doc
        screen.put(
          Printable.clip(text, max(0, list.maxX - x), ellipsis: glyphs.ellipsis), x: x, y: y)
      }
    }
    if help.isFiltering || !help.filter.text.isEmpty {
      let end = screen.put("/" + help.filter.text, x: foot.x + 1, y: foot.y, style: .accent)
      if help.isFiltering {
        screen.caret = Point(x: min(end, max(0, screen.size.width - 1)), y: foot.y)
      }
    } else if help.scroll + list.height < lines.count {
      screen.put(
        "\(lines.count - help.scroll - list.height) more lines below", x: foot.x + 1, y: foot.y,
        style: .dim)
    }
  }
}
