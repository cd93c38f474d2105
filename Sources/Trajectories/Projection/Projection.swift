/// Which tokens and iterations a projection is fitted on.
public struct ProjectionFit: Sendable, Hashable {
  /// nil: all tokens.
  public var token: Int?
  /// Iterations used, first to last.
  public var iterations: ClosedRange<Int>

  public init(token: Int?, iterations: ClosedRange<Int>) {
    self.token = token
    self.iterations = iterations
  }
}

/// Coordinates of every state of a text in a fixed basis of principal components of ln_f(s).
///
/// The basis stays as it was fitted until another is asked for; states that come later are
/// projected on it. The sign of each component is fixed: its largest entry is positive.
public struct Projection: Sendable {
  public let fit: ProjectionFit
  /// Share of the variance of the fitted states along each component, largest first.
  public let explainedVarianceRatio: [Float]  // [components]
  /// Empty for a state there is not.
  public private(set) var coordinates: [[[Float]]]  // [iterations + 1][tokens][components]
  /// How far apart the states lie that coordinates are of.
  public var spread: PathSpread.Sums

  public init(
    fit: ProjectionFit, explainedVarianceRatio: [Float], coordinates: [[[Float]]],
    spread: PathSpread.Sums
  ) {
    self.fit = fit
    self.explainedVarianceRatio = explainedVarianceRatio
    self.coordinates = coordinates
    self.spread = spread
  }

  /// Which share of the variance of a token's states (nil: of all tokens' states) lies along some
  /// components, whatever these were fitted on; nil where the states do not differ.
  public func share(ofComponents components: Range<Int>, token: Int?) -> Double? {
    let whole =
      token.map { spread.tokens.indices.contains($0) ? spread.tokens[$0] : 0 } ?? spread.all
    guard whole > 0, components.upperBound <= self.components else { return nil }
    let points = coordinates.flatMap { tokens in
      (token.map { tokens.indices.contains($0) ? [tokens[$0]] : [] } ?? tokens).filter {
        $0.count >= components.upperBound && $0.allSatisfy(\.isFinite)
      }
    }
    let inside = components.reduce(0.0) { sum, component in
      let values = points.map { Double($0[component]) }
      let mean = values.reduce(0, +) / Double(max(1, values.count))
      return sum + values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
    }
    return min(1, inside / whole)
  }

  public var components: Int { explainedVarianceRatio.count }

  /// Adds the coordinates of the next iteration.
  public mutating func append(_ next: [[Float]]) { coordinates.append(next) }

  /// Adds the coordinates of the next iteration of the tokens from `first` on.
  public mutating func add(_ next: [[Float]], iteration: Int, firstToken first: Int) {
    while coordinates.count <= iteration { coordinates.append([]) }
    while coordinates[iteration].count < first { coordinates[iteration].append([]) }
    coordinates[iteration].removeSubrange(first...)
    coordinates[iteration] += next
  }

  /// Forgets the tokens from `first` on.
  public mutating func removeTokens(from first: Int) {
    for iteration in coordinates.indices where coordinates[iteration].count > first {
      coordinates[iteration].removeSubrange(first...)
    }
  }
}
