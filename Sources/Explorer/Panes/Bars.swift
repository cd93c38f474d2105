/// The line above the panes: what is looked into, and where one is.
enum StatusLine {
  static func draw(_ state: ExplorerState, on screen: inout Screen) {
    let rect = Rect(x: 0, y: 0, width: screen.size.width, height: 1)
    let bar = Style.text.on(.bar)
    screen.fill(rect, " ", style: bar)
    // The verdict is as long as it is; what stands to the right of it keeps its place.
    let judgement = state.judgementOfAnswer
    var verdict = judgement.map {
      rect.width >= 110 ? $0.words(state.glyphs) : $0.shortWords(state.glyphs)
    }
    if state.hasHiddenVerdict { verdict = "right?  v tells" }
    // Room for what may be said of the answer, whether it is said yet or not: what stands to the left of
    // it keeps its place too.
    let isJudged =
      (state.rightAnswer != nil || state.hasHiddenVerdict) && state.divergence == nil
    let verdictRoom = isJudged ? rect.width >= 110 ? 34 : 24 : 0
    let name = state.model?.name ?? "muninn"
    let named = Printable.width(name) + 2 + leastText
    let least = max(29, verdictRoom + (rect.width >= 110 ? named : leastText))
    var kept = rightPieces(state, isSteady: rect.width >= 60, isWide: rect.width >= 110)
    // The iteration and the play state stay to the last; the rest gives way from the right.
    while kept.count > 2, width(kept) > rect.width - least { kept.removeLast() }
    while kept.count > 1, width(kept) > rect.width { kept.removeLast() }
    var x = rect.maxX - width(kept)
    let isNamed = state.presenting == nil && x - verdictRoom >= named
    var leftEnd = x
    for piece in kept {
      x = screen.put(" ", x: x, y: 0, style: bar)
      x = screen.put(piece.text, x: x, y: 0, style: piece.style)
      x = screen.put(" ", x: x, y: 0, style: bar)
    }
    if let verdict, leftEnd >= 12 {
      let words = Printable.clip(
        verdict, leftEnd - min(12, leftEnd / 2), ellipsis: state.glyphs.ellipsis)
      leftEnd -= Printable.width(words) + 2
      screen.put(words, x: leftEnd + 1, y: 0, style: (judgement?.style ?? .accent).on(.bar))
    }
    x = 0
    if isNamed {
      x = screen.put(" \(name) ", x: 0, y: 0, style: Style.title.on(.bar), width: leftEnd)
    }
    let room = leftEnd - x - 1
    guard room > 3 else { return }
    drawText(state, x: x + 1, room: room, on: &screen)
  }

  /// Columns that the prompt has at least.
  private static let leastText = 18

  /// The prompt, and after it what was appended: its end is what is looked for.
  private static func drawText(
    _ state: ExplorerState, x: Int, room: Int, on screen: inout Screen
  ) {
    let ellipsis = state.glyphs.ellipsis
    var written = state.writtenText
    if !written.isEmpty, Printable.width(written) > room * 2 / 3 {
      while Printable.width(written) >= room * 2 / 3 { written.removeFirst() }
      written = ellipsis + written
    }
    let left = room - 1 - Printable.width(written)
    let prompt = Printable.clip(state.promptText, max(0, left), ellipsis: ellipsis)
    let at = screen.put(prompt, x: x, y: 0, style: Style.accent.on(.bar), width: room)
    guard !written.isEmpty else { return }
    screen.put(written, x: at, y: 0, style: Style.good.on(.bar).bold(), width: x + room - at)
  }

  private struct Piece {
    let text: String
    let style: Style
  }

  private static func width(_ pieces: [Piece]) -> Int {
    pieces.reduce(0) { $0 + Printable.width($1.text) + 2 }
  }

  /// - Parameters:
  ///   - isSteady: every piece is as wide as it gets, so that nothing slides when a number grows
  ///   or a state changes.
  ///   - isWide: there is room for numbers that grow.
  private static func rightPieces(_ state: ExplorerState, isSteady: Bool, isWide: Bool) -> [Piece] {
    let bar = Style.text.on(.bar)
    guard let trajectory = state.trajectory else {
      let share = state.loading?.fraction.map { " \(Int($0 * 100))%" } ?? ""
      let words =
        state.loading != nil
        ? "opening" + share : state.isBeginning ? "starting\(state.layersWords)" : "no run"
      return [Piece(text: words, style: bar)]
    }
    func steady(_ text: String, _ width: Int) -> String {
      isSteady && Printable.width(text) < width ? Printable.padded(text, width) : text
    }
    // As wide as the longer of the two verbs with the largest numbers.
    let digits = max(isWide ? 3 : 1, "\(max(state.edge, state.target))".count)
    let verb = state.presenting == nil ? "viewing" : "r"
    func place(_ verb: String, of last: Int) -> String {
      steady("\(verb) \(state.iterationWords) of \(last)", widest)
    }
    let clocks = state.model?.passes.map { ".L\($0.low).\($0.blocks)".count } ?? 0
    let widest = verb.count + "  of ".count + 2 * digits + clocks
    var pieces: [Piece] = []
    if state.isAtEdge || state.presenting != nil {
      pieces.append(
        Piece(text: place("r", of: state.target), style: bar.bold()))
    } else {
      pieces.append(
        Piece(text: place("viewing", of: state.edge), style: .notice))
    }
    pieces.append(
      Piece(
        text: steady(playText(state), max(10, 7 + state.speedLabel.count)),
        style: playStyle(state).on(.bar)))
    if state.cursor.iteration > 0, state.model?.isLens(at: state.cursor.iteration) == true {
      pieces.append(Piece(text: "a lens, no answer", style: Style.warning.on(.bar)))
    }
    if let divergence = state.divergence {
      pieces.append(
        Piece(text: "diverged at r \(divergence.at.iteration)", style: Style.error.on(.bar)))
    }
    if state.presenting != nil { return pieces }
    pieces.append(Piece(text: state.startLabel, style: bar))
    if let run = state.runs.tree.current, state.runs.tree.count > 1 {
      pieces.append(Piece(text: "run \(run)", style: bar))
    }
    // As wide as the longest of the usual words.
    let motion = state.motion(ofRow: state.row)?.kind
    pieces.append(
      Piece(text: steady(motion?.words ?? "", 11), style: (motion?.style ?? .text).on(.bar)))
    let step = trajectory.steps[min(state.cursor.iteration, state.edge)]
    // Of what is done again nobody measures how long it takes.
    let time =
      step.iteration > 0 && step.duration > .zero
      ? Numbers.duration(step.duration, ascii: state.glyphs.isASCII) + "/step" : ""
    pieces.append(Piece(text: steady(time, 11), style: bar))
    pieces.append(
      Piece(
        text: steady("token \(state.tokenLabel(state.cursor.token))", labelWidth(state)),
        style: bar))
    if let bytes = state.fullMemory {
      pieces.append(Piece(text: "memory \(Numbers.bytes(bytes)) full", style: bar))
    }
    return pieces.filter { !$0.text.isEmpty }
  }

  /// Columns that the longest label of a token takes, within reason.
  private static func labelWidth(_ state: ExplorerState) -> Int {
    let branch = state.branch
    let longest =
      branch?.passages.map { Printable.width(state.visible($0.run.longestText)) }.max() ?? 0
    return "token  ''".count + "\(branch?.tokenCount ?? 0)".count + min(12, longest)
  }

  static func playText(_ state: ExplorerState) -> String {
    let glyphs = state.glyphs
    if state.isBeginning { return "\(glyphs.waiting) starting\(state.layersWords)" }
    if let together = state.together, !state.isPlaying {
      return "\(glyphs.waiting) \(together.nodes.count) runs r \(together.reached(state.runs))"
        + "/\(together.goal)"
    }
    // A step that is done before one looks is no waiting.
    let isSlow =
      (state.trajectory?.steps.last?.duration ?? .zero) >= .milliseconds(250) || state.isLongWaited
    let layers = isSlow ? state.layersWords : ""
    switch state.play {
    case .paused:
      return state.isStepping ? "\(glyphs.waiting) step\(layers)" : "\(glyphs.paused) paused"
    case .playing: return "\(glyphs.playing) play \(state.speedLabel)"
    case .waiting where !isSlow && state.edge > 0:
      return "\(glyphs.playing) play \(state.speedLabel)"
    case .waiting: return "\(glyphs.waiting) play \(state.speedLabel)\(layers)"
    }
  }

  private static func playStyle(_ state: ExplorerState) -> Style {
    state.isPlaying || state.isBusy || state.together != nil ? Style.good.bold() : .warning
  }
}

/// The line below: a message, the line being typed, or the keys that work here.
enum Footer {
  static func draw(_ state: ExplorerState, on screen: inout Screen) {
    let y = screen.size.height - 1
    let keys = FooterKeys(state)
    if let line = state.mode.line {
      drawEditor(line, y, state, on: &screen)
      keys.draw(y, on: &screen)
      switch state.mode {
      case .command(let editor): PaletteList.draw(editor, state, on: &screen)
      case .choosing(let chooser):
        TokenChooserList.draw(chooser, state, on: &screen)
        drawWord(state, above: y, on: &screen)
      default: drawWord(state, above: y, on: &screen)
      }
      return
    }
    keys.draw(y, on: &screen)
    if let message = state.message {
      let style: Style = message.kind == .error ? .warning : .accent
      let line = state.glyphs.plain(message.text.replacing("\n", with: " "))
      screen.put(
        Printable.clip(line, keys.end - 2, ellipsis: state.glyphs.ellipsis), x: 1, y: y,
        style: style)
      return
    }
    guard case .normal = state.mode else { return }
    if let count = state.pendingCount {
      let x = screen.put("\(count)", x: 1, y: y, style: .cursor)
      screen.put(" then a key   ", x: x, y: y, style: .dim)
    }
    if state.presenting == nil, let last = state.lastCommand, keys.last + last.count + 7 < keys.end
    {
      screen.putRight("last: \(last)", end: keys.end - 2, y: y, style: .dim)
    }
  }

  /// What stands before a line that is typed.
  static func label(_ line: (label: String, editor: LineEditor), _ state: ExplorerState) -> String {
    line.editor.search.map { searchLabel($0, state.glyphs, state.size.width) } ?? line.label
  }

  /// Columns that what is typed takes.
  static func width(ofTyped text: String, _ glyphs: Glyphs) -> Int {
    Printable.width(text.replacing("\n", with: glyphs.newline))
  }

  private static func drawEditor(
    _ line: (label: String, editor: LineEditor), _ y: Int, _ state: ExplorerState,
    on screen: inout Screen
  ) {
    let (width, glyphs, editor) = (screen.size.width, state.glyphs, line.editor)
    screen.fill(Rect(x: 0, y: y, width: width, height: 1))
    let from = screen.put(
      label(line, state), x: 0, y: y,
      style: editor.search?.isFailing == true ? .warning : .accent)
    let room = width - from - 1
    guard room > 0 else { return }
    let shown = editor.beforeCaret.replacing("\n", with: glyphs.newline)
    let after = editor.afterCaret.replacing("\n", with: glyphs.newline)
    // The text scrolls under the caret.
    var before = Array(shown)
    var used = Printable.width(shown)
    while used > room, !before.isEmpty {
      used -= Printable.glyph(of: before.removeFirst(), unicode: true).1
    }
    let caret = screen.put(String(before), x: from, y: y, style: .text)
    screen.put(after, x: caret, y: y, style: .text)
    screen.caret = Point(x: min(caret, width - 1), y: y)
  }

  /// What is looked for in the history.
  private static func searchLabel(
    _ search: HistorySearch, _ glyphs: Glyphs, _ width: Int
  ) -> String {
    let query = Printable.clip(search.query, max(4, width / 3), ellipsis: glyphs.ellipsis)
    return search.isFailing ? "no line has '\(query)': " : "history '\(query)': "
  }

  /// What there is to say while a line is typed, above it.
  private static func drawWord(
    _ state: ExplorerState, above y: Int, on screen: inout Screen
  ) {
    guard let message = state.message, y > 1 else { return }
    let rect = Rect(x: 0, y: y - 1, width: screen.size.width, height: 1)
    let style = message.kind == .error ? Style.warning.on(.bar) : Style.accent.on(.bar)
    screen.fill(rect, " ", style: style)
    screen.put(
      Printable.clip(
        state.glyphs.plain(message.text.replacing("\n", with: " ")), max(0, rect.width - 2),
        ellipsis: state.glyphs.ellipsis), x: 1, y: rect.y, style: style)
  }
}
