import Engine
import Trajectories

/// Does a log again without a screen. Requests are served one at a time and time goes on only when nothing
/// else does, so that the same log leads to the same state on every machine.
struct Replay {
  private(set) var state: ExplorerState
  private let service: any ComputeService
  /// Asked, and not yet served.
  private var requests: [ComputeRequest] = []
  /// Served, and not yet told.
  private var events: [ComputeEvent] = []
  private var wakeAt: Double?
  private(set) var status: Int32?
  /// Who looks on; nil for nobody.
  var camera: Camera?

  init(_ log: SessionLog, service: any ComputeService, gallery: [GalleryEntry]) {
    state = log.makeState()
    state.gallery = gallery
    self.service = service
  }

  init(_ state: ExplorerState, service: any ComputeService) {
    self.state = state
    self.service = service
  }

  /// Opens the model, then goes through the log to its end.
  /// - Throws: `LogProblem`, where something is otherwise than the log says.
  mutating func run(_ log: SessionLog) throws(LogProblem) {
    open()
    for (index, line) in log.lines.enumerated() where status == nil {
      do throws(LogLineProblem) {
        try take(line)
      } catch {
        throw LogProblem(
          line: log.numbers.indices.contains(index) ? log.numbers[index] : index + 1,
          text: line.description, words: error.words)
      }
    }
    _ = rest()
  }

  /// Waits until the model is open, or cannot be opened.
  mutating func open() {
    service.settle()
    events += service.takeEvents()
  }

  private mutating func take(_ line: LogLine) throws(LogLineProblem) {
    switch line {
    case .comment: break
    case .pause(let seconds):
      _ = rest()
      camera?.rest(seconds)
    case .wait: _ = rest()
    case .tell(let words):
      _ = rest()
      feed(.told(words, .hint))
    case .when(let moment):
      guard rest(until: moment.isNow) else {
        throw LogLineProblem(
          "this never comes: all is at rest at \(state.cursor) of \(state.edge), after "
            + "\(state.journal.answers) answers")
      }
      isHeld = true
    case .size(let size): feed(.resize(size))
    case .expect(let expectation):
      _ = rest()
      if let failure = expectation.failure(state) { throw LogLineProblem(failure) }
    case .invocation(let invocation):
      if !isHeld { _ = rest() }
      isHeld = false
      if state.model == nil, let failure = state.failure { throw LogLineProblem(failure) }
      feed(.invocation(invocation))
      camera?.rest(ScreenReplay.pace)
    }
  }

  /// The next line comes now, whatever is on its way.
  private var isHeld = false

  /// Lets everything go on until nothing does any more, or until something is so.
  /// - Returns: whether it is so.
  @discardableResult mutating func rest(until isSo: ((ExplorerState) -> Bool)? = nil) -> Bool {
    // What begins anew at its end rests there, unless something is waited for that may come in a round.
    var rounds = isSo == nil ? 0 : 1
    while status == nil {
      if isSo?(state) == true { return true }
      if !events.isEmpty {
        feed(.compute(untimed(events.removeFirst())))
      } else if !requests.isEmpty {
        service.submit(requests.removeFirst())
        service.settle()
        events += service.takeEvents()
      } else if let time = wakeAt {
        if state.isAtEndOfLoop, state.touring?.isGoing != true {
          if rounds == 0 { return false }
          rounds -= 1
        }
        wakeAt = nil
        feed(.tick(now: max(time, state.now)))
      } else {
        return false
      }
    }
    return isSo?(state) == true
  }

  mutating func feed(_ event: ExplorerEvent) {
    perform(update(&state, event))
    camera?.look(at: state)
  }

  private mutating func perform(_ effects: [Effect]) {
    for effect in effects {
      switch effect {
      case .submit(let request): requests.append(request)
      case .cancel:
        for request in requests {
          if case .watch = request { continue }
          events.append(.cancelled(request.asked))
        }
        requests.removeAll { if case .watch = $0 { false } else { true } }
      case .drop(let asked): requests.removeAll { $0.asked == asked }
      case .wake(let time): wakeAt = min(wakeAt ?? .infinity, time)
      case .suspend, .redraw, .remember, .export, .copy: break
      case .quit(let status): self.status = status
      }
    }
  }

  /// What was measured by the clock is no part of what is replayed.
  private func untimed(_ event: ComputeEvent) -> ComputeEvent {
    switch event {
    case .stepped(let node, let step, let distances, let places):
      .stepped(node, untimed(step), distanceToLast: distances, places: places)
    case .steppedTogether(let steps):
      .steppedTogether(steps.map { NodeStep($0.node, untimed($0.step)) })
    default: event
    }
  }

  private func untimed(_ step: Step) -> Step {
    Step(
      iteration: step.iteration, measures: step.measures, readings: step.readings,
      duration: .zero, gates: step.gates, second: step.second, lengths: step.lengths)
  }
}

/// Replaying a log without a terminal.
public enum HeadlessReplay {
  /// Goes through a log to its end.
  /// - Returns: the last screen as text.
  /// - Throws: `LogProblem`, where something is otherwise than the log says.
  public static func lastScreen(
    of log: SessionLog, service: any ComputeService, gallery: [GalleryEntry]
  ) throws(LogProblem) -> String {
    var replay = Replay(log, service: service, gallery: gallery)
    try replay.run(log)
    if replay.state.model == nil, let failure = replay.state.failure {
      throw LogProblem(line: 1, text: "", words: failure)
    }
    return render(replay.state).text
  }
}
