/// Everything the screen that watches training knows.
struct WatchState: Sendable {
  enum Phase: Sendable, Equatable {
    case running
    /// Paused, or about to be after the step at hand.
    case paused(isStill: Bool)
    /// Ends after the step at hand.
    case stopping
    case ended(TrainingEnd)
  }

  let facts: TrainingFacts
  var capabilities: Capabilities
  var theme: Theme
  var size = Size(width: 80, height: 24)
  var phase = Phase.running
  var step: TrainingStep?
  var records: [TrainingRecord] = []
  var accuracy: TrainingAccuracy?
  /// Steps done when accuracy was measured.
  var accuracyStep = 0
  var paths: TrainingPaths?
  var savedStep: Int?
  var isHelpShown = false
  /// nil: by how far the losses lie apart.
  var lossScale: Axis.Scale?
  var message: String?
  /// The signal that asked to end.
  var signal: Int32?

  init(facts: TrainingFacts, capabilities: Capabilities, theme: Theme) {
    self.facts = facts
    self.capabilities = capabilities
    self.theme = theme
  }

  var glyphs: Glyphs { Glyphs(capabilities) }
  var limits: [String: Int] { records.last?.limits ?? [:] }
  var stepsDone: Int { max(step?.step ?? 0, records.last?.step ?? 0) }

  /// The scale the loss is drawn in: decades where it fell far.
  var shownLossScale: Axis.Scale {
    if let lossScale { return lossScale }
    let losses = records.map(\.loss).filter { $0.isFinite && $0 > 0 }
    guard let low = losses.min(), let high = losses.max() else { return .linear }
    return high > 10 * low ? .log : .linear
  }
}

/// Something that happened while training is watched.
enum WatchEvent: Sendable {
  case key(Key)
  case resize(Size)
  case training(TrainingEvent)
  /// The program is asked to end by a signal.
  case signal(Int32)
}

/// Something to do at the edge.
enum WatchEffect: Sendable, Equatable {
  case pause(Bool)
  case fit
  case stop
  case redraw
  case suspend
  /// The screen closes.
  case leave
}
