import Tensors

/// The largest singular value of a Jacobian: how much one iteration stretches a small change at most,
/// which eigenvalues do not show.
public enum LargestSingularValue {
  /// Finds it by Golub and Kahan's bidiagonalisation, every direction kept orthogonal to all before.
  /// - Parameters:
  ///   - rows: tokens.
  ///   - most: products each way at most.
  ///   - push: J·v.
  ///   - pull: Jᵀ·u.
  /// - Returns: nil where it is not finite.
  /// - Throws: what the products throw.
  public static func find(
    rows: Int, width: Int, most: Int = 150, push: (Matrix) throws -> Matrix,
    pull: (Matrix) throws -> Matrix
  ) rethrows -> Double? {
    var generator = TorchGenerator(seed: 1)
    var v = normalized(generator.normal(rows * width, deviation: 1).map(Double.init)).direction
    var (right, left) = ([v], [[Double]]())
    var (alphas, betas) = ([Double](), [Double]())
    var found = 0.0
    for step in 0..<min(most, rows * width) {
      var u = try product(v, rows, width, push)
      remove(left, from: &u)
      let up = normalized(u)
      alphas.append(up.length)
      left.append(up.direction)
      var next = try product(up.direction, rows, width, pull)
      remove(right, from: &next)
      let back = normalized(next)
      betas.append(back.length)
      if !up.length.isFinite || !back.length.isFinite { return nil }
      if step % 4 == 3 || back.length == 0 || step + 1 == min(most, rows * width) {
        let now = largest(alphas, betas)
        if back.length <= 1e-9 * now || abs(now - found) <= 1e-9 * now { return now }
        found = now
      }
      v = back.direction
      right.append(v)
    }
    return found
  }

  /// The square root of the largest eigenvalue of BᵀB, B bidiagonal with `alphas` on the diagonal and
  /// `betas` above it: by bisection, counting signs of a Sturm sequence.
  private static func largest(_ alphas: [Double], _ betas: [Double]) -> Double {
    let diagonal = alphas.indices.map { i in
      alphas[i] * alphas[i] + (i > 0 ? betas[i - 1] * betas[i - 1] : 0)
    }
    let beside = alphas.indices.dropLast().map { alphas[$0] * betas[$0] }
    var high =
      diagonal.indices.map { i in
        diagonal[i] + (i > 0 ? beside[i - 1] : 0) + (i < beside.count ? beside[i] : 0)
      }.max() ?? 0
    var low = 0.0
    for _ in 0..<80 {
      let middle = 0.5 * (low + high)
      if allLie(below: middle, diagonal, beside) { high = middle } else { low = middle }
    }
    return high.squareRoot()
  }

  /// Whether a symmetric tridiagonal matrix has no eigenvalue at or above a number.
  private static func allLie(
    below number: Double, _ diagonal: [Double], _ beside: [Double]
  ) -> Bool {
    var pivot = 1.0
    for i in diagonal.indices {
      pivot = diagonal[i] - number - (i > 0 ? beside[i - 1] * beside[i - 1] / pivot : 0)
      if pivot >= 0 { return false }
    }
    return true
  }

  private static func product(
    _ vector: [Double], _ rows: Int, _ width: Int, _ map: (Matrix) throws -> Matrix
  ) rethrows -> [Double] {
    try map(Matrix(rows: rows, columns: width, values: vector.map { Float($0) }))
      .values.map(Double.init)
  }

  private static func remove(_ directions: [[Double]], from vector: inout [Double]) {
    for _ in 0..<2 {
      for direction in directions {
        var share = 0.0
        for i in vector.indices { share += direction[i] * vector[i] }
        for i in vector.indices { vector[i] -= share * direction[i] }
      }
    }
  }

  private static func normalized(_ vector: [Double]) -> (direction: [Double], length: Double) {
    let length = vector.reduce(0.0) { $0 + $1 * $1 }.squareRoot()
    return (length > 0 ? vector.map { $0 / length } : vector, length)
  }
}
