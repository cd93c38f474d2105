/// A rule that says when a model has thought long enough: a metric, and a threshold it must pass.
///
/// Six rules are those of Huginn's published code (seal-rg/recurrent-pretraining,
/// `generate_with_adaptive_compute`), the seventh that of two-scale dynamics (arXiv 2509.23314). To
/// add one: a file with its row, and the row in `all`.
public struct ExitRule: Sendable {
  /// What it is called where it is typed: as the published code calls it, if there is any.
  public let name: String
  /// What it looks at.
  public let metric: Metric
  /// One line for a person.
  public let explanation: String
  /// What `auto` stands for: the threshold of the published code, or where there is none, the one that
  /// `source` tells of.
  public let defaultThreshold: Float
  /// Whether small values end the run, or large ones.
  public let exits: Direction
  /// Which positions the published code looks at, or the last, where it leaves that open.
  public let publishedScope: Scope
  /// How many checks in a row must pass: one, or two.
  public var hits = 1
  /// By which steps a person changes its threshold.
  public var ladder = ThresholdLadder.ratio
  /// Where the default threshold comes from; nil where it is published.
  public var source: String?

  /// Whether it looks at the prediction, which takes a readout at every check, or at the state alone.
  public var readsPrediction: Bool { metric.needs == .readout }

  public enum Direction: Sendable { case below, atLeast }

  /// Which positions must agree that it is time.
  public enum Scope: String, Sendable, CaseIterable {
    /// The position whose next token is asked for.
    case last
    /// The mean over all positions.
    case mean
    /// Every position: the slowest decides.
    case all
  }

  public static let all: [ExitRule] = [
    .entropyDifference, .latentDifference, .cosine, .kl, .filteredKL, .argmaxStability,
    .acceleration,
  ]

  /// The rule of a name; nil if there is none.
  public static func named(_ name: String) -> ExitRule? { all.first { $0.name == name } }

  /// The rule's value at an iteration (from 1) under a scope; nil where it is undefined.
  /// - Parameter last: the position whose next token is asked for, the last one it may look at; nil
  ///   for the trajectory's last.
  public func value(
    of trajectory: Trajectory, iteration: Int, scope: Scope, through last: Int? = nil
  ) -> Float? {
    precondition(iteration >= 1 && iteration <= trajectory.lastIteration)
    let last = last ?? trajectory.tokens.count - 1
    if scope == .last { return defined(trajectory, last, iteration) }
    let whole = whole(of: trajectory, iteration, last)
    return scope == .mean ? whole?.mean : whole?.slowest
  }

  /// The same of what all tokens of a run are at one iteration (from 1), for those who keep no run.
  /// - Parameter changesLastAlone: whether iterations change the last token alone.
  public func value(of moments: [Moment], scope: Scope, changesLastAlone: Bool = false) -> Float? {
    let last = moments.count - 1
    guard last >= 0 else { return nil }
    func defined(_ token: Int) -> Float? {
      let moment = moments[token]
      guard !moment.step.isDiverged(token: moment.token) else { return nil }
      return metric.value(moment).map { Float($0) }
    }
    if scope == .last { return defined(last) }
    let whole = whole(changesLastAlone ? last...last : 0...last, defined)
    return scope == .mean ? whole?.mean : whole?.slowest
  }

  /// The mean over the positions up to one, and that of the slowest of them; nil where one has none. What
  /// never changes has no say: of thoughts the last position alone counts.
  func whole(
    of trajectory: Trajectory, _ iteration: Int, _ last: Int
  ) -> (mean: Float, slowest: Float)? {
    whole(trajectory.changesLastAlone ? last...last : 0...last) {
      defined(trajectory, $0, iteration)
    }
  }

  private func whole(
    _ tokens: ClosedRange<Int>, _ defined: (Int) -> Float?
  ) -> (mean: Float, slowest: Float)? {
    var total: Float = 0
    var worst: Float = exits == .below ? -.infinity : .infinity
    for token in tokens {
      guard let value = defined(token) else { return nil }
      total += value
      worst = exits == .below ? max(worst, value) : min(worst, value)
    }
    return (total / Float(tokens.count), worst)
  }

  /// The value of one token at one iteration (from 1); nil where it is undefined, which never exits,
  /// and of states and predictions that are not finite.
  private func defined(_ trajectory: Trajectory, _ token: Int, _ iteration: Int) -> Float? {
    guard !trajectory.isDiverged(token: token, iteration: iteration) else { return nil }
    // A metric of single numbers loses nothing on the way through double precision: one sum or
    // difference of two, rounded twice, is what it is rounded once.
    return metric.value(trajectory, iteration: iteration, token: token).map { Float($0) }
  }

  /// Whether a value passes the threshold; what is not finite never does.
  public func fires(_ value: Float?, threshold: Float) -> Bool {
    guard let value, value.isFinite else { return false }
    return exits == .below ? value < threshold : value >= threshold
  }

  /// Whether it ends a run after an iteration (from 1): as many checks in a row have passed as it takes.
  /// - Parameters:
  ///   - threshold: nil for the default.
  ///   - scope: nil for the published one.
  ///   - last: the position whose next token is asked for; nil for the trajectory's last.
  public func ends(
    _ trajectory: Trajectory, at iteration: Int, threshold: Float? = nil, scope: Scope? = nil,
    through last: Int? = nil
  ) -> Bool {
    guard iteration >= hits else { return false }
    return (iteration - hits + 1...iteration).allSatisfy { iteration in
      let value = value(
        of: trajectory, iteration: iteration, scope: scope ?? publishedScope, through: last)
      return fires(value, threshold: threshold ?? defaultThreshold)
    }
  }

  /// The first iteration at which the rule would have stopped this run; nil if it never would.
  /// - Parameters:
  ///   - threshold: nil for the default.
  ///   - scope: nil for the published one.
  ///   - minimumIterations: iterations that are not checked.
  ///   - last: the position whose next token is asked for; nil for the trajectory's last.
  public func firstExit(
    _ trajectory: Trajectory, threshold: Float? = nil, scope: Scope? = nil,
    minimumIterations: Int = 0, through last: Int? = nil
  ) -> Int? {
    let first = minimumIterations + hits
    guard first <= trajectory.lastIteration else { return nil }
    return (first...trajectory.lastIteration).first {
      ends(trajectory, at: $0, threshold: threshold, scope: scope, through: last)
    }
  }
}
