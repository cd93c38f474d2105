/// One number of one token after one iteration: what the heat map is coloured by, curves are drawn
/// of, records hold and exit rules look at.
///
/// To add one: a row in a file beside this, and its name in `all`.
public struct Metric: Sendable {
  /// What has to be there for it.
  public enum Need: Sendable, Hashable {
    /// Sizes and changes of the raw state, kept of every iteration.
    case measures
    /// The prediction read out of the state.
    case readout
    /// Distances to the last state, which are measured when they are looked at.
    case distances
    /// How far every prediction is from the last, which is measured when it is looked at.
    case arrival
    /// The model's own exit gate.
    case gate
    /// A second vector in every state.
    case second
    /// A norm that makes the state of what the last block leaves.
    case lengths
  }

  /// What the ends of a scale mean.
  public struct Ends: Sendable, Hashable {
    public let low: String
    public let high: String

    public init(low: String, high: String) { (self.low, self.high) = (low, high) }
  }

  /// What it is called where it is typed and written: lower case, digits and `_`, a letter first.
  public let name: String
  /// What it is called on the screen.
  public let title: String
  public let unit: String
  /// One line for a person.
  public let explanation: String
  public let needs: Need
  /// Whether it spans decades, so that ratios are what one sees of it.
  public var isLogarithmic = false
  /// Whether zero is where its axis begins.
  public var startsAtZero = false
  /// The first iteration it is drawn of. Values before are conventions of the published exit rules,
  /// such as the change from a uniform prediction.
  public var drawnFrom = 0
  /// The ends of its scale, where these are the same for every run.
  public var range: ClosedRange<Double>?
  /// What the lower and the upper end of its scale mean, in a word each.
  public var ends: Ends?
  let compute: @Sendable (Moment) -> Double?

  /// Its value; nil where it is undefined, was not kept or is not finite.
  public func value(_ moment: Moment) -> Double? {
    compute(moment).flatMap { $0.isFinite ? $0 : nil }
  }

  /// The same at a place in a run.
  /// - Precondition: the iteration and the token are there.
  public func value(_ trajectory: Trajectory, iteration: Int, token: Int) -> Double? {
    value(trajectory.moment(token: token, iteration: iteration))
  }

  /// Its value where it is drawn; nil elsewhere.
  public func drawn(_ trajectory: Trajectory, iteration: Int, token: Int) -> Double? {
    iteration < drawnFrom ? nil : value(trajectory, iteration: iteration, token: token)
  }
}

extension Metric {
  /// The table, in the order it is gone through.
  public static let all: [Metric] = [
    .arrival, .distanceToLast, .entropy, .relativeResidual, .flip, .norm, .residual, .cosine,
    .angle, .turn,
    .acceleration, .normalisedAcceleration, .kl, .filteredKL, .entropyChange, .topProbability,
    .margin, .stableFor, .gateLogit, .gateChance,
    .chanceToHaveStopped, .lengthBeforeNorm, .lowRelativeResidual, .lowResidual, .lowCosine,
    .lowNorm,
    .lowLengthBeforeNorm,
  ]

  /// Those that say something of a model: of its gate only where it has one, and so on.
  public static func all(_ parts: MetricParts) -> [Metric] { all.filter { parts.has($0.needs) } }

  /// The metric of a name; nil if there is none.
  public static func named(_ name: String) -> Metric? { all.first { $0.name == name } }

  /// What a record of schema `muninn.trace/1` holds, in its order, under their names: first what it always
  /// held, then the rest of the table.
  /// - Parameter toLast: with those that need the end of the run, which records written on the way lack.
  public static func recorded(_ parts: MetricParts, toLast: Bool = false) -> [Metric] {
    let first: [Metric] =
      [.norm, .residual, .relativeResidual, .cosine, .entropy, .kl]
      + (parts.contains(.gate) ? [.gateChance, .chanceToHaveStopped] : [])
    let names = Set(first.map(\.name))
    return first
      + all(parts).filter { metric in
        !names.contains(metric.name) && (toLast || !metric.needsEnd)
      }
  }

  /// Whether it compares with the last iteration, and so cannot be told before that is there.
  public var needsEnd: Bool { needs == .distances || needs == .arrival }
}
