import CKernels

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
    // A few tiles a thread; each reads long pieces of every kept row.
    let keyHeads = (keyValueHeads + 2 * team.count - 1) / (2 * team.count)
    let parts = (keyValueHeads + keyHeads - 1) / keyHeads
    let kernels = muninn_kernels().pointee
    kept.withUnsafeBufferPointer { kept in
      guard let base = kept.baseAddress else { return }
      team.run(tiles: parts * tokens, work: tokens * keys * width) { tile in
        let (token, part) = (tile / parts, tile % parts)
        let first = part * keyHeads
        let count = min(keyHeads, keyValueHeads - first) * group
        withUnsafeTemporaryAllocation(of: Float.self, capacity: count * keys) { scores in
          var call = muninn_cached_attention_call()
          let query = first * group * headDimension
          call.q = UnsafePointer(input.pointer + token * input.stride + query)
          call.k = base + first * headDimension
          call.v = base + keyWidth + first * headDimension
          call.stride = Int64(2 * keyWidth)
          call.keys = Int64(keys - tokens + token + 1)
          (call.heads, call.group) = (Int64(count), Int64(group))
          call.head_dimension = Int64(headDimension)
          call.scale = 1 / Float(headDimension).squareRoot()
          call.scores = scores.baseAddress
          call.y = output.pointer + token * output.stride + query
          kernels.cached_attention(&call)
        }
      }
    }
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
