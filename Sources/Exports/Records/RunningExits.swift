import Checkpoints
import Trajectories

/// What exit rules say of a run after each of its iterations, with their published thresholds and scopes.
struct RunningExits {
  private var rules: [ExitRule] = []
  /// Checks in a row that each has passed.
  private var passed: [Int] = []  // [rules]

  /// Takes in the next iteration, s₀ first.
  /// - Returns: for every rule its value, what it is taken over, and whether it would end the run here;
  ///   nil for s₀, which no rule looks at.
  mutating func add(_ moments: [Moment], changesLastAlone: Bool) -> JSONLine? {
    guard let step = moments.first?.step, step.iteration > 0 else { return nil }
    if rules.isEmpty {
      rules = ExitRule.rules(hasGate: step.gates != nil)
      passed = rules.map { _ in 0 }
    }
    var line = JSONLine()
    for (index, rule) in rules.enumerated() {
      let scope = rule.publishedScope
      let value = rule.value(of: moments, scope: scope, changesLastAlone: changesLastAlone)
      passed[index] = rule.fires(value, threshold: rule.defaultThreshold) ? passed[index] + 1 : 0
      var entry = JSONLine()
      entry.add("value", value)
      entry.add("scope", scope.rawValue)
      entry.add("ends", raw: passed[index] >= rule.hits ? "true" : "false")
      line.add(rule.name, raw: entry.line)
    }
    return line
  }
}
