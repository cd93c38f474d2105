import CKernels

/// What models are made of besides linear maps. Every face checks shapes, then calls a kernel. Those that
/// take a team share many rows out among its threads; which thread does a row changes nothing.
public enum Operations {
  /// y = x / sqrt(mean(x²) + ε) · w for each row, the statistic in float32; `y` may be `x`.
  /// - Precondition: `weight.count == x.columns`.
  public static func rmsNorm(
    _ x: Buffer, weight: [Float], epsilon: Float, into y: Buffer, team: ThreadTeam = .single
  ) {
    normalize(x, residual: nil, weight: weight, epsilon: epsilon, into: y, team: team)
  }

  /// y = norm(x + residual) · w for each row: the post-norm of a sandwich block. `y` may be either.
  /// - Precondition: both inputs have one shape, and `weight.count == x.columns`.
  public static func addRMSNorm(
    _ x: Buffer, residual: Buffer, weight: [Float], epsilon: Float, into y: Buffer
  ) {
    precondition(
      residual.rows == x.rows && residual.columns == x.columns,
      "residual [\(residual.rows), \(residual.columns)] of [\(x.rows), \(x.columns)]")
    normalize(x, residual: residual, weight: weight, epsilon: epsilon, into: y, team: .single)
  }

  private static func normalize(
    _ x: Buffer, residual: Buffer?, weight: [Float], epsilon: Float, into y: Buffer,
    team: ThreadTeam
  ) {
    precondition(weight.count == x.columns, "\(weight.count) weights for \(x.columns) columns")
    if y !== x && y !== residual { y.resize(rows: x.rows, columns: x.columns) }
    let kernel = muninn_kernels().pointee.rms_norm
    let (from, other, to) = (x.view, residual?.view, y.view)
    weight.withUnsafeBufferPointer { weight in
      team.run(rows: from.rows, workInRow: normRowWork + normWork * from.columns) { rows in
        for row in rows {
          kernel?(
            from.pointer + row * from.stride, other.map { $0.pointer + row * $0.stride },
            weight.baseAddress, epsilon, to.pointer + row * to.stride, Int64(from.columns))
        }
      }
    }
  }

  /// What an element costs in multiply-adds of a product, for those who share rows out.
  static let normWork = 8
  static let activationWork = 24
  /// What a row of a norm costs besides: a sum across lanes, a root and a division one after another.
  static let normRowWork = 5000

  /// y = silu(gate) · up, where each row of `gateUp` `[T, 2·ff]` holds the gates first; `y` is
  /// `[T, ff]`.
  /// - Precondition: an even number of columns; `y` is another buffer.
  public static func siluMultiply(
    _ gateUp: Buffer, into y: Buffer, team: ThreadTeam = .single
  ) {
    precondition(gateUp.columns % 2 == 0, "\(gateUp.columns) columns are not two halves")
    precondition(gateUp !== y, "the halves cannot be written over")
    let width = gateUp.columns / 2
    y.resize(rows: gateUp.rows, columns: width)
    let kernel = muninn_kernels().pointee.silu_multiply
    let (from, to) = (gateUp.view, y.view)
    team.run(rows: from.rows, workInRow: activationWork * width) { rows in
      for row in rows {
        let gate = from.pointer + row * from.stride
        kernel?(gate, gate + width, to.pointer + row * to.stride, Int64(width))
      }
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
