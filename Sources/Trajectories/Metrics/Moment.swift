/// One token after one iteration: everything that a metric may look at.
public struct Moment: Sendable {
  public let token: Int
  public let step: Step
  /// The iteration before; nil for s₀.
  public let before: Step?
  /// What the token's run adds up to.
  public let running: RunningToken
  /// ‖ln_f(s) − ln_f(s_last)‖; nil where it was not measured.
  public let distanceToLast: Float?
  /// KL(last ‖ now), nats; nil where it was not measured.
  public let arrival: Float?

  /// What is read out here; nil where nothing was read out, or was not yet.
  public var reading: Reading? { Self.reading(of: token, in: step) }
  /// What was read out one iteration earlier.
  public var readingBefore: Reading? { before.flatMap { Self.reading(of: token, in: $0) } }
  public var measure: StateMeasure { step.measures[token] }
  /// What the exit gate says, before the sigmoid; nil where there is none, and for s₀.
  public var gate: Float? { step.gates?[token] }
  /// Whether the likeliest next token changed from the iteration before; s₀ is no thought, so
  /// the first iteration has changed no mind.
  public var isFlip: Bool {
    step.iteration > 1
      && before.map { TokenHistory.isFlip(from: $0, to: step, token: token) } ?? false
  }

  private static func reading(of token: Int, in step: Step) -> Reading? {
    guard step.readings.indices.contains(token), !step.readings[token].isUnread else { return nil }
    return step.readings[token]
  }
}

extension Trajectory {
  /// One token after one iteration.
  /// - Precondition: both are there.
  public func moment(token: Int, iteration: Int) -> Moment {
    var distance: Float?
    if let distanceToLast, iteration < distanceToLast.count,
      token < distanceToLast[iteration].count
    {
      distance = distanceToLast[iteration][token]
    }
    return Moment(
      token: token, step: steps[iteration], before: iteration > 0 ? steps[iteration - 1] : nil,
      running: running(token: token, iteration: iteration), distanceToLast: distance,
      arrival: arrival?.divergence(token: token, iteration: iteration))
  }
}

/// The newest iteration of a run whose earlier ones nobody keeps.
public struct NewestMoments: Sendable {
  private var step: Step?
  private var before: Step?
  private var running: [RunningToken] = []  // [tokens]

  public init() {}

  /// Takes in the next iteration, s₀ first.
  public mutating func add(_ next: Step) {
    before = step
    step = next
    if running.isEmpty { running = next.measures.map { _ in RunningToken() } }
    guard let before else { return }
    for token in running.indices { running[token].add(next, after: before, token: token) }
  }

  /// Those of all tokens, in order; none before s₀.
  public var all: [Moment] {
    guard let step else { return [] }
    return running.indices.map {
      Moment(
        token: $0, step: step, before: before, running: running[$0], distanceToLast: nil,
        arrival: nil)
    }
  }
}
