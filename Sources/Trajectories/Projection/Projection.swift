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

  public init(
    fit: ProjectionFit, explainedVarianceRatio: [Float], coordinates: [[[Float]]]
  ) {
    self.fit = fit
    self.explainedVarianceRatio = explainedVarianceRatio
    self.coordinates = coordinates
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
