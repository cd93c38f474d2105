import Glibc

/// The lines around the panes: what is trained and how fast, how far it is, what can be pressed.
enum WatchBars {
  static func drawStatus(_ state: WatchState, on screen: inout Screen) {
    let bar = Style.text.on(.bar)
    screen.fill(Rect(x: 0, y: 0, width: screen.size.width, height: 1), " ", style: bar)
    var pieces: [(text: String, style: Style)] = [phase(state)]
    if let step = state.step {
      pieces.append(("ETA \(time(step.secondsLeft))", bar.bold()))
      pieces.append((speed(step.tokensPerSecond), bar))
      pieces.append(("r \(step.iterations)", bar))
    }
    if let saved = state.savedStep, saved > 0 { pieces.append(("saved at \(saved)", bar)) }
    func width() -> Int { pieces.reduce(0) { $0 + Printable.width($1.text) + 2 } }
    while pieces.count > 1, width() > screen.size.width - min(14, screen.size.width / 4) {
      pieces.removeLast()
    }
    let start = max(0, screen.size.width - width())
    var x = start
    for piece in pieces {
      x = screen.put(" \(piece.text) ", x: x, y: 0, style: piece.style)
    }
    var name = state.facts.name
    if let step = state.step, step.stage < state.facts.stages.count, state.facts.stages.count > 1 {
      name += " \(state.glyphs.dot) \(state.facts.stages[step.stage].name)"
    }
    guard start > 5 else { return }
    screen.put(
      " " + Printable.clip(name, start - 2, ellipsis: state.glyphs.ellipsis), x: 0, y: 0,
      style: Style.title.on(.bar))
  }

  /// What training does.
  private static func phase(_ state: WatchState) -> (text: String, style: Style) {
    let glyphs = state.glyphs
    switch state.phase {
    case .running:
      let text = state.step == nil ? "\(glyphs.waiting) starting" : "\(glyphs.playing) training"
      return (text, Style.good.bold().on(.bar))
    case .paused(let isStill):
      return (
        isStill ? "\(glyphs.paused) paused" : "\(glyphs.waiting) pausing", Style.warning.on(.bar)
      )
    case .stopping: return ("\(glyphs.waiting) stopping, saving", .notice)
    case .ended(.finished): return ("\(glyphs.same) finished, q leaves", .notice)
    case .ended: return ("\(glyphs.paused) stopped, q leaves", .notice)
    }
  }

  /// The bar of steps with marks where stages begin.
  static func drawSteps(_ state: WatchState, on screen: inout Screen, _ rect: Rect) {
    let glyphs = state.glyphs
    let total = max(1, state.facts.steps)
    let percent = Int((100 * Double(state.stepsDone) / Double(total)).rounded(.down))
    let label = " \(state.stepsDone)/\(total) \(percent)%"
    let width = rect.width - Printable.width(label) - 2
    guard width >= 4 else {
      screen.put(label, x: rect.x, y: rect.y, width: rect.width)
      return
    }
    let done = min(width, state.stepsDone * width / total)
    screen.put(glyphs.trackStart, x: rect.x, y: rect.y, style: .dim)
    screen.fill(
      Rect(x: rect.x + 1, y: rect.y, width: done, height: 1), glyphs.trackDone, style: .accent)
    screen.fill(
      Rect(x: rect.x + 1 + done, y: rect.y, width: width - done, height: 1), glyphs.trackOpen,
      style: .dim)
    var before = 0
    for stage in state.facts.stages.dropLast() {
      before += stage.steps
      screen.put(
        glyphs.liveEdge, x: rect.x + 1 + min(width - 1, before * width / total), y: rect.y,
        style: .dim)
    }
    screen.put(glyphs.trackEnd + label, x: rect.x + 1 + width, y: rect.y, style: .dim)
  }

  static func drawFooter(_ state: WatchState, on screen: inout Screen) {
    let y = screen.size.height - 1
    var end = screen.size.width
    for command in WatchCommand.all.reversed() where command.isFixed {
      let title = isOver(state) && command.title == "stop" ? "leave" : command.title
      end -= Printable.width(label(command, state)) + Printable.width(title) + 3
      drawEntry(command, title, state, max(0, end), y, on: &screen)
    }
    if let message = state.message {
      screen.put(
        Printable.clip(message, max(0, end - 2), ellipsis: state.glyphs.ellipsis), x: 1, y: y,
        style: .accent)
      return
    }
    var x = 1
    for command in WatchCommand.all where !command.isFixed {
      guard case .character = command.keys[0] else { continue }
      var title = command.title
      if command.title == "pause", case .paused = state.phase { title = "go on" }
      let width = Printable.width(label(command, state)) + Printable.width(title) + 3
      guard x + width <= end else { return }
      drawEntry(command, title, state, x, y, on: &screen)
      x += width
    }
  }

  private static func isOver(_ state: WatchState) -> Bool {
    if case .ended = state.phase { true } else { false }
  }

  private static func label(_ command: WatchCommand, _ state: WatchState) -> String {
    command.keys[0].label(ascii: state.glyphs.isASCII)
  }

  private static func drawEntry(
    _ command: WatchCommand, _ title: String, _ state: WatchState, _ x: Int, _ y: Int,
    on screen: inout Screen
  ) {
    let end = screen.put(label(command, state), x: x, y: y, style: .key)
    screen.put(" \(title)", x: end, y: y, style: .dim)
  }

  /// Where there is no room for panes.
  static func drawOneLine(_ state: WatchState, on screen: inout Screen) {
    var line = "\(state.stepsDone)/\(state.facts.steps)"
    if let loss = state.records.last?.loss ?? state.step?.loss {
      line += " loss \(Numbers.short(loss))"
    }
    line += " " + phase(state).text
    if let message = state.message { line = message }
    screen.put(
      Printable.clip(line, screen.size.width, ellipsis: state.glyphs.ellipsis), x: 0, y: 0)
  }

  private static func speed(_ tokens: Double) -> String {
    guard tokens.isFinite, tokens > 0 else { return "" }
    return tokens >= 1000
      ? "\(Numbers.fixed(tokens / 1000, 1)) k tokens/s" : "\(Numbers.fixed(tokens, 0)) tokens/s"
  }

  /// `1 h 07 min`, `12 min`, `40 s`.
  private static func time(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e7 else { return "?" }
    if seconds < 60 { return "\(Int(seconds.rounded(.up))) s" }
    let minutes = Int((seconds / 60).rounded(.up))
    let rest = minutes % 60
    return minutes < 60 ? "\(minutes) min" : "\(minutes / 60) h \(rest < 10 ? "0" : "")\(rest) min"
  }
}
