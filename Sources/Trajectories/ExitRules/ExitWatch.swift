/// Watches a run and remembers where each rule would have stopped it, looking only at the newest
/// iteration each time.
public struct ExitWatch: Sendable {
  /// One rule under one scope.
  public struct Row: Sendable {
    public let rule: ExitRule
    public let scope: ExitRule.Scope
    public let threshold: Float
    /// The first iteration at which it fired; nil so far.
    public fileprivate(set) var stop: Int?
    /// Its value at the newest iteration; nil where undefined.
    public fileprivate(set) var value: Float?
  }

  /// Two a rule: its published scope, then all positions.
  public private(set) var rows: [Row]
  private var seen = 0

  /// Watches every rule at its published threshold, in the published scope and over all positions.
  /// - Parameter rules: the rules that can say something of the run.
  public init(rules: [ExitRule] = ExitRule.all) {
    rows = rules.flatMap { rule in
      [rule.publishedScope, .all].map { scope in
        Row(rule: rule, scope: scope, threshold: rule.defaultThreshold)
      }
    }
  }

  /// Takes in the iterations that are new since the last call.
  public mutating func observe(_ trajectory: Trajectory) {
    while seen < trajectory.lastIteration {
      seen += 1
      for index in rows.indices {
        let row = rows[index]
        let value = row.rule.value(of: trajectory, iteration: seen, scope: row.scope)
        rows[index].value = value
        if row.stop == nil, row.rule.fires(value, threshold: row.threshold) {
          rows[index].stop = seen
        }
      }
    }
  }
}
