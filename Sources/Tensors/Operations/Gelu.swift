import CKernels

/// The two forms of GELU that models are trained with.
public enum GeluForm: String, Sendable, Equatable, CaseIterable {
  /// x·Φ(x), by the error function.
  case exact = "gelu"
  /// 0.5·x·(1 + tanh(√(2/π)·(x + 0.044715·x³))), as GPT-2 has it.
  case tanh = "gelu_new"
}

extension Operations {
  /// y = gelu(x), element by element; `y` may be `x`.
  public static func gelu(_ x: Buffer, _ form: GeluForm, into y: Buffer, team: ThreadTeam = .single)
  {
    if y !== x { y.resize(rows: x.rows, columns: x.columns) }
    let kernels = muninn_kernels().pointee
    let kernel = form == .exact ? kernels.gelu : kernels.gelu_tanh
    let (before, after) = (x.view, y.view)
    team.run(rows: before.rows, workInRow: activationWork * before.columns) { rows in
      for row in rows {
        kernel?(
          before.pointer + row * before.stride, after.pointer + row * after.stride,
          Int64(before.columns))
      }
    }
  }
}
