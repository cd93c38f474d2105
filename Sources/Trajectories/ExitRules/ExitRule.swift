/// A rule that says when a model has thought long enough: a metric, and a threshold it must pass.
///
/// The six rules are those of Huginn's published code (seal-rg/recurrent-pretraining,
/// `generate_with_adaptive_compute`). To add one: a file with its row, and the row in `all`.
public struct ExitRule: Sendable {
  /// How the published code calls it.
  public let name: String
  /// What it looks at.
  public let metric: Metric
  /// One line for a person.
  public let explanation: String
  /// The threshold the published code takes when told `auto`.
  public let defaultThreshold: Float
  /// Whether small values end the run, or large ones.
  public let exits: Direction
  /// Which positions the published code looks at.
  public let publishedScope: Scope

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
    var total: Float = 0
    var worst: Float = exits == .below ? -.infinity : .infinity
    for token in 0...last {
      guard let value = defined(trajectory, token, iteration) else { return nil }
      total += value
      worst = exits == .below ? max(worst, value) : min(worst, value)
    }
    return scope == .mean ? total / Float(last + 1) : worst
  }

  /// The value of one token at one iteration (from 1); nil where it is undefined, which never exits,
  /// and of states and predictions that are not finite.
  private func defined(_ trajectory: Trajectory, _ token: Int, _ iteration: Int) -> Float? {
    guard !trajectory.isDiverged(token: token, iteration: iteration) else { return nil }
    // A metric of single numbers loses nothing on the way through double precision: one sum or
    // difference of two, rounded twice, is what it is rounded once.
    return metric.value(trajectory, iteration: iteration, token: token).map { Float($0) }
  }

  /// Whether a value ends the run; what is not finite never does.
  public func fires(_ value: Float?, threshold: Float) -> Bool {
    guard let value, value.isFinite else { return false }
    return exits == .below ? value < threshold : value >= threshold
  }

  /// The first iteration at which the rule would have stopped this run; nil if it never would.
  /// - Parameters:
  ///   - threshold: nil for the published one.
  ///   - scope: nil for the published one.
  ///   - minimumIterations: iterations that are not checked.
  ///   - last: the position whose next token is asked for; nil for the trajectory's last.
  public func firstExit(
    _ trajectory: Trajectory, threshold: Float? = nil, scope: Scope? = nil,
    minimumIterations: Int = 0, through last: Int? = nil
  ) -> Int? {
    let first = minimumIterations + 1
    guard first <= trajectory.lastIteration else { return nil }
    return (first...trajectory.lastIteration).first { iteration in
      let value = value(
        of: trajectory, iteration: iteration, scope: scope ?? publishedScope, through: last)
      return fires(value, threshold: threshold ?? defaultThreshold)
    }
  }
}
