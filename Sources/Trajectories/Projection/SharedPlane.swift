import Tensors

/// The paths of one position of several texts in one plane, which is fitted to the states of all of
/// them together.
public struct SharedPlane: Sendable {
  public let token: Int
  /// Share of the variance of the states it was fitted to along each component, largest first.
  public let explainedVarianceRatio: [Float]  // [components]
  /// How many states of each text it was fitted to.
  public let fitted: [Int]  // [texts]
  /// Of each text from s₀ on; empty where a text has no such position.
  public private(set) var paths: [[[Float]]]  // [texts][iterations + 1][components]

  public init(
    token: Int, explainedVarianceRatio: [Float], fitted: [Int], paths: [[[Float]]]
  ) {
    self.token = token
    self.explainedVarianceRatio = explainedVarianceRatio
    self.fitted = fitted
    self.paths = paths
  }

  /// Adds states that came later, on the same basis.
  /// - Parameters:
  ///   - later: of each text.  // [texts][new iterations][components]
  ///   - first: the iteration of the first of them; those that are there already are replaced.
  public mutating func append(_ later: [[[Float]]], from first: [Int]) {
    for (text, states) in later.enumerated()
    where text < paths.count && text < first.count && first[text] <= paths[text].count {
      paths[text].removeSubrange(first[text]...)
      paths[text] += states
    }
  }
}

/// Fits such a plane, and keeps its basis for the states that come later.
public struct SharedProjector: Sendable {
  public let token: Int
  private let projector: Projector
  private let ratio: [Float]
  private let fitted: [Int]

  /// - Parameters:
  ///   - paths: ln_f of the position's states in each text, one row an iteration.
  ///     // [texts] of [iterations + 1, width]
  ///   - isCancelled: asked between sweeps of a large fit.
  /// - Throws: `PrincipalComponentsError`, such as for fewer than two states; `CancellationRequested`.
  public init(
    token: Int, paths: [Matrix], isCancelled: @escaping @Sendable () -> Bool
  ) throws {
    let width = paths.map(\.columns).max() ?? 0
    let rows = paths.reduce(0) { $0 + $1.rows }
    let samples = Matrix(rows: rows, columns: width, values: paths.flatMap(\.values))
    let last = max(0, (paths.map(\.rows).max() ?? 0) - 1)
    projector = try Projector(
      ProjectionFit(token: token, iterations: 0...last), samples: samples, isCancelled: isCancelled)
    ratio = projector.explainedVarianceRatio
    fitted = paths.map(\.rows)
    self.token = token
  }

  /// Where states lie.  // [states][components]
  public func project(_ states: Matrix) -> [[Float]] { projector.project(states) }

  /// The plane with these states in it.
  /// - Parameter paths: ln_f of the position's states in each text.  // [texts] of [states, width]
  public func plane(_ paths: [Matrix]) -> SharedPlane {
    SharedPlane(
      token: token, explainedVarianceRatio: ratio, fitted: fitted, paths: paths.map(project))
  }
}
