/// Words in the middle of the screen: what is being opened before there is a run, and what went
/// wrong.
enum Notice {
  /// One line and its look.
  private typealias Line = (text: String, style: Style)

  /// Draws what there is to say over `body`; with nothing to say it leaves the screen alone.
  static func draw(_ state: ExplorerState, on screen: inout Screen, _ body: Rect) {
    // Beside a run it stands in the strip.
    if let failure = state.failure, state.trajectory == nil {
      drawBox(failureLines(failure, state, body), .warning, state, on: &screen, body)
    } else if state.trajectory == nil {
      drawBox(welcomeLines(state, body), .dim, state, on: &screen, body)
    }
  }

  private static func room(_ body: Rect) -> Int { max(8, min(76, body.width - 6)) }

  private static func welcomeLines(_ state: ExplorerState, _ body: Rect) -> [Line] {
    let width = room(body)
    var lines: [Line] = [("muninn: watch a thought, one iteration at a time", .title), ("", .text)]
    lines += Printable.wrapped(state.promptText, width - 8).prefix(3).enumerated().map {
      (($0.offset == 0 ? "prompt  " : "        ") + $0.element, Style.accent)
    }
    let now: String
    if let loading = state.loading {
      let share = loading.fraction.map { " \(Int(min(1, max(0, $0)) * 100))%" } ?? ""
      now = loading.message + share
    } else {
      now = state.isBeginning ? "reading the prompt" : "no run"
    }
    lines.append(("now     " + now, .text))
    if let share = state.loading?.fraction {
      let bar = Bar.text(share, width: width - 8, capabilities: state.capabilities)
      lines.append(("        " + bar, .series(0)))
    }
    return lines
  }

  private static func failureLines(
    _ failure: String, _ state: ExplorerState, _ body: Rect
  ) -> [Line] {
    let title =
      state.model == nil ? "The model could not be opened" : "That could not be done"
    let advice =
      state.model == nil
      ? "q quits"
      : state.trajectory == nil
        ? "/ asks something else   q quits" : "/ asks something else"
    var words: [Line] = []
    for paragraph in state.glyphs.plain(failure).split(separator: "\n") {
      words += Printable.wrapped(String(paragraph), room(body)).map { ($0, Style.text) }
    }
    // Where there is little room the words need it more than the frame does.
    let isTight = words.count + 6 > body.height
    let most = max(1, body.height - (isTight ? 2 : 6))
    if words.count > most { words = words.prefix(most - 1) + [(state.glyphs.ellipsis, .dim)] }
    let gap: [Line] = isTight ? [] : [("", .text)]
    return [(title, .error)] + gap + words + gap + [(advice, .key)]
  }

  private static func drawBox(
    _ lines: [Line], _ edge: Style, _ state: ExplorerState, on screen: inout Screen, _ body: Rect
  ) {
    let isBoxed = body.height >= lines.count + 2
    let shown = isBoxed ? lines : lines.filter { !$0.text.isEmpty }
    let widest = shown.map { Printable.width($0.text) }.max() ?? 0
    let width = min(body.width, widest + 4)
    let height = min(body.height, shown.count + (isBoxed ? 2 : 0))
    let box = Rect(
      x: body.x + (body.width - width) / 2, y: body.y + (body.height - height) / 2, width: width,
      height: height)
    screen.fill(box)
    if isBoxed { Frame.box.drawEdge(on: &screen, box, edge, state.glyphs) }
    for (row, line) in shown.prefix(isBoxed ? box.height - 2 : box.height).enumerated() {
      screen.put(
        Printable.clip(line.text, max(0, box.width - 4), ellipsis: state.glyphs.ellipsis),
        x: box.x + 2, y: box.y + row + (isBoxed ? 1 : 0), style: line.style)
    }
  }
}
