import Glibc
import Tensors

/// How far copies are apart at one step: whether they drift off together or scatter like a firework,
/// and in how many directions. In float64.
public struct CopySpread: Sendable, Equatable {
  /// Mean over pairs of 1 − cos.
  public let pairwiseCosineDistance: Double
  /// Mean over pairs of ‖x − y‖.
  public let pairwiseDistance: Double
  /// Mean of ‖x − d‖ and of 1 − cos(x, d), d being the run without noise; nil where there is none.
  public let distanceToPlain: Double?
  public let cosineDistanceToPlain: Double?
  /// ‖mean − d‖.
  public let drift: Double?
  /// Root mean square of ‖x − mean‖.
  public let dispersion: Double
  /// Of the eigenvalues λ of the cloud around its mean, p = λ/Σλ: the largest p, 1/Σp² and
  /// exp(−Σ p ln p); nil for copies that are all the same.
  public let largestShare: Double?
  public let participationRatio: Double?
  public let effectiveRank: Double?

  /// drift / (drift + dispersion): 1/(1 + √N) for isotropic noise around the plain run, larger where
  /// all copies go one way.
  public var driftRatio: Double? {
    drift.flatMap { $0 + dispersion > 0 ? $0 / ($0 + dispersion) : nil }
  }

  /// - Parameters:
  ///   - copies: one vector a copy.  // [copies, width]
  ///   - plain: the run without noise.  // [width]
  /// - Returns: nil of fewer than two copies, and of what is not finite.
  public init?(_ copies: Matrix, plain: ArraySlice<Float>? = nil) {
    let count = copies.rows
    guard count >= 2, Operations.isFinite(copies.values) else { return nil }
    // The plain run is the last row, where there is one.
    var values = copies.values
    if let plain { values += plain }
    let all = GramMatrix(
      Matrix(rows: plain == nil ? count : count + 1, columns: copies.columns, values: values),
      isCentred: false)
    func cosine(_ a: Int, _ b: Int) -> Double {
      all[a, b] / (all[a, a] * all[b, b]).squareRoot()
    }
    let pairs = (0..<count).flatMap { a in (a + 1..<count).map { (a, $0) } }
    pairwiseCosineDistance =
      pairs.reduce(0) { $0 + 1 - cosine($1.0, $1.1) } / Double(pairs.count)
    // Centred, distances keep their digits where copies are near each other.
    let centred = GramMatrix(copies, isCentred: true)
    pairwiseDistance =
      pairs.reduce(0) { $0 + centred.squaredDistance($1.0, $1.1).squareRoot() }
      / Double(pairs.count)
    dispersion =
      ((0..<count).reduce(0) { $0 + centred[$1, $1] } / Double(count)).squareRoot()
    if plain != nil {
      distanceToPlain =
        (0..<count).reduce(0) { $0 + all.squaredDistance($1, count).squareRoot() } / Double(count)
      cosineDistanceToPlain =
        (0..<count).reduce(0) { $0 + 1 - cosine($1, count) } / Double(count)
      // ‖mean − d‖² out of inner products alone.
      let ownSum = (0..<count).reduce(0.0) { sum, a in
        (0..<count).reduce(sum) { $0 + all[a, $1] }
      }
      let cross = (0..<count).reduce(0) { $0 + all[$1, count] }
      let n = Double(count)
      drift = max(0, ownSum / (n * n) - 2 * cross / n + all[count, count]).squareRoot()
    } else {
      (distanceToPlain, cosineDistanceToPlain, drift) = (nil, nil, nil)
    }
    let eigenvalues = centred.eigenvalues ?? []
    let total = eigenvalues.reduce(0, +)
    // Of copies that are one the mean may be off by a rounding, which is no direction.
    let isOne = (1..<count).allSatisfy { copies.row($0) == copies.row(0) }
    guard total > 0, !isOne else {
      (largestShare, participationRatio, effectiveRank) = (nil, nil, nil)
      return
    }
    let shares = eigenvalues.map { $0 / total }
    largestShare = shares.max()
    participationRatio = 1 / shares.reduce(0) { $0 + $1 * $1 }
    effectiveRank = exp(-shares.reduce(0) { $1 > 0 ? $0 + $1 * log($1) : $0 })
  }
}

extension CopySpread {
  /// Its numbers in their order, as files keep them.  // [9]
  public var numbers: [Double?] {
    [
      pairwiseCosineDistance, pairwiseDistance, distanceToPlain, cosineDistanceToPlain, drift,
      dispersion, largestShare, participationRatio, effectiveRank,
    ]
  }

  /// Of the same numbers; nil where one is missing that every cloud has.
  public init?(_ numbers: [Double?]) {
    guard numbers.count == 9, let cosine = numbers[0], let distance = numbers[1],
      let dispersion = numbers[5]
    else { return nil }
    (pairwiseCosineDistance, pairwiseDistance, self.dispersion) = (cosine, distance, dispersion)
    (distanceToPlain, cosineDistanceToPlain, drift) = (numbers[2], numbers[3], numbers[4])
    (largestShare, participationRatio, effectiveRank) = (numbers[6], numbers[7], numbers[8])
  }
}
