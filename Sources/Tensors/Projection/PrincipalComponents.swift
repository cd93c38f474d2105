import COpenBLAS

/// Why rows could not be decomposed.
public enum PrincipalComponentsError: Error, Equatable, CustomStringConvertible {
  /// A row holds a NaN or an infinity: its state diverged.
  case notFinite(row: Int, column: Int)
  /// The caller's closure asked to stop.
  case cancelled
  /// The eigenvalue routine of LAPACK failed with this code.
  case eigensolver(code: Int)

  public var description: String {
    switch self {
    case .notFinite(let row, let column):
      "row \(row), column \(column) is not finite: leave diverged states out of the projection"
    case .cancelled: "the projection was cancelled"
    case .eigensolver(let code): "the eigenvalue routine failed with code \(code)"
    }
  }
}

/// Principal component analysis of rows `[n, d]`: mean-centred, in float64.
///
/// The entry of largest magnitude of each component is positive. Components beyond the rank of the
/// data are zero, with zero variance; so is everything for fewer than two rows.
public struct PrincipalComponents: Sendable {
  /// Mean of the rows.
  public let mean: [Double]  // [d]
  /// Unit directions, the one of most variance first.
  public let components: Matrix  // [count, d]
  /// Variance along each direction, with n − 1 in the denominator.
  public let explainedVariance: [Double]  // [count]
  /// The same over the variance of all directions.
  public let explainedVarianceRatio: [Double]  // [count]
  /// Variance of all directions together.
  public let totalVariance: Double

  /// Finds the `count` directions of most variance.
  /// - Parameter isCancelled: asked between the steps of long work.
  public init(
    of rows: Matrix, count: Int, isCancelled: () -> Bool = { false }
  ) throws(PrincipalComponentsError) {
    precondition(count >= 0, "no negative number of components")
    let centred = try CentredRows(rows)
    let freedom = Double(max(1, rows.rows - 1))
    let total = centred.sumOfSquares / freedom
    var directions: [EigenPair] = []
    if total > 0 && rows.rows > 1 {
      if isCancelled() { throw .cancelled }
      directions = try centred.leading(count, isCancelled: isCancelled)
    }
    // What rounding leaves where there is no variance is no direction.
    let floor = (directions.first?.value ?? 0) * 1e-12
    var matrix = Matrix(rows: count, columns: rows.columns)
    var variance = [Double](repeating: 0, count: count)
    for (index, pair) in directions.prefix(count).enumerated() where pair.value > floor {
      variance[index] = pair.value / freedom
      var largest = 0.0
      for entry in pair.vector where abs(entry) > abs(largest) { largest = entry }
      let sign: Double = largest < 0 ? -1 : 1
      for column in 0..<rows.columns { matrix[index, column] = Float(sign * pair.vector[column]) }
    }
    mean = centred.mean
    components = matrix
    explainedVariance = variance
    explainedVarianceRatio = variance.map { total > 0 ? $0 / total : 0 }
    totalVariance = rows.rows > 1 ? total : 0
  }

  /// Coordinates of rows `[m, d]` along the components: `[m, count]`.
  public func project(_ rows: Matrix) -> Matrix {
    Self.project(rows, mean: mean, components: components)
  }

  /// Coordinates of rows `[m, d]` along directions `[count, d]` from a mean `[d]`: `[m, count]`.
  public static func project(_ rows: Matrix, mean: [Double], components: Matrix) -> Matrix {
    precondition(rows.columns == mean.count, "\(rows.columns) columns, fitted on \(mean.count)")
    var result = Matrix(rows: rows.rows, columns: components.rows)
    for row in 0..<rows.rows {
      let values = rows.row(row)
      for index in 0..<components.rows {
        let direction = components.row(index)
        var sum = 0.0
        for ((value, entry), mean) in zip(zip(values, direction), mean) {
          sum += (Double(value) - mean) * Double(entry)
        }
        result[row, index] = Float(sum)
      }
    }
    return result
  }
}

/// An eigenvalue of XᵀX and its unit eigenvector.
struct EigenPair {
  let value: Double
  let vector: [Double]  // [d]
}
