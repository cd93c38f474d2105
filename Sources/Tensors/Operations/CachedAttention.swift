import CKernels

extension Operations {
  /// softmax(q·kᵀ/√hd)·v of new queries over kept keys: the last query sees every key, the one
  /// before it all but the last, and so on.
  /// - Parameters:
  ///   - qkv: `[T, ≥ heads·hd]`; only the queries, which come first, are read.
  ///   - queries: the rows of `qkv` and `y` that are meant.
  ///   - kept: rows `[2·keyValueHeads·hd]`, the key of every head, then the value of every head; the
  ///     last ones belong to the queries.
  ///   - y: `[T, heads·hd]`, already of that shape.
  /// - Precondition: `heads` is a multiple of `keyValueHeads`, there are at least as many keys as
  ///   queries, and `y` is another buffer.
  public static func cachedAttention(
    _ qkv: Buffer, queries: Range<Int>, heads: Int, keyValueHeads: Int, headDimension: Int,
    kept: RowList, into y: Buffer, team: ThreadTeam
  ) {
    let width = heads * headDimension
    let keyWidth = keyValueHeads * headDimension
    precondition(
      keyWidth > 0 && heads % keyValueHeads == 0 && qkv.columns >= width,
      "[T, \(qkv.columns)] in \(heads) heads of \(headDimension), \(keyValueHeads) for keys")
    precondition(
      queries.lowerBound >= 0 && queries.upperBound <= qkv.rows, "rows \(queries) of \(qkv.rows)")
    let keys = kept.count
    let tokens = queries.count
    precondition(keys >= tokens, "\(tokens) queries over \(keys) keys")
    precondition(
      qkv !== y && y.rows == qkv.rows && y.columns == width, "attention needs a place to write")
    guard tokens > 0 else { return }
    let (input, output) = (qkv.view, y.view)
    let group = heads / keyValueHeads
    // A few tiles a thread; each reads long pieces of every kept row.
    let keyHeads = (keyValueHeads + 2 * team.count - 1) / (2 * team.count)
    let parts = (keyValueHeads + keyHeads - 1) / keyHeads
    let kernels = muninn_kernels().pointee
    withExtendedLifetime(kept) {
      kept.rows.map(Optional.init).withUnsafeBufferPointer { rows in
        team.run(tiles: parts * tokens, work: tokens * keys * width) { tile in
          let (token, part) = (tile / parts, tile % parts)
          let first = part * keyHeads
          let count = min(keyHeads, keyValueHeads - first) * group
          withUnsafeTemporaryAllocation(of: Float.self, capacity: count * keys) { scores in
            var call = muninn_cached_attention_call()
            let query = first * group * headDimension
            let row = queries.lowerBound + token
            call.q = UnsafePointer(input.pointer + row * input.stride + query)
            call.rows = rows.baseAddress
            call.key = Int64(first * headDimension)
            call.value = Int64(keyWidth + first * headDimension)
            call.keys = Int64(keys - tokens + token + 1)
            (call.heads, call.group) = (Int64(count), Int64(group))
            call.head_dimension = Int64(headDimension)
            call.scale = 1 / Float(headDimension).squareRoot()
            call.scores = scores.baseAddress
            call.y = output.pointer + row * output.stride + query
            kernels.cached_attention(&call)
          }
        }
      }
    }
  }
}
