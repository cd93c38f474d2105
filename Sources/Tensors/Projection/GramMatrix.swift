import COpenBLAS

/// Inner products of rows with each other, in float64, and what follows from them alone.
public struct GramMatrix: Sendable {
  /// How many rows there are.
  public let count: Int
  private let values: [Double]  // [count, count], the upper triangle

  /// Small products are divided among threads from outside.
  private static let singleThreadedBLAS: Void = openblas_set_num_threads(1)

  /// - Parameter isCentred: whether the mean of the rows is taken away first: distances keep their digits
  ///   then.
  /// - Precondition: all rows are finite.
  public init(_ rows: Matrix, isCentred: Bool) {
    self.init(
      rows.values.map(Double.init), height: rows.rows, width: rows.columns, isCentred: isCentred)
  }

  /// The same of rows that are in float64.
  /// - Precondition: all rows are finite, and as long as the first.
  public init(_ rows: [[Double]], isCentred: Bool) {
    let width = rows.first?.count ?? 0
    precondition(rows.allSatisfy { $0.count == width }, "rows of one length")
    self.init(Array(rows.joined()), height: rows.count, width: width, isCentred: isCentred)
  }

  private init(_ rows: [Double], height: Int, width: Int, isCentred: Bool) {
    _ = Self.singleThreadedBLAS
    count = height
    var x = rows
    if isCentred {
      var mean = [Double](repeating: 0, count: width)
      for row in 0..<height {
        for column in 0..<width { mean[column] += x[row * width + column] / Double(height) }
      }
      for row in 0..<height {
        for column in 0..<width { x[row * width + column] -= mean[column] }
      }
    }
    var gram = [Double](repeating: 0, count: height * height)
    if height > 0, width > 0 {
      cblas_dsyrk(
        CblasRowMajor, CblasUpper, CblasNoTrans, Int32(height), Int32(width), 1, x, Int32(width),
        0, &gram, Int32(height))
    }
    values = gram
  }

  /// The inner product of two rows.
  /// - Precondition: both exist.
  public subscript(a: Int, b: Int) -> Double { values[min(a, b) * count + max(a, b)] }

  /// ‖a − b‖².
  public func squaredDistance(_ a: Int, _ b: Int) -> Double {
    max(0, self[a, a] + self[b, b] - 2 * self[a, b])
  }

  /// The squared singular values of the rows, largest first, none below 0; nil where LAPACK fails.
  public var eigenvalues: [Double]? {
    var matrix = values
    var n = Int32(count)
    var found = [Double](repeating: 0, count: count)
    var info: Int32 = 0
    var length = Int32(2 * count + 1)
    var integerLength: Int32 = 1
    var work = [Double](repeating: 0, count: Int(length))
    var integerWork: [Int32] = [0]
    guard count > 0 else { return [] }
    // LAPACK counts columns first, so our upper triangle is its lower one.
    dsyevd_(
      "N", "L", &n, &matrix, &n, &found, &work, &length, &integerWork, &integerLength, &info)
    return info == 0 ? found.reversed().map { max(0, $0) } : nil
  }
}
