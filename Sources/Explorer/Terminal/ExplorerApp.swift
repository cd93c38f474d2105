import CNcurses
import Glibc

/// The explorer as a program: the loop between terminal, compute side and `update`.
public enum ExplorerApp {
  /// Runs until the user leaves.
  /// - Returns: the exit status.
  public static func run(_ options: ExplorerOptions, service: any ComputeService) -> Int32 {
    guard let signals = Signals.install() else { return fail("no pipe for signals could be made") }
    defer { Signals.restore() }
    do throws(TerminalError) {
      let terminal = try Terminal(options)
      var loop = Loop(terminal: terminal, service: service, signals: signals, options: options)
      let status = loop.run()
      service.cancel()
      terminal.close()
      if !loop.exports.finish() { tell("a file was still being written; it is not complete") }
      for outcome in loop.exports.takeOutcomes() where outcome.isFailure { tell(outcome.words) }
      let trouble =
        options.keepsSession
        ? LastSession.keep(
          loop.state, service: service, source: options.modelSource,
          environment: options.environment) : nil
      service.shutDown()
      loop.log.close()
      if let trouble { tell(trouble) }
      // What was on the screen is gone with it; the reason should not be.
      if loop.state.model == nil, let failure = loop.state.failure { return fail(failure) }
      return status
    } catch {
      service.shutDown()
      return fail(error.description)
    }
  }

  private static func fail(_ message: String) -> Int32 {
    tell(message)
    return 1
  }

  private static func tell(_ message: String) {
    let text = "muninn: \(Printable.line(message))\n"
    _ = text.withCString { write(STDERR_FILENO, $0, strlen($0)) }
  }
}

/// Waits for keys, signals, finished steps and due times; draws when something changed.
private struct Loop {
  let terminal: Terminal
  let service: any ComputeService
  let signals: Int32
  let exports = ExportDesk()
  var state: ExplorerState
  var status: Int32?
  var log: LogFile
  var replay: ScreenReplay?
  /// When a tick is wanted.
  var wakeAt: Double?
  var lastFrame = -1.0
  var needsFrame = true
  /// A frame that answers the user does not wait for its turn.
  var isUrgent = true

  /// What was typed before, and will be.
  private var histories: HistoryFiles
  /// What is done of itself as soon as there is a run.
  private var opening: Invocation?

  private static let frameTime = 1.0 / 60

  init(
    terminal: Terminal, service: any ComputeService, signals: Int32, options: ExplorerOptions
  ) {
    self.terminal = terminal
    self.service = service
    self.signals = signals
    state = ExplorerState(
      prompt: options.prompt, start: options.start, iterations: options.iterations,
      capabilities: terminal.capabilities, theme: terminal.preferredTheme)
    state.size = terminal.measure()
    state.take(options)
    if let lack = terminal.lack { state.complain(lack) }
    log = LogFile()
    replay = options.replay.map(ScreenReplay.init)
    histories = HistoryFiles(environment: options.environment)
    if options.offersTour, histories.isFirstStart() { opening = Invocation("offer-tour") }
    if options.listsTours { opening = Invocation("tour") }
    if let tour = options.tour { opening = Invocation("tour", tour) }
    for kind in HistoryKind.allCases {
      let (lines, trouble) = histories.read(kind)
      state.recall(lines, of: kind)
      if let trouble { state.complain(trouble) }
    }
  }

  mutating func run() -> Int32 {
    for event in terminal.readAhead() where status == nil { handle(event) }
    while status == nil {
      if let problem = log.follow(state) { handle(.logFailed(problem)) }
      drawIfDue()
      wait()
      open()
      replayOn()
    }
    _ = log.follow(state)
    return status ?? 0
  }

  /// Does what is to be done of itself, unless a person was quicker.
  private mutating func open() {
    guard let invocation = opening, state.trajectory != nil, status == nil else { return }
    opening = nil
    if case .normal = state.mode { handle(.invocation(invocation)) }
  }

  /// Does what the log that is done again says next.
  private mutating func replayOn() {
    guard var script = replay, state.model != nil else { return }
    switch script.turn(state, isIdle: service.isIdle && exports.isIdle) {
    case .wait(let time): wakeAt = min(wakeAt ?? .infinity, time)
    case .rest: wakeAt = min(wakeAt ?? .infinity, state.now + ScreenReplay.patience)
    case .take(let event):
      handle(event)
      // The line after it has its turn without anything that happens.
      wakeAt = min(wakeAt ?? .infinity, state.now)
    case .done(let words, let isFailure):
      replay = nil
      if isFailure { state.complain(words) } else { state.say(words) }
      needsFrame = true
      return
    }
    replay = script
  }

  /// A key while a log is done again: blank goes on, any other stops it.
  /// - Returns: whether that was all it meant.
  private mutating func interrupts(_ event: ExplorerEvent) -> Bool {
    guard var script = replay, case .key(let key) = event else { return false }
    if key == .character(" ") {
      script.hurry()
      replay = script
      return true
    }
    state.say(script.interrupted)
    replay = nil
    return key != .control("c") && key != .character("q")
  }

  private static func clock() -> Double {
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private mutating func drawIfDue() {
    guard needsFrame else { return }
    let now = Self.clock()
    guard isUrgent || now >= lastFrame + Self.frameTime else { return }
    terminal.draw(render(state), theme: state.theme)
    lastFrame = now
    needsFrame = false
    isUrgent = false
  }

  private mutating func wait() {
    var descriptors = [
      pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0),
      pollfd(fd: signals, events: Int16(POLLIN), revents: 0),
      pollfd(fd: service.readyDescriptor, events: Int16(POLLIN), revents: 0),
      pollfd(fd: exports.descriptor, events: Int16(POLLIN), revents: 0),
    ]
    var until: Double? = wakeAt
    if needsFrame { until = min(until ?? .infinity, lastFrame + Self.frameTime) }
    let timeout = until.map { Int32(max(0, min(60_000, ($0 - Self.clock()) * 1000)).rounded(.up)) }
    let count = poll(&descriptors, nfds_t(descriptors.count), timeout ?? -1)
    if count < 0, errno != EINTR {
      status = 1
      return
    }
    handle(.tick(now: Self.clock()))
    if descriptors[1].revents != 0 { for signal in Signals.drain(signals) { take(signal) } }
    if descriptors[0].revents != 0 {
      let events = terminal.read()
      // The terminal is gone when it says so and there is nothing to read.
      if events.isEmpty, descriptors[0].revents & Int16(POLLHUP | POLLERR) != 0 { status = 129 }
      for event in events where status == nil {
        isUrgent = true
        needsFrame = true
        if !interrupts(event) { handle(event) }
      }
    }
    if descriptors[2].revents != 0 {
      for event in service.takeEvents() where status == nil { handle(.compute(event)) }
    }
    if descriptors[3].revents != 0, status == nil {
      for outcome in exports.takeOutcomes() {
        handle(.told(outcome.words, outcome.isFailure ? .failure : nil))
      }
    }
  }

  private mutating func take(_ signal: Int32) {
    isUrgent = true
    needsFrame = true
    switch signal {
    case SIGINT: handle(.interrupt)
    case SIGWINCH:
      handle(.resize(terminal.measure()))
    case SIGTSTP:
      perform(.suspend)
    case SIGCONT:
      terminal.resume()
      handle(.resize(terminal.measure()))
    default:
      handle(.terminate(128 + signal))
    }
  }

  private mutating func handle(_ event: ExplorerEvent) {
    if case .tick = event {
      let before = (state.cursor, state.isPlaying, state.message, state.whichKey.isOpen)
      wakeAt = nil
      for effect in update(&state, event) { perform(effect) }
      if before != (state.cursor, state.isPlaying, state.message, state.whichKey.isOpen) {
        needsFrame = true
      }
      return
    }
    needsFrame = true
    for effect in update(&state, event) { perform(effect) }
  }

  private mutating func perform(_ effect: Effect) {
    switch effect {
    case .submit(let request): service.submit(request)
    case .cancel: service.cancel()
    case .drop(let asked): service.drop(asked)
    case .wake(let time): wakeAt = min(wakeAt ?? .infinity, time)
    case .suspend:
      terminal.suspend()
      handle(.resize(terminal.measure()))
    case .remember(let kind, let line):
      if let trouble = histories.add(line, to: kind) { state.complain(trouble) }
    case .export(let job): exports.submit(job)
    case .copy(let copy):
      if let sequence = copy.sequence { terminal.send(sequence) }
      let between = ClipboardCopy.Between(TerminalEnvironment.variable)
      handle(.told(copy.outcome(between), copy.place(between)))
    case .redraw: terminal.forget()
    case .quit(let status): self.status = status
    }
  }
}
