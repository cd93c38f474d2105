import COpenBLAS

/// Singular values of rows, in float64: to full precision, where the roots of a Gram matrix's eigenvalues
/// have lost half the digits of the small ones.
public enum SingularValues {
  /// Largest first, as many as the shorter side is long; nil where LAPACK fails.
  /// - Precondition: all rows are finite, and as long as the first.
  public static func of(_ rows: [[Double]]) -> [Double]? {
    let (height, width) = (rows.count, rows.first?.count ?? 0)
    precondition(rows.allSatisfy { $0.count == width }, "rows of one length")
    guard height > 0, width > 0 else { return [] }
    // LAPACK counts columns first: to it our rows are columns, and the values are the same.
    var matrix = Array(rows.joined())
    var (m, n, one) = (Int32(width), Int32(height), Int32(1))
    var values = [Double](repeating: 0, count: min(height, width))
    var (left, right, size) = ([0.0], [0.0], [0.0])
    var (length, info) = (Int32(-1), Int32(0))
    dgesvd_(
      "N", "N", &m, &n, &matrix, &m, &values, &left, &one, &right, &one, &size, &length, &info)
    guard info == 0 else { return nil }
    length = Int32(size[0])
    var work = [Double](repeating: 0, count: Int(length))
    dgesvd_(
      "N", "N", &m, &n, &matrix, &m, &values, &left, &one, &right, &one, &work, &length, &info)
    return info == 0 ? values : nil
  }
}
