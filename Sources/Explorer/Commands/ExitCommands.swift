import Trajectories

/// Where each exit rule would have stopped a run, and with which thresholds.
let exitCommands: [Command] = [
  Command(
    name: "exits", title: "exit rules",
    doc:
      "Show where each exit rule would have stopped, and change what it is asked with; again, or esc, "
      + "goes back.",
    keys: [.character("x")], group: .exits, footerRank: 9, reason: Command.needsRun,
    perform: { state, _ in
      state.zoom = state.zoom == .exits ? nil : .exits
      return []
    }),
  Command(
    name: "rule-down", title: "rule", doc: "Exit rules: the next rule.",
    keys: [.character("j"), .down], group: .exits, only: .exits, isOnlyZoomed: true,
    panes: [.exits], reason: needsBench,
    parameters: [.steps("rules")],
    perform: { state, given in moveRule(given.number ?? 1, &state) }),
  Command(
    name: "rule-up", title: "rule", doc: "Exit rules: the rule before.",
    keys: [.character("k"), .up], group: .exits, only: .exits, isOnlyZoomed: true,
    reason: needsBench,
    parameters: [.steps("rules")],
    perform: { state, given in moveRule(-(given.number ?? 1), &state) }),
  Command(
    name: "rule-column", title: "column",
    doc: "Exit rules: what the arrows change: the threshold, the scope or the fewest steps.",
    keys: [.tab], group: .exits, only: .exits, isOnlyZoomed: true, panes: [.exits],
    reason: needsBench, perform: { state, _ in moveColumn(1, &state) }),
  Command(
    name: "rule-column-back", title: "column", doc: "Exit rules: the column before.",
    keys: [.backTab], group: .exits, only: .exits, isOnlyZoomed: true, reason: needsBench,
    perform: { state, _ in moveColumn(-1, &state) }),
  Command(
    name: "rule-raise", title: "more",
    doc:
      "Exit rules: a higher threshold, the next scope, or a step more that is not asked; a count takes "
      + "so many.",
    keys: [.character("l"), .right], group: .exits, only: .exits, isOnlyZoomed: true,
    panes: [.exits], reason: needsBench,
    parameters: [.steps("values")],
    perform: { state, given in change(by: given.number ?? 1, &state) }),
  Command(
    name: "rule-lower", title: "less",
    doc: "Exit rules: a lower threshold, the scope before, or a step less.",
    keys: [.character("h"), .left], group: .exits, only: .exits, isOnlyZoomed: true,
    panes: [.exits], reason: needsBench,
    parameters: [.steps("values")],
    perform: { state, given in change(by: -(given.number ?? 1), &state) }),
  Command(
    name: "rule-reset", title: "as published",
    doc: "Exit rules: the value as it was published, of the column the arrows change.",
    keys: [.character("0"), .backspace], group: .exits, only: .exits, isOnlyZoomed: true,
    panes: [.exits], reason: needsBench,
    perform: { state, _ in
      guard let rule = state.benchRule else { return [] }
      state.bench.reset(rule)
      state.say(words(rule, state))
      return []
    }),
  Command(
    name: "threshold", title: "threshold",
    doc:
      "What an exit rule is asked with: `threshold kl 1e-3`, `threshold kl auto` as published, "
      + "`threshold kl 1e-3 all 4` over all positions and not before four iterations are over.",
    keys: [], group: .exits, reason: Command.needsRun,
    parameters: [
      .line(
        "rule", "a rule, its number or auto, then last, mean or all, and the fewest iterations",
        check: checkThreshold, complete: completeThreshold)
    ],
    perform: { state, given in
      guard let text = given.argument else {
        CommandLine.open("threshold \(state.benchRule.map { $0.name + " " } ?? "")", &state)
        return []
      }
      guard let policy = try? policy(text, state) else { return [] }
      state.bench.set(policy)
      state.bench.selected = state.exits.rules.firstIndex { $0.name == policy.rule.name } ?? 0
      state.say(words(policy.rule, state))
      return []
    }),
]

private let checkThreshold: @Sendable (String, ExplorerState) -> ArgumentProblem? = {
  text, state in
  do throws(UnknownExitPolicy) {
    _ = try policy(text, state)
    return nil
  } catch {
    return ArgumentProblem("threshold \(error.description)")
  }
}

private let completeThreshold: @Sendable (String, ExplorerState) -> String? = { text, state in
  guard !text.contains(" ") else { return nil }
  let names = state.exits.rules.map(\.name).filter { $0.hasPrefix(text) }
  return names.count == 1 ? names[0] + " " : nil
}

private let needsBench: @Sendable (ExplorerState) -> String? = { state in
  Command.needsRun(state) ?? (state.zoom == .exits ? nil : "x shows the exit rules, to change them")
}

private func moveRule(_ step: Int, _ state: inout ExplorerState) -> [Effect] {
  let last = state.exits.rules.count - 1
  let here = min(state.bench.selected, last)
  let there = max(0, min(last, here + max(-1000, min(1000, step))))
  state.bench.selected = there
  if there == here { state.complain(step < 0 ? "the first rule" : "the last rule") }
  return []
}

private func moveColumn(_ step: Int, _ state: inout ExplorerState) -> [Effect] {
  let count = ExitBench.Column.allCases.count
  let next = (state.bench.column.rawValue + step + count) % count
  state.bench.column = ExitBench.Column(rawValue: next) ?? .threshold
  return []
}

private func change(by steps: Int, _ state: inout ExplorerState) -> [Effect] {
  guard let rule = state.benchRule else { return [] }
  let before = state.bench.policy(rule)
  state.bench.change(rule, by: steps)
  let after = state.bench.policy(rule)
  guard before.threshold == after.threshold, before.scope == after.scope,
    before.minimumIterations == after.minimumIterations
  else { return [] }
  state.complain("\(rule.name): there is no \(steps < 0 ? "lower" : "higher") one")
  return []
}

/// `kl < 0.001, last position`, and what the published value is where that is another.
private func words(_ rule: ExitRule, _ state: ExplorerState) -> String {
  let policy = state.bench.policy(rule)
  let sign = rule.exits == .below ? "<" : state.glyphs.atLeast
  var words = "\(rule.name) \(sign) \(Numbers.short(policy.threshold)), \(policy.scope.words)"
  if policy.minimumIterations > 0 {
    words += ", not before r \(policy.minimumIterations + 1)"
  }
  return words + (state.bench.isUsual(rule) ? " (\(rule.defaultWords))" : "")
}

/// Reads `RULE NUMBER [SCOPE] [FEWEST STEPS]`.
private func policy(
  _ text: String, _ state: ExplorerState
) throws(UnknownExitPolicy) -> ExitPolicy {
  let parts = text.split(separator: " ").map(String.init)
  guard (2...4).contains(parts.count) else {
    throw UnknownExitPolicy(description: "takes a rule and a number, such as kl 1e-3")
  }
  var policy = try ExitPolicy(parsing: "\(parts[0])=\(parts[1])", among: state.exits.rules)
  for part in parts.dropFirst(2) {
    if let scope = ExitRule.Scope(rawValue: part) {
      policy.scope = scope
    } else if let count = Int(part), (0...Playback.maximumIterations).contains(count) {
      policy.minimumIterations = count
    } else {
      throw UnknownExitPolicy(
        description: "takes last, mean, all or a count of iterations after the number, "
          + "not \"\(part)\"")
    }
  }
  return policy
}

extension ExitRule {
  /// What its default is, in a word or two.
  var defaultWords: String { source == nil ? "as published" : "default" }
}

extension ExitRule.Scope {
  /// Which positions it looks at, for people.
  var words: String {
    switch self {
    case .last: "last position"
    case .mean: "mean of all positions"
    case .all: "every position"
    }
  }
}
