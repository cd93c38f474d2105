extension Operations {
  /// Turns the pairs (j, j + hd/2) of the first `heads` heads of every row by the angle of the
  /// row's position, as `rotate_half` of the Llama family does; other columns stay.
  /// - Parameters:
  ///   - x: `[T, ≥ heads · hd]`: queries and keys side by side, then whatever else.
  ///   - rows: the rows that are turned; nil for all.
  ///   - firstPosition: position of the first of them.
  /// - Precondition: the heads fit into a row, and the positions lie inside the table.
  public static func rotateHalfSplit(
    _ x: Buffer, rows: Range<Int>? = nil, heads: Int, table: RotaryTable, firstPosition: Int
  ) {
    let rows = rows ?? 0..<x.rows
    let size = table.headDimension
    precondition(
      heads >= 0 && heads * size <= x.columns, "\(heads) heads of \(size) in \(x.columns) columns")
    precondition(
      firstPosition >= 0 && firstPosition + rows.count <= table.positions,
      "positions \(firstPosition)..<\(firstPosition + rows.count) of \(table.positions)")
    precondition(rows.lowerBound >= 0 && rows.upperBound <= x.rows, "rows \(rows) of \(x.rows)")
    let half = size / 2
    table.values.withUnsafeBufferPointer { values in
      guard let angles = values.baseAddress else { return }
      for row in rows {
        let angle = angles + (firstPosition + row - rows.lowerBound) * size
        for head in 0..<heads {
          let low = x.pointer + row * x.stride + head * size
          let high = low + half
          for pair in 0..<half {
            let (cosine, sine) = (angle[2 * pair], angle[2 * pair + 1])
            let (a, b) = (low[pair], high[pair])
            low[pair] = a * cosine - b * sine
            high[pair] = b * cosine + a * sine
          }
        }
      }
    }
  }
}
