import Glibc

/// The loss against the steps: every record, and a curve through them.
enum WatchLoss {
  static let pane = WatchPane(
    title: { state, width in
      let scale = state.shownLossScale == .log ? ", log" : ""
      return width >= 30 ? "loss, nats\(scale)" : "loss\(scale)"
    },
    legend: { state, width in
      guard let last = state.records.last else { return [] }
      let now = Numbers.short(last.loss)
      guard width >= 44, let best = state.records.map(\.loss).filter(\.isFinite).min() else {
        return [(now, .series(0))]
      }
      return [("\(now) now", .series(0)), ("\(Numbers.short(best)) lowest", .dim)]
    },
    render: { state, screen, rect in
      guard state.records.count > 1 else {
        WatchPane.drawEmpty(state, &screen, rect, "the curve begins after some steps")
        return
      }
      let last = state.records.last?.step ?? 0
      let unit = unit(of: last, columns: 2 * rect.width)
      let values = binned(state.records, unit: unit, last: last)
      let smooth = smoothed(values)
      let starts = state.facts.stages.dropLast().reduce(into: [Int]()) {
        $0.append(($0.last ?? 0) + $1.steps)
      }
      Plot(
        curves: [
          Plot.Curve(values: smooth, style: .series(0)), Plot.Curve(values: values, style: .dim),
        ],
        axis: Axis(
          values.compactMap { $0 }, scale: state.shownLossScale,
          from: state.shownLossScale == .linear),
        lastIteration: max(1, last / unit), marks: starts.filter { $0 <= last }.map { $0 / unit },
        unit: unit
      )
      .render(on: &screen, in: rect, capabilities: state.capabilities)
    })

  /// Steps that share a value: 1, 2 or 5 times a power of ten, so that labels stay round.
  private static func unit(of last: Int, columns: Int) -> Int {
    var power = 10
    while true {
      for factor in [1, 2, 5] where last / (factor * power) <= max(16, columns) {
        return factor * power
      }
      power *= 10
    }
  }

  /// Means of the records that share a value; nil where there is none.
  private static func binned(
    _ records: [TrainingRecord], unit: Int, last: Int
  ) -> [Double?] {
    var sums = [Double](repeating: 0, count: last / unit + 1)
    var counts = [Int](repeating: 0, count: sums.count)
    for record in records where record.loss.isFinite && record.step / unit < sums.count {
      sums[record.step / unit] += record.loss
      counts[record.step / unit] += 1
    }
    return zip(sums, counts).map { $1 > 0 ? $0 / Double($1) : nil }
  }

  /// A running mean over about a fortieth of the curve, of logarithms: a loss falls by factors.
  private static func smoothed(_ values: [Double?]) -> [Double?] {
    let share = min(0.5, 40 / Double(max(1, values.count)))
    var mean: Double?
    return values.map { value in
      guard let value, value > 0 else { return value }
      let next = (mean ?? log(value)) + share * (log(value) - (mean ?? log(value)))
      mean = next
      return exp(next)
    }
  }
}
