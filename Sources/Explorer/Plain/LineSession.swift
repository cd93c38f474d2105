import Engine
import Trajectories

/// A session read and answered line by line, for those who hear the screen and for programs: the same
/// commands, and answers in plain words. Nothing in it is drawn.
public struct LineSession {
  private var replay: Replay
  private var log: LogFile
  private var told: LineFacts
  /// Lines that were not understood, or could not be done at all.
  public private(set) var misunderstood = 0

  private var state: ExplorerState { replay.state }

  /// With which status to end; nil as long as it goes on.
  public var status: Int32? { replay.status }

  /// Why no model could be opened.
  public var failure: String? { state.model == nil ? state.failure : nil }

  /// - Parameter service: opens the model and computes.
  public init(_ options: ExplorerOptions, service: any ComputeService) {
    var state = ExplorerState(
      prompt: options.prompt, start: options.start, iterations: options.iterations,
      capabilities: .plain, theme: .mono)
    state.size = Size(width: 100, height: 40)
    state.take(options)
    replay = Replay(state, service: service)
    log = LogFile()
    told = LineFacts(state)
  }

  /// Opens the model and begins the first run.
  /// - Returns: what there is to say.
  public mutating func begin() -> [String] { opening().map(Printable.line) }

  private mutating func opening() -> [String] {
    replay.open()
    replay.rest()
    guard failure == nil else { return [] }
    told = LineFacts(state)
    return [
      "muninn, \(state.model?.name ?? "no model"). A command a line, as after the colon or a key "
        + "with its count: step-forward, 3l, goto 12:8, metric kl, ask 7+8?; where tells the place, show "
        + "exits reads a pane, help lists all, quit ends."
    ] + told.lines + said() + follow()
  }

  /// Does what a line says.
  /// - Returns: what changed, and what there is to say.
  public mutating func take(_ line: String) -> [String] {
    // Names and notes may come from a file, whoever wrote it: no line says more to a terminal than its text.
    answer(line).map(Printable.line)
  }

  private mutating func answer(_ line: String) -> [String] {
    let text = line.drop { $0 == " " || $0 == "\t" }
    guard let first = text.first, first != "#" else { return [] }
    do throws(LineRequest.Problem) {
      switch try LineRequest(String(text), state) {
      case .place: return LineFacts(state).lines
      case .pane(let pane): return PlainPane.lines(pane, state)
      case .keys(let keys): return act(keys.map { .key($0) })
      case .invocation(let invocation): return act([.invocation(invocation)])
      }
    } catch {
      return refuse(error.words)
    }
  }

  /// Says that a line could not be read.
  public mutating func refuse(_ words: String) -> [String] {
    misunderstood += 1
    return ["not understood: \(words)"]
  }

  private mutating func act(_ events: [ExplorerEvent]) -> [String] {
    let zoom = state.zoom
    for event in events { replay.feed(event) }
    replay.rest()
    var lines = said()
    lines += listed()
    let facts = LineFacts(state)
    lines += facts.lines(since: told)
    told = facts
    if let pane = state.zoom, pane != zoom { lines += PlainPane.lines(pane, state) }
    lines += follow()
    return lines.isEmpty && status == nil ? ["done"] : lines
  }

  /// The message, and what could not be done.
  private mutating func said() -> [String] {
    var lines: [String] = []
    if let failure = state.failure {
      misunderstood += 1
      lines.append("that could not be done: " + state.glyphs.plain(failure))
    }
    if let hint = state.hint, hint != state.message?.text { lines.append(state.glyphs.plain(hint)) }
    if let message = state.message { lines.append(state.glyphs.plain(message.text)) }
    while state.strip != nil { replay.feed(.invocation(Invocation("dismiss"))) }
    return lines.map { $0.replacing("\n", with: " ") }
  }

  /// What is open over the panes is read out and closed: there is nothing to choose in.
  private mutating func listed() -> [String] {
    var lines: [String]
    switch state.mode {
    case .normal: return []
    case .help(let help): lines = PlainPane.help(help.filter.text, state)
    case .gallery:
      lines = state.gallery.enumerated().map { "gallery \($0 + 1): \($1.prompt)  \($1.look)" }
    case .messages: lines = state.messages.entries.map { state.glyphs.plain($0.text) }
    case .about(let about): lines = PlainPane.about(about.pane, state)
    case .prompt: lines = ["ask TEXT asks something"]
    case .choosing(let chooser):
      lines = ["token \(chooser.position) TEXT puts another token in its place"]
    case .command(let editor):
      lines = Palette(editor.text, state).hint.map(state.glyphs.plain)
    }
    replay.feed(.key(state.mode.line == nil ? .escape : .control("c")))
    lines = lines.filter { !$0.isEmpty }
    return lines
  }

  /// Writes the log on, if there is one.
  private mutating func follow() -> [String] {
    guard let problem = log.follow(state) else { return [] }
    replay.feed(.logFailed(problem))
    misunderstood += 1
    return [problem]
  }

  /// Ends it.
  public mutating func close() { log.close() }
}
