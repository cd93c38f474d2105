/// What every metric spans over all tokens and iterations of a run, s₀ apart, kept as iterations come: a
/// picture of the run needs it for its scale, and has no time to look through all of it.
public struct MetricSpans: Sendable {
  /// Those whose values stay what they are when iterations come. The others have a scale of their own, or
  /// are measured anew.
  private static let kept = Metric.all.filter { $0.range == nil && !$0.needsEnd }
  private static let measured = Metric.all.filter { $0.range == nil && $0.needs == .distances }

  private var spans: [String: ValueSpan] = [:]
  private var seen = 0
  /// The iteration to which the distances known are.
  private var edge: Int?

  init() {}

  /// That of a metric. nil where its scale is the same for every run.
  public subscript(metric: Metric) -> ValueSpan? {
    metric.range == nil ? spans[metric.name] ?? ValueSpan() : nil
  }

  /// Takes in the iterations that are new since the last call.
  mutating func observe(_ run: Trajectory) {
    let new = seen + 1..<max(seen + 1, run.steps.count)
    add(Self.kept, of: run, new)
    seen = new.upperBound - 1
    let last = run.distanceToLast.map { $0.count - 1 }
    guard last != edge else { return }
    edge = last
    for metric in Self.measured { spans[metric.name] = nil }
    if last != nil { add(Self.measured, of: run, 1..<run.steps.count) }
  }

  private mutating func add(_ metrics: [Metric], of run: Trajectory, _ iterations: Range<Int>) {
    guard !iterations.isEmpty else { return }
    var found = metrics.map { spans[$0.name] ?? ValueSpan() }
    for iteration in iterations {
      for token in run.tokens.indices {
        let moment = run.moment(token: token, iteration: iteration)
        for (place, metric) in metrics.enumerated() where iteration >= metric.drawnFrom {
          if let value = metric.value(moment) { found[place].add(value) }
        }
      }
    }
    for (metric, span) in zip(metrics, found) { spans[metric.name] = span }
  }
}
