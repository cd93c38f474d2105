import Trajectories

/// What the exit rules are asked with, as far as a person has changed that.
struct ExitBench: Sendable {
  /// What can be changed of a rule.
  enum Column: Int, Sendable, CaseIterable {
    case threshold
    case scope
    case minimum

    var title: String {
      switch self {
      case .threshold: "threshold"
      case .scope: "scope"
      case .minimum: "min steps"
      }
    }
  }

  private var changed: [String: ExitPolicy] = [:]
  /// The rule that is chosen, by its place among those that watch.
  var selected = 0
  /// What of it the arrows change.
  var column = Column.threshold

  /// What a rule is asked with.
  func policy(_ rule: ExitRule) -> ExitPolicy { changed[rule.name] ?? ExitPolicy(rule) }

  /// Whether a rule is asked as it is by default.
  func isUsual(_ rule: ExitRule, _ column: Column) -> Bool {
    let (now, usual) = (policy(rule), ExitPolicy(rule))
    return switch column {
    case .threshold: now.threshold == usual.threshold
    case .scope: now.scope == usual.scope
    case .minimum: now.minimumIterations == usual.minimumIterations
    }
  }

  func isUsual(_ rule: ExitRule) -> Bool { Column.allCases.allSatisfy { isUsual(rule, $0) } }

  mutating func set(_ policy: ExitPolicy) { changed[policy.rule.name] = policy }

  /// Changes what the arrows change of a rule by so many steps; at the end of what there is it stays.
  mutating func change(_ rule: ExitRule, by steps: Int) {
    var policy = policy(rule)
    let steps = max(-1000, min(1000, steps))
    switch column {
    case .threshold: policy.threshold = rule.ladder.step(policy.threshold, by: steps)
    case .scope:
      let all = ExitRule.Scope.allCases
      let here = all.firstIndex(of: policy.scope) ?? 0
      policy.scope = all[((here + steps) % all.count + all.count) % all.count]
    case .minimum:
      policy.minimumIterations = max(
        0, min(Playback.maximumIterations, policy.minimumIterations + steps))
    }
    set(policy)
  }

  /// As it is by default again.
  mutating func reset(_ rule: ExitRule) {
    var policy = policy(rule)
    let usual = ExitPolicy(rule)
    switch column {
    case .threshold: policy.threshold = usual.threshold
    case .scope: policy.scope = usual.scope
    case .minimum: policy.minimumIterations = usual.minimumIterations
    }
    set(policy)
  }
}

/// Where a rule would have stopped the run, and what the answer was there.
struct ExitOutcome: Sendable {
  let policy: ExitPolicy
  /// The iteration; nil where it never fired so far.
  let stop: Int?
  /// The answer there.
  let answer: Candidate?
  /// Whether that is the one at the live edge; nil where either is none.
  let isSame: Bool?
  /// Whether it is right; nil where that cannot be known.
  let isRight: Bool?
  /// By how many iterations that is after the answer came to stand; negative before.
  let late: Int?
  /// What the rule looks at, at the live edge; nil where it is undefined.
  let now: Float?
}

extension ExplorerState {
  /// The rule chosen in the workbench; nil where none watches.
  var benchRule: ExitRule? {
    let rules = exits.rules
    return rules.isEmpty ? nil : rules[min(bench.selected, rules.count - 1)]
  }

  /// Of every rule, asked as the workbench says, about the answer of the passage in view. Made of what
  /// the rules said of each iteration, which is kept: it costs no look at the run.
  var exitOutcomes: [ExitOutcome] {
    guard let passage, let trajectory, trajectory.lastIteration > 0 else { return [] }
    let token = trajectory.tokens.count - 1
    let now = trajectory.steps[trajectory.lastIteration].readings[token].argmax
    let since = passage.run.standsSince
    return exits.rules.map { rule in
      let policy = bench.policy(rule)
      let stop = exits.stop(policy)
      let answer = stop.flatMap { trajectory.steps[$0].readings[token].best }
      return ExitOutcome(
        policy: policy, stop: stop, answer: answer,
        isSame: answer.flatMap { answer in now.map { $0 == answer.id } },
        isRight: stop.flatMap {
          judgement(token: passage.firstToken + token, iteration: $0)?.isRight
        },
        late: stop.flatMap { stop in since.map { stop - $0 } },
        now: exits.values(rule, policy.scope).last ?? nil)
    }
  }
}
