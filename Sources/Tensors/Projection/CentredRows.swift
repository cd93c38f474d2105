import COpenBLAS

/// Rows with their mean taken off, in double precision, and three ways to the leading eigenvectors
/// of their scatter matrix XᵀX.
struct CentredRows {
  let rows: Int
  let columns: Int
  let mean: [Double]  // [columns]
  /// Σ x², the trace of the scatter matrix.
  let squaredNorm: Double
  private let values: [Double]  // [rows, columns]

  init(_ samples: Matrix) {
    rows = samples.rows
    columns = samples.columns
    // One thread: fits are small, and the other cores belong to the model.
    openblas_set_num_threads(1)
    var mean = [Double](repeating: 0, count: columns)
    for row in 0..<rows {
      for (column, value) in samples.row(row).enumerated() { mean[column] += Double(value) }
    }
    for column in mean.indices { mean[column] /= Double(max(1, rows)) }
    var values: [Double] = []
    values.reserveCapacity(rows * columns)
    var squares = 0.0
    for row in 0..<rows {
      for (column, value) in samples.row(row).enumerated() {
        let centred = Double(value) - mean[column]
        values.append(centred)
        squares += centred * centred
      }
    }
    self.mean = mean
    self.values = values
    squaredNorm = squares
  }

  /// Eigenvectors of XᵀX itself.
  func byCovariance(
    _ count: Int, _ isCancelled: () -> Bool
  ) throws(ProjectionError) -> [Eigenpair] {
    var scatter = [Double](repeating: 0, count: columns * columns)
    cblas_dsyrk(
      CblasRowMajor, CblasUpper, CblasTrans, blasint(columns), blasint(rows), 1, values,
      blasint(columns), 0, &scatter, blasint(columns))
    if isCancelled() { throw .cancelled }
    return try Self.leading(count, of: &scatter, order: columns)
  }

  /// Eigenvectors u of XXᵀ, turned into Xᵀu / √λ: cheaper with few rows.
  func byGram(_ count: Int, _ isCancelled: () -> Bool) throws(ProjectionError) -> [Eigenpair] {
    var gram = [Double](repeating: 0, count: rows * rows)
    cblas_dsyrk(
      CblasRowMajor, CblasUpper, CblasNoTrans, blasint(rows), blasint(columns), 1, values,
      blasint(columns), 0, &gram, blasint(rows))
    if isCancelled() { throw .cancelled }
    return try Self.leading(count, of: &gram, order: rows).map { pair in
      guard pair.value > 0 else {
        return Eigenpair(value: 0, direction: [Double](repeating: 0, count: columns))
      }
      var direction = [Double](repeating: 0, count: columns)
      cblas_dgemv(
        CblasRowMajor, CblasTrans, blasint(rows), blasint(columns), 1 / pair.value.squareRoot(),
        values, blasint(columns), pair.direction, 1, 0, &direction, 1)
      return Eigenpair(value: pair.value, direction: direction)
    }
  }

  /// Leading eigenvectors by repeated multiplication of a block of directions with XᵀX, for rows
  /// too many and too wide to solve whole. The start is fixed, so the answer is too.
  func bySubspaceIteration(
    _ count: Int, _ isCancelled: () -> Bool
  ) throws(ProjectionError) -> [Eigenpair] {
    let block = min(count + 8, columns, rows)
    var basis = Self.fixedStart(block: block, columns: columns)  // [block, columns]
    Self.orthonormalize(&basis, block: block, columns: columns)
    var previous = [Double](repeating: 0, count: block)
    for _ in 0..<200 {
      if isCancelled() { throw .cancelled }
      let images = multiply(basis, block: block)  // [block, rows]
      var small = [Double](repeating: 0, count: block * block)
      cblas_dsyrk(
        CblasRowMajor, CblasUpper, CblasNoTrans, blasint(block), blasint(rows), 1, images,
        blasint(rows), 0, &small, blasint(block))
      let pairs = try Self.leading(block, of: &small, order: block)
      let turned = Self.combine(pairs.map(\.direction), basis, block: block, columns: columns)
      let values = pairs.map(\.value)
      let change = zip(values, previous).prefix(count).map { abs($0 - $1) }.max() ?? 0
      if change <= 1e-10 * (values.first ?? 0) {
        return (0..<min(count, block)).map { index in
          Eigenpair(
            value: values[index],
            direction: Array(turned[index * columns..<(index + 1) * columns]))
        }
      }
      previous = values
      basis = multiplyBack(multiply(turned, block: block), block: block)
      Self.orthonormalize(&basis, block: block, columns: columns)
    }
    throw .notConverged(status: 200)
  }

  /// basis·Xᵀ.  // [block, rows]
  private func multiply(_ basis: [Double], block: Int) -> [Double] {
    var images = [Double](repeating: 0, count: block * rows)
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasTrans, blasint(block), blasint(rows), blasint(columns), 1,
      basis, blasint(columns), values, blasint(columns), 0, &images, blasint(rows))
    return images
  }

  /// images·X.  // [block, columns]
  private func multiplyBack(_ images: [Double], block: Int) -> [Double] {
    var basis = [Double](repeating: 0, count: block * columns)
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(block), blasint(columns), blasint(rows),
      1, images, blasint(rows), values, blasint(columns), 0, &basis, blasint(columns))
    return basis
  }

  private static func combine(
    _ weights: [[Double]], _ basis: [Double], block: Int, columns: Int
  ) -> [Double] {
    var result = [Double](repeating: 0, count: block * columns)
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, blasint(weights.count), blasint(columns),
      blasint(block), 1, weights.flatMap { $0 }, blasint(block), basis, blasint(columns), 0,
      &result, blasint(columns))
    return result
  }

  private static func fixedStart(block: Int, columns: Int) -> [Double] {
    var state: UInt64 = 0x9E37_79B9_7F4A_7C15
    return (0..<block * columns).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Double(state >> 11) / Double(1 << 52) - 1
    }
  }

  /// Gram–Schmidt, twice over for the digits the first pass loses.
  private static func orthonormalize(_ basis: inout [Double], block: Int, columns: Int) {
    for index in 0..<block {
      var row = Array(basis[index * columns..<(index + 1) * columns])
      for _ in 0..<2 {
        for earlier in 0..<index {
          let other = basis[earlier * columns..<(earlier + 1) * columns]
          let product = zip(row, other).reduce(0) { $0 + $1.0 * $1.1 }
          for (column, value) in other.enumerated() { row[column] -= product * value }
        }
      }
      let norm = row.reduce(0) { $0 + $1 * $1 }.squareRoot()
      let scale = norm > 0 ? 1 / norm : 0
      for column in 0..<columns { basis[index * columns + column] = row[column] * scale }
    }
  }

  /// The eigenpairs of largest value of a symmetric matrix given by its upper triangle, row-major;
  /// overwrites the matrix.
  private static func leading(
    _ count: Int, of matrix: inout [Double], order: Int
  ) throws(ProjectionError) -> [Eigenpair] {
    guard order > 0 else { return [] }
    var n = CInt(order)
    var values = [Double](repeating: 0, count: order)
    var status: CInt = 0
    var workSize: CInt = -1
    var integerSize: CInt = -1
    var work = [0.0]
    var integers: [CInt] = [0]
    // LAPACK reads columns: the upper triangle of rows is the lower triangle of columns.
    dsyevd_(
      "V", "L", &n, &matrix, &n, &values, &work, &workSize, &integers, &integerSize, &status)
    workSize = CInt(work[0])
    integerSize = integers[0]
    work = [Double](repeating: 0, count: Int(workSize))
    integers = [CInt](repeating: 0, count: Int(integerSize))
    dsyevd_(
      "V", "L", &n, &matrix, &n, &values, &work, &workSize, &integers, &integerSize, &status)
    guard status == 0 else { throw .notConverged(status: Int(status)) }
    return (0..<min(count, order)).map { index in
      let column = order - 1 - index
      return Eigenpair(
        value: max(0, values[column]),
        direction: Array(matrix[column * order..<(column + 1) * order]))
    }
  }
}
