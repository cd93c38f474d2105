/// The rule that a model has learned itself.
extension ExitRule {
  /// Ouro's gate (arXiv 2510.25741): the chance to have stopped by now. The published threshold is 1,
  /// which a run reaches only where a gate is sure to the last bit; the value says how near it is.
  package static let gate = ExitRule(
    name: "exit-gate", metric: .chanceToHaveStopped,
    explanation: "The model's own gate: the chance to have stopped by now reached this.",
    defaultThreshold: 1, exits: .atLeast, publishedScope: .last, ladder: .share)

  /// The rules that can say something of a model: the gate only where there is one.
  public static func rules(hasGate: Bool) -> [ExitRule] { hasGate ? all + [gate] : all }
}
