/// Metrics of the prediction read out of the state.
extension Metric {
  public static let entropy = Metric(
    name: "entropy", title: "entropy", unit: "nats",
    explanation: "How undecided the next token is: 0 is certain.", needs: .readout,
    startsAtZero: true, ends: Ends(low: "settled", high: "undecided"),
    compute: { $0.reading?.entropy.map(Double.init) })

  /// Positions that are unpredictable by nature have arrived, too, once they change no more. Its scale is
  /// always the same, so that colours stay while a run goes on and are those of another run.
  public static let arrival = Metric(
    name: "arrival", title: "arrival", unit: "nats",
    explanation: "How far what is said now is from what is said in the end, KL(final ‖ now).",
    needs: .arrival, isLogarithmic: true, drawnFrom: 1, range: 0.001...10,
    ends: Ends(low: "arrived", high: "far"), compute: { $0.arrival.map(Double.init) })

  public static let entropyChange = Metric(
    name: "entropy_change", title: "entropy change", unit: "nats",
    explanation: "By how much the entropy changed in this iteration (r 1: from 100).",
    needs: .readout, isLogarithmic: true, drawnFrom: 2,
    compute: {
      // Before the first iteration the published exit rule takes an entropy of 100 nats.
      let before = $0.step.iteration == 1 ? 100 : $0.readingBefore?.entropy
      guard let before, let now = $0.reading?.entropy else { return nil }
      return abs(Double(now) - Double(before))
    })

  public static let kl = Metric(
    name: "kl", title: "KL", unit: "nats",
    explanation: "How far the prediction moved, KL(before ‖ now); r 1 from uniform.",
    needs: .readout, isLogarithmic: true, drawnFrom: 2,
    compute: { $0.reading?.kl.map(Double.init) })

  public static let filteredKL = Metric(
    name: "filtered_kl", title: "filtered KL", unit: "nats",
    explanation: "As kl, on candidates of at least a tenth of the best one's probability.",
    needs: .readout, isLogarithmic: true, drawnFrom: 2,
    compute: { $0.reading?.filteredKL.map(Double.init) })

  public static let flip = Metric(
    name: "flip", title: "top-1 flips", unit: "1 = changed",
    explanation: "Where the likeliest next token changed from the iteration before.",
    needs: .readout, startsAtZero: true, drawnFrom: 2,
    compute: { $0.reading == nil ? nil : $0.isFlip ? 1 : 0 })

  public static let stableFor = Metric(
    name: "stable_for", title: "stable for", unit: "iterations",
    explanation: "How many iterations before this one had the same likeliest token, in a row.",
    needs: .readout, startsAtZero: true,
    compute: { $0.running.repeats.map(Double.init) })

  public static let topProbability = Metric(
    name: "top1", title: "top-1 probability", unit: "probability",
    explanation: "How likely the likeliest next token is.", needs: .readout, startsAtZero: true,
    compute: { ($0.reading?.top.probability(at: 0)).map(Double.init) })

  public static let margin = Metric(
    name: "margin", title: "margin", unit: "probability",
    explanation: "By how much the likeliest next token is likelier than the second.",
    needs: .readout, startsAtZero: true,
    compute: {
      guard let top = $0.reading?.top, let best = top.probability(at: 0),
        let second = top.probability(at: 1)
      else { return nil }
      return Double(best) - Double(second)
    })
}
