import Trajectories

extension Axis {
  /// The axis that all states of a text are shown on, s₀ apart, which nothing has thought about.
  init(_ metric: Metric, of branch: Branch) {
    if let range = metric.range {
      self.init(log: range.lowerBound, to: range.upperBound)
      return
    }
    var values: [Double] = []
    for trajectory in branch.passages.map(\.trajectory) {
      for iteration in trajectory.steps.indices.dropFirst() {
        for token in trajectory.tokens.indices {
          if let value = metric.drawn(trajectory, iteration: iteration, token: token) {
            values.append(value)
          }
        }
      }
    }
    self.init(
      values, scale: metric.isLogarithmic ? .log : .linear, from: metric.startsAtZero, decades: 6)
  }
}
