import Trajectories

/// What the heat map colours its cells by. To add one, add a row to `all`.
struct HeatMetric: Sendable {
  let name: String
  let unit: String
  /// One line for the help.
  let explanation: String
  let scale: Axis.Scale
  /// True: the axis starts at zero.
  let startsAtZero: Bool
  /// True: shown from distances to the last state, which are measured when they are looked at.
  var needsDistances = false
  let value: @Sendable (Trajectory, _ iteration: Int, _ token: Int) -> Double?

  static let all: [HeatMetric] = [
    HeatMetric(
      name: "entropy", unit: "nats",
      explanation: "How undecided the next token is: 0 is certain.",
      scale: .linear, startsAtZero: true,
      value: { $0.steps[$1].readings[$2].entropy.map(Double.init) }),
    HeatMetric(
      name: "relative residual", unit: "log",
      explanation: "How far the state moved in this iteration, against its length.",
      scale: .log, startsAtZero: false,
      value: { $0.steps[$1].measures[$2].relativeResidual.map(Double.init) }),
    HeatMetric(
      name: "distance to final", unit: "normed state",
      explanation: "How far the normed state still is from the last one computed.",
      scale: .linear, startsAtZero: true, needsDistances: true,
      value: { trajectory, iteration, token in
        guard let distances = trajectory.distanceToLast, iteration < distances.count,
          token < distances[iteration].count
        else { return nil }
        return Double(distances[iteration][token])
      }),
    HeatMetric(
      name: "top-1 flips", unit: "1 = changed",
      explanation: "Where the likeliest next token changed from the iteration before.",
      scale: .linear, startsAtZero: true,
      value: { $1 < 2 ? nil : $0.isFlip(token: $2, iteration: $1) ? 1 : 0 }),
    HeatMetric(
      name: "norm", unit: "raw state",
      explanation: "Length of the raw latent state.",
      scale: .linear, startsAtZero: false,
      value: { $0.steps[$1].measures[$2].norm.map(Double.init) }),
  ]

  /// The axis all states of a text are shown on.
  func axis(_ branch: Branch) -> Axis {
    var values: [Double] = []
    for trajectory in branch.passages.map(\.trajectory) {
      for step in trajectory.steps {
        for token in trajectory.tokens.indices {
          if let value = value(trajectory, step.iteration, token) { values.append(value) }
        }
      }
    }
    return Axis(values, scale: scale, from: startsAtZero, decades: 6)
  }
}
