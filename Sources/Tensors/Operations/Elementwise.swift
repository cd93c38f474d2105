import CKernels

/// What models are made of besides linear maps. Every face checks shapes, then calls a kernel.
public enum Operations {
  /// y = x / sqrt(mean(x²) + ε) · w for each row, the statistic in float32; `y` may be `x`.
  /// - Precondition: `weight.count == x.columns`.
  public static func rmsNorm(
    _ x: Buffer, weight: [Float], epsilon: Float, into y: Buffer
  ) {
    normalize(x, residual: nil, weight: weight, epsilon: epsilon, into: y)
  }

  /// y = norm(x + residual) · w for each row: the post-norm of a sandwich block. `y` may be either.
  /// - Precondition: both inputs have one shape, and `weight.count == x.columns`.
  public static func addRMSNorm(
    _ x: Buffer, residual: Buffer, weight: [Float], epsilon: Float, into y: Buffer
  ) {
    precondition(
      residual.rows == x.rows && residual.columns == x.columns,
      "residual [\(residual.rows), \(residual.columns)] of [\(x.rows), \(x.columns)]")
    normalize(x, residual: residual, weight: weight, epsilon: epsilon, into: y)
  }

  private static func normalize(
    _ x: Buffer, residual: Buffer?, weight: [Float], epsilon: Float, into y: Buffer
  ) {
    precondition(weight.count == x.columns, "\(weight.count) weights for \(x.columns) columns")
    if y !== x && y !== residual { y.resize(rows: x.rows, columns: x.columns) }
    let kernel = muninn_kernels().pointee.rms_norm
    weight.withUnsafeBufferPointer { weight in
      for row in 0..<x.rows {
        kernel?(
          x.pointer + row * x.stride, residual.map { $0.pointer + row * $0.stride },
          weight.baseAddress, epsilon, y.pointer + row * y.stride, Int64(x.columns))
      }
    }
  }

  /// y = silu(gate) · up, where each row of `gateUp` `[T, 2·ff]` holds the gates first; `y` is
  /// `[T, ff]`.
  /// - Precondition: an even number of columns; `y` is another buffer.
  public static func siluMultiply(_ gateUp: Buffer, into y: Buffer) {
    precondition(gateUp.columns % 2 == 0, "\(gateUp.columns) columns are not two halves")
    precondition(gateUp !== y, "the halves cannot be written over")
    let width = gateUp.columns / 2
    y.resize(rows: gateUp.rows, columns: width)
    let kernel = muninn_kernels().pointee.silu_multiply
    for row in 0..<gateUp.rows {
      let gate = gateUp.pointer + row * gateUp.stride
      kernel?(gate, gate + width, y.pointer + row * y.stride, Int64(width))
    }
  }

  /// y = scale · (row `ids[t]` of the table) for each t; `y` is `[ids.count, width]`.
  /// - Precondition: the table is `[vocabulary, width]` and every id lies inside it.
  public static func embed(_ ids: [Int], table: StoredTensor, scale: Float, into y: Buffer) {
    precondition(table.shape.count == 2, "\(table.name): shape \(table.shape) is no table")
    let width = table.rowLength
    y.resize(rows: ids.count, columns: width)
    for (row, id) in ids.enumerated() {
      precondition(id >= 0 && id < table.rows, "id \(id) of \(table.rows)")
      let values = table.floats(in: id * width..<(id + 1) * width)
      let out = y.pointer + row * y.stride
      for i in 0..<width { out[i] = values[i] * scale }
    }
  }

  /// y = y + (row `ids[t]` of the table) for each row t: learned positions, say.
  /// - Precondition: the table is `[rows, y.columns]`, every id lies inside it, and there is one for
  ///   each row of `y`.
  public static func addRows(_ ids: [Int], of table: StoredTensor, to y: Buffer) {
    precondition(
      table.shape.count == 2 && table.rowLength == y.columns && ids.count == y.rows,
      "\(table.name): \(ids.count) rows of \(table.shape) to [\(y.rows), \(y.columns)]")
    for (row, id) in ids.enumerated() {
      precondition(id >= 0 && id < table.rows, "row \(id) of \(table.rows)")
      let values = table.floats(in: id * y.columns..<(id + 1) * y.columns)
      let out = y.pointer + row * y.stride
      for i in 0..<y.columns { out[i] += values[i] }
    }
  }
}
