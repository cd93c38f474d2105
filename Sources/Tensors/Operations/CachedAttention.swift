import Glibc

extension Operations {
  /// softmax(q·kᵀ/√hd)·v of new queries over kept keys: the last query sees every key, the one
  /// before it all but the last, and so on.
  /// - Parameters:
  ///   - qkv: `[T, ≥ heads·hd]`; only the queries, which come first, are read.
  ///   - kept: `[keys, 2·keyValueHeads·hd]`, each row the key of every head, then the value of every
  ///     head; the last T rows belong to the T queries.
  ///   - y: `[T, heads·hd]`.
  /// - Precondition: `heads` is a multiple of `keyValueHeads`, there are at least as many keys as
  ///   queries, and `y` is another buffer.
  public static func cachedAttention(
    _ qkv: Buffer, heads: Int, keyValueHeads: Int, headDimension: Int, kept: [Float],
    into y: Buffer, team: ThreadTeam
  ) {
    let width = heads * headDimension
    let keyWidth = keyValueHeads * headDimension
    precondition(
      keyWidth > 0 && heads % keyValueHeads == 0 && qkv.columns >= width,
      "[T, \(qkv.columns)] in \(heads) heads of \(headDimension), \(keyValueHeads) for keys")
    precondition(
      kept.count % (2 * keyWidth) == 0, "\(kept.count) numbers in rows of \(2 * keyWidth)")
    let keys = kept.count / (2 * keyWidth)
    let tokens = qkv.rows
    precondition(keys >= tokens, "\(tokens) queries over \(keys) keys")
    precondition(qkv !== y, "attention cannot write over its input")
    y.resize(rows: tokens, columns: width)
    guard tokens > 0 else { return }
    let (input, output) = (qkv.view, y.view)
    let group = heads / keyValueHeads
    let scale = 1 / Float(headDimension).squareRoot()
    kept.withUnsafeBufferPointer { kept in
      guard let base = kept.baseAddress else { return }
      team.run(tiles: heads * tokens, work: tokens * keys * width) { tile in
        let (token, head) = (tile / heads, tile % heads)
        let column = head / group * headDimension
        attendOne(
          UnsafePointer(input.pointer + token * input.stride + head * headDimension),
          keys: base + column, values: base + keyWidth + column,
          stride: 2 * keyWidth, count: keys - tokens + token + 1, size: headDimension,
          scale: scale, into: output.pointer + token * output.stride + head * headDimension)
      }
    }
  }

  private static func attendOne(
    _ query: UnsafePointer<Float>, keys: UnsafePointer<Float>, values: UnsafePointer<Float>,
    stride: Int, count: Int, size: Int, scale: Float, into y: UnsafeMutablePointer<Float>
  ) {
    withUnsafeTemporaryAllocation(of: Float.self, capacity: count) { weights in
      var largest = -Float.infinity
      for key in 0..<count {
        let score = dot(query, keys + key * stride, size) * scale
        weights[key] = score
        largest = max(largest, score)
      }
      var total: Float = 0
      for key in 0..<count {
        let weight = expf(weights[key] - largest)
        weights[key] = weight
        total += weight
      }
      y.update(repeating: 0, count: size)
      for key in 0..<count {
        add(values + key * stride, times: weights[key] / total, to: y, size)
      }
    }
  }

  private static func dot(
    _ x: UnsafePointer<Float>, _ y: UnsafePointer<Float>, _ count: Int
  ) -> Float {
    var sums = SIMD16<Float>.zero
    let whole = count & ~15
    for i in stride(from: 0, to: whole, by: 16) {
      let a = UnsafeRawPointer(x + i).loadUnaligned(as: SIMD16<Float>.self)
      let b = UnsafeRawPointer(y + i).loadUnaligned(as: SIMD16<Float>.self)
      // Not a fused product: where the compiler may not assume the instruction, that is a call each.
      sums += a * b
    }
    var sum = sums.sum()
    for i in whole..<count { sum += x[i] * y[i] }
    return sum
  }

  private static func add(
    _ x: UnsafePointer<Float>, times factor: Float, to y: UnsafeMutablePointer<Float>, _ count: Int
  ) {
    for i in 0..<count { y[i] += x[i] * factor }
  }

  /// Adds columns of every row of `x` to the end of `rows`.
  /// - Precondition: the columns exist.
  public static func append(_ x: Buffer, columns: Range<Int>, to rows: inout [Float]) {
    precondition(columns.lowerBound >= 0 && columns.upperBound <= x.columns, "columns \(columns)")
    for row in 0..<x.rows {
      rows.append(
        contentsOf: UnsafeBufferPointer(
          start: x.pointer + row * x.stride + columns.lowerBound, count: columns.count))
    }
  }

  /// Writes columns of one row of `x` over row `index` of `rows`.
  /// - Precondition: the row and the columns exist on both sides.
  public static func replace(
    row index: Int, of rows: inout [Float], with x: Buffer, row: Int, columns: Range<Int>
  ) {
    precondition(row >= 0 && row < x.rows, "row \(row) of \(x.rows)")
    precondition(columns.lowerBound >= 0 && columns.upperBound <= x.columns, "columns \(columns)")
    let first = index * columns.count
    precondition(index >= 0 && first + columns.count <= rows.count, "row \(index)")
    rows.withUnsafeMutableBufferPointer { rows in
      guard let base = rows.baseAddress else { return }
      (base + first).update(
        from: x.pointer + row * x.stride + columns.lowerBound, count: columns.count)
    }
  }
}
