import Engine
import LatentModels

/// Every act of a session since it began, from which it can be done again.
struct Journal: Sendable {
  /// How the screen was when the session began.
  var beginning: LogHeader?
  private(set) var lines: [LogLine] = []
  /// Answers of the compute side since the last line.
  var answers = 0

  /// Keeps what is about to be done.
  mutating func add(_ invocation: Invocation, at moment: LogMoment?) {
    if let moment { lines.append(.when(moment)) }
    lines.append(.invocation(invocation))
    answers = 0
  }

  mutating func add(_ size: Size) { lines.append(.size(size)) }
}

extension ExplorerState {
  /// Something was asked of the compute side and has not come, beside iterations of the run in view.
  var awaitsAnswers: Bool {
    loading != nil || isBusy || isFitting || isMeasuring || together?.stepping.isEmpty == false
      || comparing.isMeasuring || comparing.isFitting || inside.isAsking || motion.isAsking
      || watching.isAsking || causing.isAsking || fanning.isAsking || familyLook.isAsking
      || exporting.asked != nil
  }

  /// Keeps an act, and when it came.
  mutating func log(_ invocation: Invocation) {
    journal.add(invocation, at: LogMoment(self))
  }

  /// The session so far, as a log.
  var sessionLog: SessionLog {
    SessionLog(
      header: journal.beginning ?? LogHeader(self), lines: journal.lines, numbers: [])
  }
}

extension ComputeEvent {
  /// Whether a request is done with it; news on the way may come in any number.
  var isAnswer: Bool {
    switch self {
    case .loading, .expected, .beginning, .progress, .reached, .glimpsed, .memoryIsFull: false
    // It gives way to whatever else is done, so that it may come once, twice or later.
    case .startRead: false
    default: true
    }
  }
}
