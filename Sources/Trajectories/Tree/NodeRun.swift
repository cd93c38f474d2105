/// What was computed of a node.
public struct NodeRun: Sendable {
  public private(set) var trajectory: Trajectory
  /// What each exit rule says of it.
  public private(set) var exits: ExitWatch
  /// What every metric spans in it.
  public private(set) var spans = MetricSpans()
  /// The text of its tokens that has the most characters.
  public let longestText: String

  public init(_ trajectory: Trajectory, rules: [ExitRule]) {
    self.trajectory = trajectory
    exits = ExitWatch(rules: rules)
    exits.observe(trajectory)
    spans.observe(trajectory)
    longestText = trajectory.tokens.map(\.text).max { $0.count < $1.count } ?? ""
  }

  /// Takes in what a change adds to the trajectory.
  mutating func extend(_ change: (inout Trajectory) -> Void) {
    change(&trajectory)
    exits.observe(trajectory)
    spans.observe(trajectory)
  }

  /// What is read out of the last position at the last iteration: the answer. nil where nothing was
  /// read out.
  public var answer: Reading? { trajectory.steps[trajectory.lastIteration].readings.last }

  /// Since which iteration the answer is what it is at the last; nil before the first iteration, and
  /// where there is none.
  ///
  /// What is read out of s₀ is nobody's answer: an answer stands from 1 on at the earliest.
  public var standsSince: Int? {
    let last = trajectory.lastIteration
    guard last >= 1 else { return nil }
    return trajectory.running(token: trajectory.tokens.count - 1, iteration: last).repeats
      .map { last - $0 }
  }
}
