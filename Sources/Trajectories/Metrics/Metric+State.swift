import Glibc

/// Metrics of the latent state alone, which need no readout.
extension Metric {
  public static let norm = Metric(
    name: "norm", title: "norm", unit: "raw state",
    explanation: "Length of the raw latent state.", needs: .measures,
    compute: { $0.measure.norm.map(Double.init) })

  public static let residual = Metric(
    name: "residual", title: "residual", unit: "raw state",
    explanation: "How far the state moved in this iteration.", needs: .measures,
    isLogarithmic: true, compute: { $0.measure.residual.map(Double.init) })

  public static let relativeResidual = Metric(
    name: "relative_residual", title: "relative residual", unit: "of its length",
    explanation: "How far the state moved in this iteration, against its length.",
    needs: .measures, isLogarithmic: true,
    compute: { $0.measure.relativeResidual.map(Double.init) })

  public static let cosine = Metric(
    name: "cosine", title: "cosine", unit: "1 = same direction",
    explanation: "Cosine of the state and the one before.", needs: .measures,
    compute: { $0.measure.cosine.map(Double.init) })

  public static let turn = Metric(
    name: "turn", title: "turn", unit: "1 − cos",
    explanation: "How far the state turned in this iteration, 1 − cosine to the one before.",
    needs: .measures, isLogarithmic: true,
    compute: { $0.measure.cosine.map { 1 - Double($0) } })

  public static let angle = Metric(
    name: "angle", title: "angle", unit: "radians",
    explanation: "Angle between the state and the one before.", needs: .measures,
    isLogarithmic: true,
    compute: { $0.measure.cosine.map { acos(min(1, max(-1, Double($0)))) } })

  /// Two-scale dynamics (arXiv 2509.23314): steps of a loop become small, and orthogonal to each other.
  public static let acceleration = Metric(
    name: "acceleration", title: "acceleration", unit: "raw state",
    explanation: "How far this iteration's step differs from the one before it, as vectors.",
    needs: .measures, isLogarithmic: true,
    compute: { $0.measure.acceleration.map(Double.init) })

  /// The lengths are those of the two steps; the last term keeps two of no length from being divided
  /// by.
  public static let normalisedAcceleration = Metric(
    name: "normalised_acceleration", title: "normalised acceleration", unit: "of both steps",
    explanation: "The acceleration against both steps' lengths: 0 goes straight on, 1 goes back.",
    needs: .measures, startsAtZero: true,
    compute: {
      guard let acceleration = $0.measure.acceleration, let now = $0.measure.residual,
        let before = $0.before?.measures[$0.token].residual
      else { return nil }
      return Double(acceleration) / (Double(now) + Double(before) + 1e-12)
    })

  public static let distanceToLast = Metric(
    name: "distance_to_last", title: "distance to last", unit: "normed state",
    explanation: "How far the normed state still is from the last one computed.",
    needs: .distances, isLogarithmic: true, drawnFrom: 1, ends: Ends(low: "arrived", high: "far"),
    compute: { $0.distanceToLast.map(Double.init) })
}
