/// Which states a projection is fitted on.
public struct ProjectionFit: Sendable, Hashable {
  /// nil: all tokens.
  public var token: Int?
  /// Iterations used, first to last.
  public var iterations: ClosedRange<Int>
  /// Of how many texts: the one that is projected, and others beside it.
  public var texts: Int

  public init(token: Int?, iterations: ClosedRange<Int>, texts: Int = 1) {
    self.token = token
    self.iterations = iterations
    self.texts = texts
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
  /// - Parameter isCentred: every token's states are taken from their own mean, as orbits are drawn, not
  ///   from the mean of all.
  public func share(
    ofComponents components: some Sequence<Int>, token: Int?, isCentred: Bool = false
  ) -> Double? {
    let shares = shares(token: token, isCentred: isCentred)
    guard !shares.isEmpty, components.allSatisfy(shares.indices.contains) else { return nil }
    return min(1, components.reduce(0) { $0 + shares[$1] })
  }

  /// The same of each component; empty where the states do not differ.  // [components]
  public func shares(token: Int?, isCentred: Bool = false) -> [Double] {
    let whole =
      if let token { spread.tokens.indices.contains(token) ? spread.tokens[token] : 0 } else {
        isCentred ? spread.tokens.reduce(0, +) : spread.all
      }
    guard whole > 0, whole.isFinite else { return [] }
    let tokens = token.map { $0...$0 } ?? 0...max(0, (coordinates.map(\.count).max() ?? 1) - 1)
    var squares = [Double](repeating: 0, count: components)
    var sums = Sums(components)
    for token in tokens {
      if isCentred { sums = Sums(components) }
      for states in coordinates where token < states.count { sums.add(states[token]) }
      if isCentred { sums.addSquares(to: &squares) }
    }
    if !isCentred { sums.addSquares(to: &squares) }
    return squares.map { min(1, $0 / whole) }
  }

  /// Points as they come, and how far they lie from their mean.
  private struct Sums {
    private var count = 0.0
    private var mean: [Double]  // [components]
    private var squares: [Double]  // [components]

    init(_ components: Int) {
      mean = [Double](repeating: 0, count: components)
      squares = mean
    }

    /// Those of states there are not, or that are not finite, do not count.
    mutating func add(_ point: [Float]) {
      guard point.count >= mean.count, point.allSatisfy(\.isFinite) else { return }
      count += 1
      for component in mean.indices {
        let before = Double(point[component]) - mean[component]
        mean[component] += before / count
        squares[component] += before * (Double(point[component]) - mean[component])
      }
    }

    func addSquares(to total: inout [Double]) {
      for component in squares.indices { total[component] += squares[component] }
    }
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
