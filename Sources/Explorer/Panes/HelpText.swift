/// The help, made from the table of commands.
enum HelpText {
  enum Line: Sendable, Hashable {
    case heading(String)
    case command(name: String, keys: String, doc: String)
    /// What did not fit into the line of a command.
    case more(String)
    case text(String)
  }

  private static let keyWidth = 12
  private static let nameWidth = 18

  /// Columns for what a command does.
  private static func docWidth(_ width: Int) -> Int {
    max(8, width - keyWidth - 3 - (width >= 100 ? nameWidth : 0))
  }

  static func lines(_ filter: String, _ state: ExplorerState) -> [Line] {
    let filter = filter.lowercased()
    let ascii = state.glyphs.isASCII
    let width = docWidth(state.size.width)
    var lines = filter.isEmpty ? ownKeys(state) + here(width, state) : []
    for group in Command.Group.allCases {
      var found: [Line] = []
      for command in Command.all where command.group == group {
        let keys = command.keys.map { $0.label(ascii: ascii) }.joined(separator: " ")
        let all = "\(command.name) \(keys) \(command.doc)".lowercased()
        guard filter.isEmpty || all.contains(filter) else { continue }
        found += Self.lines(of: command, width, state)
      }
      if !found.isEmpty { lines += [.heading(group.rawValue)] + found + [.text("")] }
    }
    guard filter.isEmpty else { return lines.isEmpty ? [.text("nothing matches")] : lines }
    lines.append(.heading("Good to know"))
    let notes = [
      "A count before a key is what could be typed after the command's name: 5l, 12e, 42r for seed 42.",
      "Heat map cells are what the token would say next; the colour is the metric.",
      "Flips are where the likeliest next token changed.",
      "Comparing: quiet cells say the same, the colour is KL(A\(state.glyphs.isASCII ? "|" : "‖")B), "
        + "4\(state.glyphs.vertical)3 are two answers; A is drawn as a line, B as a broken one.",
      "Inside an iteration a mark is where the prediction changes from the line above; what a block "
        + "adds is told as a share of the stream it is added to. The coda lens reads a stream of the core "
        + "as a state; in prelude and coda the logit lens alone reads, and KL is its.",
      "A watched token's rank is 1 where none is likelier; its probability is that of the whole softmax.",
      "H is the entropy, KL the divergence from the prediction before, both in nats.",
      "The path in the plane is of ln_f(s), to one scale on both axes.",
      "Wrong characters on the screen? g changes what plots are drawn with.",
      "Mouse: click a cell, a curve, the bar or a run; the wheel steps. Shift selects text.",
    ]
    for note in notes {
      lines += Printable.wrapped(note, max(8, state.size.width - 2)).map(Line.text)
    }
    return lines
  }

  /// What the user's own keys do.
  private static func ownKeys(_ state: ExplorerState) -> [Line] {
    guard !state.ownKeys.isEmpty else { return [] }
    let ascii = state.glyphs.isASCII
    let keys = state.ownKeys.map { ($0.key.label(ascii: ascii), "\($0.value)") }
    return [.heading("Your keys")]
      + keys.sorted { $0.0 < $1.0 }.map { key, line in
        .command(name: String(line.prefix { $0 != " " }), keys: key, doc: line)
      } + [.text("")]
  }

  /// The keys that mean something of their own in the pane one is in come first.
  private static func here(_ width: Int, _ state: ExplorerState) -> [Line] {
    let pane = state.zoom ?? state.focus
    let own = Command.all.filter { $0.only == pane && !$0.keys.isEmpty }
    let others = Command.all.filter {
      $0.only == nil && $0.panes.contains(pane) && !$0.keys.isEmpty
    }
    guard !own.isEmpty || !others.isEmpty, state.trajectory != nil else { return [] }
    let title = Pane.of(pane).title(state, width)
    return [.heading("Here: \(title)")]
      + (own + others).flatMap { lines(of: $0, width, state) } + [.text("")]
  }

  private static func lines(
    of command: Command, _ width: Int, _ state: ExplorerState
  ) -> [Line] {
    let keys = command.keys.map { $0.label(ascii: state.glyphs.isASCII) }.joined(separator: " ")
    let doc = Printable.wrapped(command.doc, width)
    return [
      .command(
        name: command.name, keys: keys.isEmpty ? ":" + command.name : keys, doc: doc[0])
    ] + doc.dropFirst().map(Line.more)
  }

  static func draw(_ help: HelpState, _ state: ExplorerState, on screen: inout Screen) {
    let rect = screen.bounds.inset(top: 1, bottom: 1)
    let glyphs = state.glyphs
    screen.fill(rect)
    let inner = Frame.rule.draw(
      on: &screen, rect, title: "help", legend: [], isFocused: true, glyphs: glyphs)
    let (list, foot) = inner.splitTop(inner.height - 1)
    let lines = Self.lines(help.filter.text, state)
    for (row, line) in lines.dropFirst(help.scroll).prefix(list.height).enumerated() {
      let y = list.y + row
      switch line {
      case .heading(let text): screen.put(text, x: list.x + 1, y: y, style: .title)
      case .text(let text):
        screen.put(
          Printable.clip(text, list.width - 2, ellipsis: glyphs.ellipsis), x: list.x + 1, y: y)
      case .command(let name, let keys, let doc):
        screen.put(
          Printable.clip(keys, keyWidth, ellipsis: glyphs.ellipsis), x: list.x + 1, y: y,
          style: .key)
        screen.put(doc, x: list.x + 2 + keyWidth, y: y)
        if list.width >= 100 {
          screen.put(":" + name, x: list.maxX - nameWidth, y: y, style: .dim)
        }
      case .more(let doc): screen.put(doc, x: list.x + 2 + keyWidth, y: y)
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
