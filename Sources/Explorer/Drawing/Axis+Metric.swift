import Trajectories

extension Axis {
  /// The axis that all states of a text are shown on, s₀ apart, which nothing has thought about.
  init(_ metric: Metric, of branch: Branch) {
    if let range = metric.range {
      self.init(log: range.lowerBound, to: range.upperBound)
      return
    }
    var span = ValueSpan()
    for passage in branch.passages { passage.run.spans[metric].map { span.add($0) } }
    self.init(
      span, scale: metric.isLogarithmic ? .log : .linear, from: metric.startsAtZero, decades: 6)
  }
}
