import CNcurses
import Glibc

/// The screen that watches a training run.
public enum TrainingApp {
  /// How the screen was left.
  public struct Ending: Sendable, Equatable {
    /// What training said last; nil when the screen was left before it could.
    public var end: TrainingEnd?
    /// The signal that asked to end.
    public var signal: Int32?
    /// Whether somebody did not want to wait for the step at hand.
    public var isForced = false
  }

  /// Says what is wrong with the terminal before anything has begun.
  public static func checkTerminal() throws(TerminalError) {
    _ = try Terminal.checkedType(name, alternative)
  }

  private static let name = "--watch"
  private static let alternative = "`muninn train` without it"

  /// Shows the run until it was left; asks training to end before that.
  /// - Parameter begin: called once the terminal is taken, to start training.
  /// - Throws: `TerminalError`, before anything has begun.
  public static func run(
    _ options: ExplorerOptions, facts: TrainingFacts, channel: TrainingChannel,
    begin: () -> Void
  ) throws(TerminalError) -> Ending {
    guard let signals = Signals.install() else {
      throw TerminalError(description: "no pipe for signals could be made")
    }
    defer { Signals.restore() }
    let terminal = try Terminal(options, name: name, alternative: alternative)
    // A run is saved before a terminal that does not read is left by force.
    Signals.hold()
    defer { Signals.release() }
    begin()
    var loop = WatchLoop(terminal: terminal, channel: channel, signals: signals, facts: facts)
    let ending = loop.run()
    terminal.close()
    return ending
  }
}

/// Waits for keys, signals and news of training; draws when something changed.
private struct WatchLoop {
  let terminal: Terminal
  let channel: TrainingChannel
  let signals: Int32
  var state: WatchState
  var isDone = false
  /// Nobody is there to look any more.
  var isGone = false
  var lastFrame = -1.0
  var needsFrame = true
  /// A frame that answers the user does not wait for its turn.
  var isUrgent = true

  /// Training takes all cores: news are shown a few times a second, keys at once.
  private static let frameTime = 0.1

  init(terminal: Terminal, channel: TrainingChannel, signals: Int32, facts: TrainingFacts) {
    self.terminal = terminal
    self.channel = channel
    self.signals = signals
    state = WatchState(
      facts: facts, capabilities: terminal.capabilities, theme: terminal.preferredTheme)
    state.size = terminal.measure()
  }

  mutating func run() -> TrainingApp.Ending {
    for case .key(let key) in terminal.readAhead() where !isDone {
      handle(.key(key), isUrgent: true)
    }
    while !isDone {
      drawIfDue()
      wait()
    }
    var end: TrainingEnd?
    if case .ended(let how) = state.phase { end = how }
    return TrainingApp.Ending(
      end: end, signal: state.signal, isForced: end == nil && !isGone)
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
      pollfd(fd: channel.readyDescriptor, events: Int16(POLLIN), revents: 0),
    ]
    let due = needsFrame ? lastFrame + Self.frameTime - Self.clock() : nil
    let timeout = due.map { Int32(max(0, $0 * 1000).rounded(.up)) } ?? -1
    let count = poll(&descriptors, nfds_t(descriptors.count), timeout)
    if count < 0, errno != EINTR { return end(by: SIGHUP) }
    if descriptors[1].revents != 0 { for signal in Signals.drain(signals) { take(signal) } }
    if descriptors[0].revents != 0 {
      let events = terminal.read()
      // The terminal is gone when it says so and there is nothing to read.
      if events.isEmpty, descriptors[0].revents & Int16(POLLHUP | POLLERR) != 0 {
        return end(by: SIGHUP)
      }
      for event in events {
        if case .key(let key) = event { handle(.key(key), isUrgent: true) }
        if case .terminate = event { handle(.signal(SIGQUIT), isUrgent: true) }
      }
    }
    if descriptors[2].revents != 0 {
      for event in channel.takeEvents() { handle(.training(event), isUrgent: false) }
    }
  }

  private mutating func end(by signal: Int32) {
    channel.stop()
    state.signal = signal
    (isDone, isGone) = (true, true)
  }

  private mutating func take(_ signal: Int32) {
    switch signal {
    case SIGWINCH: handle(.resize(terminal.measure()), isUrgent: true)
    case SIGTSTP: perform(.suspend)
    case SIGCONT:
      terminal.resume()
      handle(.resize(terminal.measure()), isUrgent: true)
    default: handle(.signal(signal), isUrgent: true)
    }
  }

  private mutating func handle(_ event: WatchEvent, isUrgent: Bool) {
    needsFrame = true
    self.isUrgent = self.isUrgent || isUrgent
    for effect in update(&state, event) { perform(effect) }
  }

  private mutating func perform(_ effect: WatchEffect) {
    switch effect {
    case .pause(let isPaused): channel.pause(isPaused)
    case .fit: channel.fit()
    case .stop: channel.stop()
    case .redraw: terminal.forget()
    case .suspend:
      terminal.suspend()
      handle(.resize(terminal.measure()), isUrgent: true)
    case .leave: isDone = true
    }
  }
}
