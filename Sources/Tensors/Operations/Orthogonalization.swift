import COpenBLAS

/// Scratch of one thread for `orthogonalize`; reused, grows to the largest matrix seen.
public final class OrthogonalizationScratch {
  fileprivate var storage: [Float] = []

  public init() {}
}

extension Operations {
  /// Coefficients of the quintic iteration X ← aX + b(XXᵀ)X + c(XXᵀ)²X that Muon uses (Jordan et al.,
  /// 2024): steep at zero, so that five steps bring every singular value to within about 0.3 of 1.
  static let quintic: (a: Float, b: Float, c: Float) = (3.4445, -4.7750, 2.0315)

  /// Replaces a matrix by nearly the closest one whose singular values are all 1 (Newton–Schulz).
  /// - Parameters:
  ///   - matrix: changed in place.  // [rows, columns]
  ///   - steps: of the iteration.
  /// - Precondition: `matrix` holds `rows * columns` elements.
  public static func orthogonalize(
    _ matrix: UnsafeMutableBufferPointer<Float>, rows: Int, columns: Int, steps: Int = 5,
    scratch: OrthogonalizationScratch
  ) {
    precondition(rows > 0 && columns > 0, "a matrix without elements has no directions")
    precondition(matrix.count == rows * columns, "\(matrix.count) values for [\(rows), \(columns)]")
    guard let x = matrix.baseAddress else { return }
    _ = singleThreadedBLAS
    let count = rows * columns
    let side = min(rows, columns)
    let isTall = rows > columns
    let needed = count + 2 * side * side
    if scratch.storage.count < needed { scratch.storage = [Float](repeating: 0, count: needed) }

    let norm = cblas_snrm2(Int32(count), x, 1)
    cblas_sscal(Int32(count), 1 / (norm + 1e-7), x, 1)
    let (m, n, k) = (Int32(rows), Int32(columns), Int32(side))
    let (a, b, c) = quintic
    scratch.storage.withUnsafeMutableBufferPointer { storage in
      guard let next = storage.baseAddress else { return }  // [rows, columns]
      let gram = next + count  // [side, side]
      let polynomial = gram + side * side  // [side, side]
      for _ in 0..<steps {
        // gram = XXᵀ, or XᵀX where that is smaller: the iteration is the same from either side.
        cblas_sgemm(
          CblasRowMajor, isTall ? CblasTrans : CblasNoTrans, isTall ? CblasNoTrans : CblasTrans,
          k, k, isTall ? m : n, 1, x, n, x, n, 0, gram, k)
        polynomial.update(from: gram, count: side * side)
        cblas_sgemm(
          CblasRowMajor, CblasNoTrans, CblasNoTrans, k, k, k, c, gram, k, gram, k, b, polynomial, k)
        next.update(from: x, count: count)
        if isTall {
          cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, x, n, polynomial, k, a, next, n)
        } else {
          cblas_sgemm(
            CblasRowMajor, CblasNoTrans, CblasNoTrans, m, n, k, 1, polynomial, k, x, n, a, next, n)
        }
        x.update(from: next, count: count)
      }
    }
  }

  /// Small products are divided among threads from outside; the library's own threads would only
  /// get in their way.
  static let singleThreadedBLAS: Void = openblas_set_num_threads(1)
}
