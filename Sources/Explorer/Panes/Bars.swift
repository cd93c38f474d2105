/// The line above the panes: what is looked into, and where one is.
enum StatusLine {
  static func draw(_ state: ExplorerState, on screen: inout Screen) {
    let rect = Rect(x: 0, y: 0, width: screen.size.width, height: 1)
    let bar = Style.text.on(.bar)
    screen.fill(rect, " ", style: bar)
    let pieces = rightPieces(state)
    var kept = pieces
    // The play state and the iteration stay to the last; the rest gives way from the right.
    while kept.count > 2, width(kept) > rect.width - 24 { kept.removeLast() }
    while kept.count > 1, width(kept) > rect.width { kept.removeLast() }
    var x = rect.maxX - width(kept)
    let leftEnd = x
    for piece in kept {
      x = screen.put(" ", x: x, y: 0, style: bar)
      x = screen.put(piece.text, x: x, y: 0, style: piece.style)
      x = screen.put(" ", x: x, y: 0, style: bar)
    }
    x = 0
    if leftEnd >= 34 {
      let name = state.model?.name ?? "muninn"
      x = screen.put(" \(name) ", x: 0, y: 0, style: Style.title.on(.bar), width: leftEnd)
    }
    let room = leftEnd - x - 1
    guard room > 3 else { return }
    drawText(state, x: x + 1, room: room, on: &screen)
  }

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

  private static func rightPieces(_ state: ExplorerState) -> [Piece] {
    let bar = Style.text.on(.bar)
    guard let trajectory = state.trajectory else {
      let share = state.loading?.fraction.map { " \(Int($0 * 100))%" } ?? ""
      return [Piece(text: (state.loading == nil ? "no run" : "opening" + share), style: bar)]
    }
    var pieces: [Piece] = [Piece(text: playText(state), style: playStyle(state).on(.bar))]
    if state.isAtEdge {
      pieces.append(
        Piece(text: "r \(state.cursor.iteration) of \(state.target)", style: bar.bold()))
    } else {
      pieces.append(
        Piece(text: "viewing \(state.cursor.iteration) of \(state.edge)", style: .notice))
    }
    if let divergence = state.divergence {
      pieces.append(
        Piece(text: "diverged at r \(divergence.at.iteration)", style: Style.error.on(.bar)))
    }
    if let judgement = state.judgementOfAnswer {
      pieces.append(Piece(text: judgement.words(state.glyphs), style: judgement.style.on(.bar)))
    }
    // As wide as the longest of the usual words, so that nothing slides from token to token.
    if let motion = state.motion(ofRow: state.row)?.kind {
      pieces.append(
        Piece(text: Printable.padded(motion.words, 11), style: motion.style.on(.bar)))
    }
    pieces.append(Piece(text: state.startLabel, style: bar))
    if let run = state.runs.tree.current, state.runs.tree.count > 1 {
      pieces.append(Piece(text: "run \(run)", style: bar))
    }
    let step = trajectory.steps[min(state.cursor.iteration, state.edge)]
    // Of what is done again nobody measures how long it takes.
    if step.iteration > 0, step.duration > .zero {
      let time = Numbers.duration(step.duration, ascii: state.glyphs.isASCII)
      pieces.append(Piece(text: "\(time)/step", style: bar))
    }
    pieces.append(Piece(text: "token \(state.tokenLabel(state.cursor.token))", style: bar))
    if let bytes = state.fullMemory {
      pieces.append(Piece(text: "memory \(Numbers.bytes(bytes)) full", style: bar))
    }
    return pieces
  }

  static func playText(_ state: ExplorerState) -> String {
    let glyphs = state.glyphs
    if state.isBeginning { return "\(glyphs.waiting) starting" }
    if let together = state.together, !state.isPlaying {
      return "\(glyphs.waiting) \(together.nodes.count) runs r \(together.reached(state.runs))"
        + "/\(together.goal)"
    }
    // A step that is done before one looks is no waiting.
    let isSlow = (state.trajectory?.steps.last?.duration ?? .zero) >= .milliseconds(250)
    let layers = isSlow ? state.layers.map { " \($0.done)/\($0.total)" } ?? "" : ""
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
    let width = screen.size.width
    switch state.mode {
    case .prompt(let editor):
      drawEditor(editor, "prompt> ", hint: "enter asks  esc leaves", y, on: &screen)
      return
    case .command(let editor):
      PaletteList.draw(editor, state, on: &screen)
      drawEditor(editor, ":", hint: "enter runs  tab completes  esc leaves", y, on: &screen)
      return
    case .choosing(let chooser):
      TokenChooserList.draw(chooser, state, on: &screen)
      drawEditor(
        chooser.editor, "token> ", hint: "enter takes  up, down choose  esc leaves", y, on: &screen)
      return
    case .normal, .help, .gallery: break
    }
    let hasRoom = width >= 30 || state.message == nil
    let listKeys = state.mode.listKeys
    let end = hasRoom && listKeys == nil ? drawFixedKeys(state, y, on: &screen) : width
    if let message = state.message {
      let style: Style = message.kind == .error ? .warning : .accent
      let line = message.text.replacing("\n", with: " ")
      screen.put(
        Printable.clip(line, end - 2, ellipsis: state.glyphs.ellipsis), x: 1, y: y, style: style)
      return
    }
    if let listKeys {
      drawListKeys(listKeys, state, y, on: &screen)
    } else {
      drawKeys(state, y, end, on: &screen)
    }
  }

  private static func drawListKeys(
    _ keys: [ModeKey], _ state: ExplorerState, _ y: Int, on screen: inout Screen
  ) {
    var x = 1
    for key in keys {
      let label = key.keys[0].label(ascii: state.glyphs.isASCII)
      guard x + Printable.width(label) + Printable.width(key.title) + 3 <= screen.size.width else {
        continue
      }
      x = screen.put(label, x: x, y: y, style: .key)
      x = screen.put(" \(key.title)  ", x: x, y: y, style: .dim)
    }
  }

  /// Help and quit stand at the right, whatever else the line has to say.
  /// - Returns: the column before which there is room.
  private static func drawFixedKeys(
    _ state: ExplorerState, _ y: Int, on screen: inout Screen
  ) -> Int {
    let commands = Command.all.filter(\.isAlwaysInFooter)
    let start = screen.size.width - commands.reduce(0) { $0 + entryWidth($1, state) } + 1
    var x = start
    for command in commands { x = drawEntry(command, state, x, y, on: &screen) }
    return start
  }

  private static func drawKeys(
    _ state: ExplorerState, _ y: Int, _ end: Int, on screen: inout Screen
  ) {
    var x = 1
    if let count = state.pendingCount {
      x = screen.put("\(count)", x: x, y: y, style: .cursor)
      x = screen.put(" then a key   ", x: x, y: y, style: .dim)
    }
    // What fills the screen has keys of its own; they come first.
    let alone: Set<PaneName> = [.runs, .variants, .inside, .causes, .fan, .exits, .motion]
    let isOwn = state.zoom.map { alone.contains($0) } ?? false
    let pane = isOwn ? state.zoom ?? state.focus : state.focus
    let own = Command.all.filter { $0.panes.contains(pane) }
    let general = Command.all.filter {
      $0.footerRank != nil && !$0.panes.contains(pane) && !$0.isAlwaysInFooter
        && isReached($0, in: pane, state)
    }
    .sorted { ($0.footerRank ?? 0) < ($1.footerRank ?? 0) }
    var used = x
    let first = isOwn ? 0 : state.isComparing ? 3 : 5
    for command in general.prefix(first) + own + general.dropFirst(first) {
      let width = entryWidth(command, state)
      guard used + width <= end else { continue }
      used += width
      x = drawEntry(command, state, x, y, on: &screen)
    }
    if let last = state.lastCommand, x + last.count + 7 < end {
      screen.putRight("last: \(last)", end: end - 2, y: y, style: .dim)
    }
  }

  /// Whether its first key means it here; a pane may have another use for it.
  private static func isReached(
    _ command: Command, in pane: PaneName, _ state: ExplorerState
  ) -> Bool {
    guard let key = command.keys.first else { return false }
    return Command.bound(to: key, in: pane, isZoomed: state.zoom != nil)?.name == command.name
  }

  private static func drawEntry(
    _ command: Command, _ state: ExplorerState, _ x: Int, _ y: Int, on screen: inout Screen
  ) -> Int {
    let key = command.keys.first?.label(ascii: state.glyphs.isASCII) ?? ""
    let isAvailable = command.reason(state) == nil
    let end = screen.put(key, x: x, y: y, style: isAvailable ? .key : .dim)
    return screen.put(" \(command.title)  ", x: end, y: y, style: .dim)
  }

  private static func entryWidth(_ command: Command, _ state: ExplorerState) -> Int {
    let key = command.keys.first?.label(ascii: state.glyphs.isASCII) ?? ""
    return Printable.width(key) + Printable.width(command.title) + 3
  }

  private static func drawEditor(
    _ editor: LineEditor, _ label: String, hint: String, _ y: Int, on screen: inout Screen
  ) {
    let width = screen.size.width
    screen.fill(Rect(x: 0, y: y, width: width, height: 1))
    let from = screen.put(label, x: 0, y: y, style: .accent)
    let room = width - from - 1
    guard room > 0 else { return }
    // The text scrolls under the caret.
    var before = Array(editor.beforeCaret)
    var used = Printable.width(editor.beforeCaret)
    while used > room, !before.isEmpty {
      used -= Printable.glyph(of: before.removeFirst(), unicode: true).1
    }
    let end = from + Printable.width(editor.text)
    if end + hint.count + 3 < width { screen.putRight(hint, end: width - 1, y: y, style: .dim) }
    let caret = screen.put(String(before), x: from, y: y, style: .text)
    screen.put(editor.afterCaret, x: caret, y: y, style: .text)
    screen.caret = Point(x: min(caret, width - 1), y: y)
  }
}
