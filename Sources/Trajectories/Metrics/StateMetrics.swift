import Tensors

/// Sizes and changes of latent states, L2 norms over the width of each token's row. Sums run in
/// double precision, so that small residuals of large states keep their digits.
public enum StateMetrics {
  /// Norm, residual, relative residual, cosine and acceleration of every token's state.
  /// - Parameters:
  ///   - previous: the state one iteration earlier; nil for s₀.
  ///   - earlier: the state one iteration before that; nil at iteration 1, and where nobody asks for
  ///     the acceleration.
  public static func measure(
    _ state: Matrix, previous: Matrix?, earlier: Matrix? = nil
  ) -> [StateMeasure] {
    (0..<state.rows).map { token in
      let current = state.row(token)
      guard let previous else {
        return StateMeasure(
          norm: norm(current), residual: nil, relativeResidual: nil, cosine: nil)
      }
      return change(from: previous.row(token), to: current, after: earlier?.row(token))
    }
  }

  /// ‖a − b‖ of matching rows of every matrix against `last`.  // [matrices][tokens]
  public static func distances(to last: Matrix, of matrices: [Matrix]) -> [[Float]] {
    matrices.map { matrix in
      (0..<matrix.rows).map { distance(matrix.row($0), last.row($0)) }
    }
  }

  /// The L2 norm of one row.
  /// - Precondition: the row exists.
  public static func norm(_ matrix: Matrix, _ row: Int) -> Float { norm(matrix.row(row)) }

  static func norm(_ row: ArraySlice<Float>) -> Float {
    var sum = 0.0
    for value in row { sum += Double(value) * Double(value) }
    return Float(sum.squareRoot())
  }

  /// ‖a − b‖ of two rows of one width.
  public static func distance(_ a: ArraySlice<Float>, _ b: ArraySlice<Float>) -> Float {
    var sum = 0.0
    for (x, y) in zip(a, b) {
      let difference = Double(x) - Double(y)
      sum += difference * difference
    }
    return Float(sum.squareRoot())
  }

  /// ‖(c − b) − (b − a)‖ of three states in a row.
  private static func acceleration(
    _ a: ArraySlice<Float>, _ b: ArraySlice<Float>, _ c: ArraySlice<Float>
  ) -> Float {
    var sum = 0.0
    for ((x, y), z) in zip(zip(a, b), c) {
      let turn = (Double(z) - Double(y)) - (Double(y) - Double(x))
      sum += turn * turn
    }
    return Float(sum.squareRoot())
  }

  private static func change(
    from previous: ArraySlice<Float>, to current: ArraySlice<Float>,
    after earlier: ArraySlice<Float>?
  ) -> StateMeasure {
    var square = 0.0
    var previousSquare = 0.0
    var product = 0.0
    var difference = 0.0
    for (a, b) in zip(previous, current) {
      let (x, y) = (Double(a), Double(b))
      previousSquare += x * x
      square += y * y
      product += x * y
      difference += (y - x) * (y - x)
    }
    let norm = square.squareRoot()
    let residual = difference.squareRoot()
    let scale = norm * previousSquare.squareRoot()
    return StateMeasure(
      norm: Float(norm), residual: Float(residual),
      relativeResidual: norm > 0 ? Float(residual / norm) : nil,
      // Undefined from a zero state; the published cosine rule reads that as "no exit".
      cosine: scale > 0 ? Float(product / scale) : nil,
      acceleration: earlier.map { acceleration($0, previous, current) })
  }
}
