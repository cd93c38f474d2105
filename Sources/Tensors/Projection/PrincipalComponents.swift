import COpenBLAS

/// Principal components of a set of rows: orthonormal directions of greatest variance, sorted.
///
/// Deterministic: the sign of each component is such that its entry of largest magnitude is
/// positive. Rows without variance give components of zeros, never NaN.
public struct PrincipalComponents: Sendable {
  /// Mean of the fitted rows.
  public let mean: [Float]  // [columns]
  /// Unit directions, one a row.
  public let components: Matrix  // [count, columns]
  /// Variance of the fitted rows along each component, divisor n − 1.
  public let explainedVariance: [Float]  // [count]
  /// Share of the total variance of the fitted rows.
  public let explainedVarianceRatio: [Float]  // [count]

  /// The largest symmetric eigenproblem that is solved whole; past it on both sides the leading
  /// components are found by subspace iteration.
  static let directLimit = 1024

  /// Fits `count` components.
  /// - Parameter isCancelled: asked between the steps of a large fit.
  /// - Throws: `ProjectionError` for rows that hold NaN or infinity, or when cancelled.
  public init(
    fitting samples: Matrix, count: Int, isCancelled: () -> Bool = { false }
  ) throws(ProjectionError) {
    precondition(count >= 0, "no negative number of components")
    if let bad = samples.values.firstIndex(where: { !$0.isFinite }) {
      throw .nonFinite(row: bad / samples.columns, column: bad % samples.columns)
    }
    let centred = CentredRows(samples)
    mean = centred.mean.map { Float($0) }
    let found: [Eigenpair]
    if samples.columns <= min(Self.directLimit, samples.rows) {
      found = try centred.byCovariance(count, isCancelled)
    } else if samples.rows <= Self.directLimit {
      found = try centred.byGram(count, isCancelled)
    } else if samples.columns <= Self.directLimit {
      found = try centred.byCovariance(count, isCancelled)
    } else {
      found = try centred.bySubspaceIteration(count, isCancelled)
    }
    let divisor = Double(max(1, samples.rows - 1))
    let total = centred.squaredNorm / divisor
    var directions: [Float] = []  // [count, columns]
    var variances: [Float] = []
    var ratios: [Float] = []
    for index in 0..<count {
      // What is left past the rank of the rows is rounding, not a direction.
      if index < found.count, found[index].value > 1e-12 * centred.squaredNorm {
        directions += found[index].signFixed.map { Float($0) }
        variances.append(Float(found[index].value / divisor))
        ratios.append(Float(found[index].value / divisor / total))
      } else {
        directions += [Float](repeating: 0, count: samples.columns)
        variances.append(0)
        ratios.append(0)
      }
    }
    components = Matrix(rows: count, columns: samples.columns, values: directions)
    explainedVariance = variances
    explainedVarianceRatio = ratios
  }

  /// Coordinates of rows: (row − mean)·componentsᵀ.  // [rows, count]
  /// - Precondition: the rows have as many columns as the fitted ones.
  public func project(_ rows: Matrix) -> Matrix {
    precondition(rows.columns == mean.count, "\(rows.columns) columns on \(mean.count)")
    var coordinates: [Float] = []
    coordinates.reserveCapacity(rows.rows * components.rows)
    for row in 0..<rows.rows {
      let values = rows.row(row)
      for index in 0..<components.rows {
        let direction = components.row(index)
        var sum = 0.0
        var column = 0
        for (value, weight) in zip(values, direction) {
          sum += (Double(value) - Double(mean[column])) * Double(weight)
          column += 1
        }
        coordinates.append(Float(sum))
      }
    }
    return Matrix(rows: rows.rows, columns: components.rows, values: coordinates)
  }
}

/// Why principal components cannot be fitted.
public enum ProjectionError: Error, Equatable, CustomStringConvertible {
  case nonFinite(row: Int, column: Int)
  case cancelled
  case notConverged(status: Int)

  public var description: String {
    switch self {
    case .nonFinite(let row, let column):
      "The states hold NaN or infinity (row \(row), element \(column)): there is nothing to project."
    case .cancelled: "The fit was stopped on request."
    case .notConverged(let status): "The eigenvalue solver gave up (status \(status))."
    }
  }
}

/// An eigenvalue of the scatter matrix and its direction.
struct Eigenpair {
  let value: Double
  let direction: [Double]  // [columns]

  /// The direction with its entry of largest magnitude positive; the first of equal ones decides.
  var signFixed: [Double] {
    var largest = 0.0
    for entry in direction where abs(entry) > abs(largest) { largest = entry }
    return largest < 0 ? direction.map { -$0 } : direction
  }
}
