import COpenBLAS

/// Rows with their mean taken away, and the ways to find the leading eigenvectors of XᵀX.
struct CentredRows {
  let rows: Int
  let columns: Int
  let mean: [Double]  // [columns]
  let sumOfSquares: Double
  private let source: Matrix

  init(_ matrix: Matrix) throws(PrincipalComponentsError) {
    if let index = matrix.values.firstIndex(where: { !$0.isFinite }) {
      throw .notFinite(row: index / matrix.columns, column: index % matrix.columns)
    }
    source = matrix
    rows = matrix.rows
    columns = matrix.columns
    // Differences to the first row are exact in float64, so equal rows have no variance at all.
    var mean = [Double](repeating: 0, count: columns)
    matrix.values.withUnsafeBufferPointer { values in
      for row in 1..<max(1, matrix.rows) {
        for i in 0..<matrix.columns {
          mean[i] += Double(values[row * matrix.columns + i]) - Double(values[i])
        }
      }
      for i in 0..<(matrix.rows > 0 ? matrix.columns : 0) {
        mean[i] = Double(values[i]) + mean[i] / Double(matrix.rows)
      }
    }
    self.mean = mean
    var sum = 0.0
    matrix.values.withUnsafeBufferPointer { values in
      for row in 0..<matrix.rows {
        for i in 0..<matrix.columns {
          let difference = Double(values[row * matrix.columns + i]) - mean[i]
          sum += difference * difference
        }
      }
    }
    sumOfSquares = sum
  }

  /// The centred rows of a range, in float64.
  private func block(_ range: Range<Int>) -> [Double] {  // [range.count, columns]
    source.values.withUnsafeBufferPointer { values in
      [Double](unsafeUninitializedCapacity: range.count * columns) { out, written in
        for row in 0..<range.count {
          for i in 0..<columns {
            out[row * columns + i] =
              Double(values[(range.lowerBound + row) * columns + i]) - mean[i]
          }
        }
        written = range.count * columns
      }
    }
  }

  /// The largest side for which all eigenvectors are computed at once.
  static let directLimit = 1024
  private static let blockRows = 256
  /// Small products are divided among threads from outside; the library's own threads would only
  /// get in their way.
  private static let singleThreadedBLAS: Void = openblas_set_num_threads(1)

  /// The `count` leading eigenpairs of XᵀX, or as many as there are.
  func leading(
    _ count: Int, directLimit: Int = CentredRows.directLimit, isCancelled: () -> Bool
  ) throws(PrincipalComponentsError) -> [EigenPair] {
    _ = Self.singleThreadedBLAS
    if columns <= rows && columns <= directLimit {
      return try fromCovariance(count, isCancelled: isCancelled)
    }
    if rows <= directLimit { return try fromGram(count) }
    return try fromSubspace(count, isCancelled: isCancelled)
  }

  private func fromCovariance(
    _ count: Int, isCancelled: () -> Bool
  ) throws(PrincipalComponentsError) -> [EigenPair] {
    var covariance = [Double](repeating: 0, count: columns * columns)
    for start in stride(from: 0, to: rows, by: Self.blockRows) {
      if isCancelled() { throw .cancelled }
      let height = min(Self.blockRows, rows - start)
      cblas_dsyrk(
        CblasRowMajor, CblasUpper, CblasTrans, Int32(columns), Int32(height), 1,
        block(start..<start + height), Int32(columns), 1, &covariance, Int32(columns))
    }
    if isCancelled() { throw .cancelled }
    let (values, vectors) = try eigen(&covariance, size: columns)
    return (0..<min(count, columns)).map { index in
      let place = columns - 1 - index
      return EigenPair(
        value: values[place],
        vector: Array(vectors[place * columns..<(place + 1) * columns]))
    }
  }

  private func fromGram(_ count: Int) throws(PrincipalComponentsError) -> [EigenPair] {
    let x = block(0..<rows)
    var gram = [Double](repeating: 0, count: rows * rows)
    cblas_dsyrk(
      CblasRowMajor, CblasUpper, CblasNoTrans, Int32(rows), Int32(columns), 1, x, Int32(columns),
      0, &gram, Int32(rows))
    let (values, vectors) = try eigen(&gram, size: rows)
    return (0..<min(count, rows)).map { index in
      let place = rows - 1 - index
      // u of X Xᵀ becomes Xᵀu / |Xᵀu| of XᵀX.
      var vector = [Double](repeating: 0, count: columns)
      cblas_dgemv(
        CblasRowMajor, CblasTrans, Int32(rows), Int32(columns), 1, x, Int32(columns),
        Array(vectors[place * rows..<(place + 1) * rows]), 1, 0, &vector, 1)
      let length = cblas_dnrm2(Int32(columns), vector, 1)
      if length > 0 { for i in vector.indices { vector[i] /= length } }
      return EigenPair(value: max(0, values[place]), vector: vector)
    }
  }

  /// Block subspace iteration with a Rayleigh–Ritz step in every sweep.
  private func fromSubspace(
    _ count: Int, isCancelled: () -> Bool
  ) throws(PrincipalComponentsError) -> [EigenPair] {
    let size = min(count + 8, min(rows, columns))
    var generator = TorchGenerator(seed: 0)
    var basis = generator.normal(size * columns).map(Double.init)  // [size, columns]
    orthonormalize(&basis, count: size)
    var before = [Double](repeating: 0, count: size)
    // Neighbours closer than a percent need hundreds of sweeps; a map on a screen does not.
    for _ in 0..<300 {
      var image = [Double](repeating: 0, count: size * columns)  // basis · XᵀX
      for start in stride(from: 0, to: rows, by: Self.blockRows) {
        if isCancelled() { throw .cancelled }
        let height = min(Self.blockRows, rows - start)
        let x = block(start..<start + height)
        var part = [Double](repeating: 0, count: size * height)
        cblas_dgemm(
          CblasRowMajor, CblasNoTrans, CblasTrans, Int32(size), Int32(height), Int32(columns), 1,
          basis, Int32(columns), x, Int32(columns), 0, &part, Int32(height))
        cblas_dgemm(
          CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(size), Int32(columns), Int32(height),
          1, part, Int32(height), x, Int32(columns), 1, &image, Int32(columns))
      }
      var small = [Double](repeating: 0, count: size * size)
      cblas_dgemm(
        CblasRowMajor, CblasNoTrans, CblasTrans, Int32(size), Int32(size), Int32(columns), 1,
        basis, Int32(columns), image, Int32(columns), 0, &small, Int32(size))
      let (values, vectors) = try eigen(&small, size: size)
      // Rotate image and basis to the Ritz vectors, largest first.
      var turn = [Double](repeating: 0, count: size * size)
      for i in 0..<size {
        for j in 0..<size { turn[i * size + j] = vectors[(size - 1 - i) * size + j] }
      }
      let ritz = rotated(basis, by: turn, size: size)
      let now = Array(values.reversed())
      let scale = max(now[0], .leastNormalMagnitude)
      let change = zip(now, before).prefix(count).map { abs($0 - $1) / scale }.max() ?? 0
      if change < 1e-13 {
        return (0..<min(count, size)).map { index in
          EigenPair(
            value: max(0, now[index]),
            vector: Array(ritz[index * columns..<(index + 1) * columns]))
        }
      }
      before = now
      basis = rotated(image, by: turn, size: size)
      orthonormalize(&basis, count: size)
    }
    return (0..<min(count, size)).map { index in
      EigenPair(
        value: max(0, before[index]),
        vector: Array(basis[index * columns..<(index + 1) * columns]))
    }
  }

  private func rotated(_ rows: [Double], by turn: [Double], size: Int) -> [Double] {
    var result = [Double](repeating: 0, count: rows.count)
    cblas_dgemm(
      CblasRowMajor, CblasNoTrans, CblasNoTrans, Int32(size), Int32(columns), Int32(size), 1, turn,
      Int32(size), rows, Int32(columns), 0, &result, Int32(columns))
    return result
  }

  /// Gram–Schmidt, twice; a row that depends on earlier ones becomes zero.
  private func orthonormalize(_ basis: inout [Double], count: Int) {
    let width = Int32(columns)
    basis.withUnsafeMutableBufferPointer { basis in
      guard let base = basis.baseAddress else { return }
      for i in 0..<count {
        let row = base + i * columns
        let length = cblas_dnrm2(width, row, 1)
        for _ in 0..<2 {
          for j in 0..<i {
            let earlier = base + j * columns
            cblas_daxpy(width, -cblas_ddot(width, earlier, 1, row, 1), earlier, 1, row, 1)
          }
        }
        let rest = cblas_dnrm2(width, row, 1)
        cblas_dscal(width, rest > length * 1e-10 ? 1 / rest : 0, row, 1)
      }
    }
  }

  /// Eigenvalues, ascending, and eigenvectors, one a row, of a symmetric matrix given by its upper
  /// triangle (row-major), which is overwritten.
  private func eigen(
    _ matrix: inout [Double], size: Int
  ) throws(PrincipalComponentsError) -> (values: [Double], vectors: [Double]) {
    var n = Int32(size)
    var values = [Double](repeating: 0, count: size)
    var info: Int32 = 0
    var query = [0.0]
    var integerQuery: [Int32] = [0]
    var unknown: Int32 = -1
    // LAPACK counts columns first, so our upper triangle is its lower one.
    dsyevd_(
      "V", "L", &n, &matrix, &n, &values, &query, &unknown, &integerQuery, &unknown, &info)
    guard info == 0 else { throw .eigensolver(code: Int(info)) }
    var length = Int32(query[0])
    var integerLength = integerQuery[0]
    var work = [Double](repeating: 0, count: Int(length))
    var integerWork = [Int32](repeating: 0, count: Int(integerLength))
    dsyevd_(
      "V", "L", &n, &matrix, &n, &values, &work, &length, &integerWork, &integerLength, &info)
    guard info == 0 else { throw .eigensolver(code: Int(info)) }
    return (values, matrix)
  }
}
