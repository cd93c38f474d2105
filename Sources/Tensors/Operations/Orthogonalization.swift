import CKernels

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
    // The iteration is the same from either side; tall, its three products need no transpose.
    let isTall = rows >= columns
    let (long, side) = isTall ? (rows, columns) : (columns, rows)
    let count = rows * columns
    let needed = 2 * count + 2 * side * side
    if scratch.storage.count < needed { scratch.storage = [Float](repeating: 0, count: needed) }

    // A float64 sum: the squares of tiny gradients would vanish in float32.
    let norm = matrix.reduce(0.0) { $0 + Double($1) * Double($1) }.squareRoot()
    let factor = Float(1 / (norm + 1e-7))
    let (a, b, c) = quintic
    scratch.storage.withUnsafeMutableBufferPointer { storage in
      guard var current = storage.baseAddress else { return }  // [long, side]
      var next = current + count  // [long, side]
      let gram = next + count  // [side, side]
      let polynomial = gram + side * side  // [side, side]
      if isTall {
        for i in 0..<count { current[i] = factor * x[i] }
      } else {
        for i in 0..<side { for j in 0..<long { current[j * side + i] = factor * x[i * long + j] } }
      }
      for _ in 0..<steps {
        multiply(current, isTransposed: true, by: current, into: gram, side, side, depth: long)
        multiply(gram, isTransposed: false, by: gram, into: polynomial, side, side, depth: side)
        // aX + X(bG + cG²) as one product.
        for i in 0..<side * side { polynomial[i] = b * gram[i] + c * polynomial[i] }
        for i in 0..<side { polynomial[i * side + i] += a }
        multiply(
          current, isTransposed: false, by: polynomial, into: next, long, side, depth: side)
        swap(&current, &next)
      }
      if isTall {
        x.update(from: current, count: count)
      } else {
        for i in 0..<side { for j in 0..<long { x[i * long + j] = current[j * side + i] } }
      }
    }
  }

  /// c = A·B, or Aᵀ·B.
  /// - Parameters:
  ///   - a: [rows, depth], or [depth, rows] where it is transposed.
  ///   - b: [depth, columns]
  ///   - c: written.  // [rows, columns]
  private static func multiply(
    _ a: UnsafePointer<Float>, isTransposed: Bool, by b: UnsafePointer<Float>,
    into c: UnsafeMutablePointer<Float>, _ rows: Int, _ columns: Int, depth: Int
  ) {
    var call = muninn_product_call()
    call.a = a
    (call.a_row, call.a_step) = isTransposed ? (1, Int64(rows)) : (Int64(depth), 1)
    (call.b, call.b_stride) = (b, Int64(columns))
    (call.c, call.c_stride) = (c, Int64(columns))
    (call.rows, call.columns, call.depth) = (Int64(rows), Int64(columns), Int64(depth))
    muninn_kernels().pointee.product(&call)
  }
}
