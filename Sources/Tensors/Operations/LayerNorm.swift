import CKernels

extension Operations {
  /// y = (x − mean) / sqrt(variance + ε) · w + b for each row, variance without Bessel's correction;
  /// statistics in float64. `y` may be `x`.
  ///
  /// As `torch.nn.functional.layer_norm` has it.
  /// - Parameter bias: one for each column; nil for none.
  /// - Precondition: `weight` and `bias` have one value for each column.
  public static func layerNorm(
    _ x: Buffer, weight: [Float], bias: [Float]?, epsilon: Float, into y: Buffer,
    team: ThreadTeam = .single
  ) {
    let width = x.columns
    precondition(weight.count == width, "\(weight.count) weights for \(width) columns")
    precondition(bias == nil || bias?.count == width, "a bias has \(width) values")
    if y !== x { y.resize(rows: x.rows, columns: width) }
    guard width > 0 else { return }
    let kernel = muninn_kernels().pointee.layer_norm
    let (before, after) = (x.view, y.view)
    weight.withUnsafeBufferPointer { weight in
      (bias ?? []).withUnsafeBufferPointer { offsets in
        team.run(rows: before.rows, workInRow: normRowWork + normWork * width) { rows in
          for row in rows {
            kernel?(
              before.pointer + row * before.stride, weight.baseAddress,
              bias == nil ? nil : offsets.baseAddress, epsilon,
              after.pointer + row * after.stride, Int64(width))
          }
        }
      }
    }
  }
}
