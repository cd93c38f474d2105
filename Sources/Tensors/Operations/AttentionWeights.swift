import Glibc

/// Attention taken apart, for looking at its weights and changing them; one sequence at a time, and
/// not in a hurry.
extension Operations {
  /// softmax(q·kᵀ/√hd) of some queries over keys: the last query sees every key, the one before it
  /// all but the last; weights of keys a query does not see are 0.
  /// - Parameters:
  ///   - qkv: `[T, ≥ heads·hd]`; only the queries, which come first, are read.
  ///   - kept: rows of keys, then values, as for `cachedAttention`.
  /// - Returns: the queries of the first head, then those of the next.  // [heads · queries, keys]
  /// - Precondition: as for `cachedAttention`.
  public static func attentionWeights(
    _ qkv: Buffer, queries: Range<Int>, heads: Int, keyValueHeads: Int, headDimension: Int,
    kept: RowList
  ) -> Matrix {
    precondition(heads % keyValueHeads == 0 && kept.count >= queries.count)
    precondition(queries.lowerBound >= 0 && queries.upperBound <= qkv.rows)
    let keys = kept.count
    let scale = 1 / Float(headDimension).squareRoot()
    var weights = [Float](repeating: 0, count: heads * queries.count * keys)
    withExtendedLifetime(kept) {
      for head in 0..<heads {
        let place = head / (heads / keyValueHeads) * headDimension
        for (index, query) in queries.enumerated() {
          let q = qkv.pointer + query * qkv.stride + head * headDimension
          let seen = keys - queries.count + index + 1
          let scores = kept.rows.prefix(seen).lazy.compactMap(\.self).map { row in
            let k = row + place
            var sum: Float = 0
            for i in 0..<headDimension { sum += q[i] * k[i] }
            return sum * scale
          }
          let largest = scores.max() ?? 0
          let shares = scores.map { expf($0 - largest) }
          let total = shares.reduce(0, +)
          let first = (head * queries.count + index) * keys
          for key in 0..<seen { weights[first + key] = shares[key] / total }
        }
      }
    }
    return Matrix(rows: heads * queries.count, columns: keys, values: weights)
  }

  /// y = weights·v for weights that are given.
  /// - Parameters:
  ///   - weights: as `attentionWeights` returns them.  // [heads · queries, keys]
  ///   - y: `[T, heads·hd]`; the rows of the queries are written.
  /// - Precondition: as for `cachedAttention`, with one weight for every key.
  public static func mix(
    _ weights: Matrix, queries: Range<Int>, heads: Int, keyValueHeads: Int, headDimension: Int,
    kept: RowList, into y: Buffer
  ) {
    precondition(weights.rows == heads * queries.count && weights.columns == kept.count)
    precondition(y.columns == heads * headDimension && queries.upperBound <= y.rows)
    withExtendedLifetime(kept) {
      for head in 0..<heads {
        let value = (keyValueHeads + head / (heads / keyValueHeads)) * headDimension
        for (index, query) in queries.enumerated() {
          let out = y.pointer + query * y.stride + head * headDimension
          for i in 0..<headDimension { out[i] = 0 }
          let row = weights.row(head * queries.count + index)
          for (weight, kept) in zip(row, kept.rows.lazy.compactMap(\.self)) {
            let v = kept + value
            for i in 0..<headDimension { out[i] += weight * v[i] }
          }
        }
      }
    }
  }
}
