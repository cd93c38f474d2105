/// Watches a run and keeps what each rule says of it, looking only at the newest iteration each time:
/// where a rule would have stopped the run can then be told for any threshold without looking at the
/// run again.
public struct ExitWatch: Sendable {
  /// What one rule says, iteration by iteration from 1; nil where it is undefined.
  private struct Track: Sendable {
    var last: [Float?] = []
    var mean: [Float?] = []
    var all: [Float?] = []

    subscript(scope: ExitRule.Scope) -> [Float?] {
      switch scope {
      case .last: last
      case .mean: mean
      case .all: all
      }
    }
  }

  /// The rules that can say something of the run.
  public let rules: [ExitRule]
  private var tracks: [Track]  // [rules]
  private var seen = 0

  public init(rules: [ExitRule] = ExitRule.all) {
    self.rules = rules
    tracks = rules.map { _ in Track() }
  }

  /// Takes in the iterations that are new since the last call.
  public mutating func observe(_ trajectory: Trajectory) {
    let last = trajectory.tokens.count - 1
    while seen < trajectory.lastIteration {
      seen += 1
      for (index, rule) in rules.enumerated() {
        let whole = rule.whole(of: trajectory, seen, last)
        tracks[index].last.append(rule.value(of: trajectory, iteration: seen, scope: .last))
        tracks[index].mean.append(whole?.mean)
        tracks[index].all.append(whole?.slowest)
      }
    }
  }

  /// What a rule says after each iteration, from 1; nil where it is undefined, nothing for a rule that
  /// does not watch.
  public func values(_ rule: ExitRule, _ scope: ExitRule.Scope) -> [Float?] {
    rules.firstIndex { $0.name == rule.name }.map { tracks[$0][scope] } ?? []
  }

  /// The first iteration at which a policy would have stopped the run, asked after every iteration; nil
  /// if it never would.
  public func stop(_ policy: ExitPolicy) -> Int? {
    var passed = 0
    for (index, value) in values(policy.rule, policy.scope).enumerated()
    where index >= policy.minimumIterations {
      passed = policy.rule.fires(value, threshold: policy.threshold) ? passed + 1 : 0
      if passed == policy.rule.hits { return index + 1 }
    }
    return nil
  }
}
