import CKernels

extension Operations {
  /// softmax(q·kᵀ/√hd)·v of new queries over kept keys: the last query sees every key, the one
  /// before it all but the last, and so on.
  /// - Parameters:
  ///   - qkv: `[T, ≥ heads·hd]`; only the queries, which come first, are read.
  ///   - sequences: each the rows of `qkv` and `y` that are meant, and what they look at: rows
  ///     `[2·keyValueHeads·hd]`, the key of every head, then the value of every head; the last ones
  ///     belong to the queries.
  ///   - y: `[T, heads·hd]`, already of that shape.
  /// - Precondition: `heads` is a multiple of `keyValueHeads`, there are at least as many keys as
  ///   queries, and `y` is another buffer.
  public static func cachedAttention(
    _ qkv: Buffer, sequences: [(queries: Range<Int>, kept: RowList)], heads: Int,
    keyValueHeads: Int, headDimension: Int, into y: Buffer, team: ThreadTeam
  ) {
    let width = heads * headDimension
    let keyWidth = keyValueHeads * headDimension
    precondition(
      keyWidth > 0 && heads % keyValueHeads == 0 && qkv.columns >= width,
      "[T, \(qkv.columns)] in \(heads) heads of \(headDimension), \(keyValueHeads) for keys")
    precondition(
      qkv !== y && y.rows == qkv.rows && y.columns == width, "attention needs a place to write")
    // One query of one sequence each.
    var places: [(sequence: Int, token: Int)] = []
    var looks = 0
    for (index, sequence) in sequences.enumerated() {
      let (queries, keys) = (sequence.queries, sequence.kept.count)
      precondition(
        queries.lowerBound >= 0 && queries.upperBound <= qkv.rows,
        "rows \(queries) of \(qkv.rows)")
      precondition(keys >= queries.count, "\(queries.count) queries over \(keys) keys")
      looks += queries.count * keys
      for token in 0..<queries.count { places.append((index, token)) }
    }
    guard !places.isEmpty else { return }
    let (input, output) = (qkv.view, y.view)
    let group = heads / keyValueHeads
    // A few tiles a thread; each reads long pieces of every kept row.
    let wanted = max(1, (2 * team.count + places.count - 1) / places.count)
    let keyHeads = (keyValueHeads + wanted - 1) / wanted
    let parts = (keyValueHeads + keyHeads - 1) / keyHeads
    let kernels = muninn_kernels().pointee
    let tiles = parts * places.count
    withExtendedLifetime(sequences) {
      team.run(rows: tiles, workInRow: tileWork + looks * width / tiles) { some in
        for tile in some {
          let ((sequence, token), part) = (places[tile / parts], tile % parts)
          let (queries, kept) = sequences[sequence]
          let first = part * keyHeads
          let count = min(keyHeads, keyValueHeads - first) * group
          let keys = kept.count
          kept.rows.withUnsafeBufferPointer { rows in
            withUnsafeTemporaryAllocation(of: Float.self, capacity: count * keys) { scores in
              var call = muninn_cached_attention_call()
              let query = first * group * headDimension
              let row = queries.lowerBound + token
              call.q = UnsafePointer(input.pointer + row * input.stride + query)
              call.rows = rows.baseAddress
              call.key = Int64(first * headDimension)
              call.value = Int64(keyWidth + first * headDimension)
              call.keys = Int64(keys - queries.count + token + 1)
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
}
