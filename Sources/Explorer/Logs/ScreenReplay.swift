/// A log that is done again on the screen, one line after another as soon as all is at rest.
struct ScreenReplay {
  /// What is to be done about the line whose turn it is.
  enum Turn {
    /// Nothing before this time.
    case wait(until: Double)
    /// Nothing before something else happens.
    case rest
    case take(ExplorerEvent)
    case done(String, isFailure: Bool)
  }

  /// Seconds between acts, so that each is seen.
  static let pace = 0.4
  /// How often one looks whether all is at rest.
  static let patience = 0.02

  private let log: SessionLog
  private var next = 0
  private var due = 0.0
  private var isHeld = false

  init(_ log: SessionLog) { self.log = log }

  /// The number of the line whose turn it is.
  private var number: Int { log.numbers.indices.contains(next) ? log.numbers[next] : next + 1 }

  /// Shortens a pause.
  mutating func hurry() { due = 0 }

  /// What comes next.
  /// - Parameter isIdle: whether the compute side has nothing to do and nothing to tell.
  mutating func turn(_ state: ExplorerState, isIdle: Bool) -> Turn {
    let isAtRest = isIdle && state.isAtRest && state.touring?.isGoing != true
    while log.lines.indices.contains(next) {
      if state.now < due { return .wait(until: due) }
      let line = log.lines[next]
      switch line {
      case .comment(let text):
        next += 1
        let words = text.drop { $0 == "#" || $0 == " " }
        guard !words.isEmpty else { continue }
        // As long as it takes to be read.
        due = state.now + max(1.5, 0.06 * Double(words.count))
        return .take(.narrated(String(words)))
      case .when(let moment):
        if moment.isNow(state) {
          next += 1
          isHeld = true
        } else if isAtRest {
          return stop("this never came: \(line)")
        } else {
          return .rest
        }
      case .invocation(let invocation):
        guard isHeld || isAtRest else { return .wait(until: state.now + Self.patience) }
        isHeld = false
        next += 1
        due = state.now + Self.pace
        // One stays, to look around.
        if invocation.command == "quit" { continue }
        return .take(.invocation(invocation))
      case .size:
        // The terminal has the size it has.
        next += 1
      case .tell(let words):
        guard isAtRest else { return .wait(until: state.now + Self.patience) }
        next += 1
        return .take(.told(words, .hint))
      case .wait:
        guard isAtRest else { return .wait(until: state.now + Self.patience) }
        next += 1
        // Until somebody hurries it.
        due = .infinity
      case .pause(let seconds):
        guard isAtRest else { return .wait(until: state.now + Self.patience) }
        next += 1
        due = state.now + seconds
      case .expect(let expectation):
        guard isAtRest else { return .wait(until: state.now + Self.patience) }
        // What is on the screen depends on its size, which may be another here.
        if let failure = expectation.failure(state), state.size == log.header.size {
          return stop(failure)
        }
        next += 1
      }
    }
    guard isAtRest else { return .wait(until: state.now + Self.patience) }
    return .done("the log ends here; the session is yours", isFailure: false)
  }

  private mutating func stop(_ words: String) -> Turn {
    .done("line \(number): \(words)", isFailure: true)
  }

  /// What is said when a key stops it.
  var interrupted: String { "stopped before line \(number) of the log; the session is yours" }
}
