import CKernels

extension Operations {
  /// x = x / sqrt(mean(x²) + ε) · w in place over some columns of each row, as if they were a row of
  /// their own: the norm of whole projected queries or keys.
  /// - Precondition: the columns exist, and there is one weight for each.
  public static func rmsNorm(
    _ x: Buffer, columns: Range<Int>, weight: [Float], epsilon: Float,
    team: ThreadTeam = .single
  ) {
    precondition(
      columns.lowerBound >= 0 && columns.upperBound <= x.columns,
      "columns \(columns) of \(x.columns)")
    precondition(
      weight.count == columns.count, "\(weight.count) weights for \(columns.count) columns")
    let kernel = muninn_kernels().pointee.rms_norm
    weight.withUnsafeBufferPointer { weight in
      let view = x.view
      team.run(rows: view.rows, workInRow: normRowWork + normWork * columns.count) { rows in
        for row in rows {
          let part = view.pointer + row * view.stride + columns.lowerBound
          kernel?(part, nil, weight.baseAddress, epsilon, part, Int64(columns.count))
        }
      }
    }
  }
}
