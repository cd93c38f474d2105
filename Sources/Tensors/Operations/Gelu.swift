import Glibc

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
    let (before, after) = (x.view, y.view)
    // A function of the library for every element: about a hundred multiply-adds.
    team.run(rows: before.rows, workInRow: 100 * before.columns) { rows in
      for row in rows {
        let (from, to) = (
          before.pointer + row * before.stride, after.pointer + row * after.stride
        )
        switch form {
        case .exact:
          for i in 0..<before.columns { to[i] = 0.5 * from[i] * (1 + erff(from[i] * 0.707_106_77)) }
        case .tanh:
          for i in 0..<before.columns {
            let v = from[i]
            to[i] = 0.5 * v * (1 + tanhf(0.797_884_56 * (v + 0.044_715 * v * v * v)))
          }
        }
      }
    }
  }
}
