/// Metrics of the exit gate that a model has learned itself.
extension Metric {
  public static let gateLogit = Metric(
    name: "exit_logit", title: "gate", unit: "before the sigmoid",
    explanation: "What the exit gate says, before the sigmoid: above 0 it would rather stop.",
    needs: .gate, compute: { $0.gate.map(Double.init) })

  public static let gateChance = Metric(
    name: "exit_lambda", title: "chance to stop here", unit: "probability",
    explanation: "The exit gate's chance to stop at this iteration, having come that far.",
    needs: .gate, startsAtZero: true,
    compute: { $0.gate == nil ? nil : $0.running.gate?.lambda.map(Double.init) })

  public static let chanceToHaveStopped = Metric(
    name: "exit_cdf", title: "chance to have stopped", unit: "probability",
    explanation: "The exit gate's chance to have stopped by this iteration.", needs: .gate,
    startsAtZero: true,
    compute: {
      $0.gate == nil ? nil : ($0.running.gate?.chanceToHaveStopped).map(Double.init)
    })
}
