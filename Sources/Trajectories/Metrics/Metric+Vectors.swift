/// Metrics of what states hold beside the vector that is read, and of what stood before the norm that made
/// them.
extension Metric {
  /// Behind a norm all states are about as long, so that this is what can grow.
  public static let lengthBeforeNorm = Metric(
    name: "prenorm", title: "length before norm", unit: "of the stream",
    explanation: "Length of the stream before the norm that makes the state of it.",
    needs: .lengths, compute: { length(0, $0) })

  public static let lowLengthBeforeNorm = Metric(
    name: "low_prenorm", title: "z_L length before norm", unit: "of the stream",
    explanation: "Length of the low stack's stream before the norm that makes z_L of it.",
    needs: .second, compute: { length(1, $0) })

  public static let lowNorm = Metric(
    name: "low_norm", title: "z_L norm", unit: "raw state",
    explanation: "Length of z_L, the state of the fast clock.", needs: .second,
    compute: { second($0)?.norm.map(Double.init) })

  public static let lowResidual = Metric(
    name: "low_residual", title: "z_L residual", unit: "raw state",
    explanation: "How far z_L moved in this cycle, from its end of the cycle before.",
    needs: .second, isLogarithmic: true, compute: { second($0)?.residual.map(Double.init) })

  public static let lowRelativeResidual = Metric(
    name: "low_relative_residual", title: "z_L relative residual", unit: "of its length",
    explanation: "How far z_L moved in this cycle, against its length.",
    needs: .second, isLogarithmic: true,
    compute: { second($0)?.relativeResidual.map(Double.init) })

  public static let lowCosine = Metric(
    name: "low_cosine", title: "z_L cosine", unit: "1 = same direction",
    explanation: "Cosine of z_L and what it was at the end of the cycle before.", needs: .second,
    compute: { second($0)?.cosine.map(Double.init) })

  private static func second(_ moment: Moment) -> StateMeasure? {
    moment.step.second.flatMap { $0.indices.contains(moment.token) ? $0[moment.token] : nil }
  }

  private static func length(_ vector: Int, _ moment: Moment) -> Double? {
    guard let lengths = moment.step.lengths, lengths.indices.contains(vector),
      lengths[vector].indices.contains(moment.token)
    else { return nil }
    return Double(lengths[vector][moment.token])
  }
}

/// What a model has beside a state that is one vector, so that there are metrics of it.
public struct MetricParts: OptionSet, Sendable, Hashable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// A gate that says when to stop.
  public static let gate = MetricParts(rawValue: 1)
  /// A second vector in its states.
  public static let second = MetricParts(rawValue: 2)
  /// A norm that makes states of streams.
  public static let lengths = MetricParts(rawValue: 4)

  /// Those that a step tells of.
  public init(of step: Step) {
    self = []
    if step.gates != nil { insert(.gate) }
    if step.second != nil { insert(.second) }
    if step.lengths != nil { insert(.lengths) }
  }

  func has(_ need: Metric.Need) -> Bool {
    switch need {
    case .gate: contains(.gate)
    case .second: contains(.second)
    case .lengths: contains(.lengths)
    case .measures, .readout, .distances, .arrival: true
    }
  }
}

extension Metric.Need {
  /// What a model lacks of which a metric with this need would tell; empty for needs that all meet.
  var lack: String {
    switch self {
    case .gate: "an exit gate; this model has none"
    case .second: "a second vector in every state; this model has one"
    case .lengths: "a norm that ends every iteration; this model has none"
    case .measures, .readout, .distances, .arrival: ""
    }
  }
}
