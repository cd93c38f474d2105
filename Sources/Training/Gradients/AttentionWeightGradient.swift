import Glibc
import LatentModels
import Tensors

/// Attention whose weights somebody looks at or rewrites, taken apart into plain loops:
///
///     y = P'·v, P' = edit(P), P = softmax(q·kᵀ/√hd)
///     dv = P'ᵀ·dy,  dP = editᵀ(dy·vᵀ),  dS = P ⊙ (dP − Σ P ⊙ dP)/√hd,  dq = dS·k,  dk = dSᵀ·q
extension Tape {
  /// Shows every sequence's weights to those who look.
  /// - Returns: the edits of each sequence.
  func visitWeights(_ input: BufferView, _ shape: AttentionShape, _ site: Site) -> [SiteEdit] {
    (0..<rows).map { sequence in
      var edits = SiteEdit()
      let weights = Buffer(weights(input, shape, sequence: sequence))
      hooks.visit(
        site,
        value: {
          SiteValue(
            site: site, iteration: iteration, places: places, sequence: sequence,
            values: weights.matrix())
        },
        change: { edit in
          edits.rows += edit.rows
          weights.load(weights.matrix().applying(edit))
        })
      return edits
    }
  }

  /// y = P'·v.
  func attend(
    _ input: BufferView, _ shape: AttentionShape, edits: [SiteEdit], into result: BufferView
  ) {
    let size = shape.headDimension
    for sequence in 0..<rows {
      let weights = weights(input, shape, sequence: sequence).applying(edits[sequence])
      for head in 0..<shape.heads {
        for t in 0..<length {
          let y = result.pointer + (sequence * length + t) * result.stride + head * size
          for i in 0..<size { y[i] = 0 }
          for (j, weight) in weights.row(head * length + t).enumerated() where weight != 0 {
            let v = value(input, shape, sequence, j, head)
            for i in 0..<size { y[i] += weight * v[i] }
          }
        }
      }
    }
  }

  func reverseEditedAttention(
    x: Register, input: BufferView, _ shape: AttentionShape, edits: [SiteEdit], y: Register
  ) {
    guard let dy = take(y) else { return }
    let (dx, accumulates) = receive(x, columns: input.columns)
    precondition(!accumulates, "nothing else reads what attention reads")
    let size = shape.headDimension
    let scale = 1 / Float(size).squareRoot()
    for row in 0..<dx.rows {
      (dx.pointer + row * dx.stride).update(repeating: 0, count: dx.columns)
    }
    for sequence in 0..<rows {
      let plain = weights(input, shape, sequence: sequence)
      let edited = plain.applying(edits[sequence])
      var dp = Buffer(rows: plain.rows, columns: plain.columns)
      func place(_ view: BufferView, _ token: Int, _ column: Int) -> UnsafeMutablePointer<Float> {
        view.pointer + (sequence * length + token) * view.stride + column
      }
      for head in 0..<shape.heads {
        for t in 0..<length {
          let out = place(dy, t, head * size)
          for j in 0...t {
            let v = value(input, shape, sequence, j, head)
            var sum: Float = 0
            for i in 0..<size { sum += out[i] * v[i] }
            dp[head * length + t, j] = sum
          }
          for j in 0..<length {
            let weight = edited[head * length + t, j]
            let dv = place(dx, j, shape.valueColumn(head))
            for i in 0..<size { dv[i] += weight * out[i] }
          }
        }
      }
      dp = Buffer(dp.matrix().applyingBackwards(edits[sequence]))
      for head in 0..<shape.heads {
        for t in 0..<length {
          let row = head * length + t
          let mean = (0...t).reduce(Float(0)) { $0 + plain[row, $1] * dp[row, $1] }
          let (q, dq) = (place(input, t, head * size), place(dx, t, head * size))
          for j in 0...t {
            let ds = plain[row, j] * (dp[row, j] - mean) * scale
            let column = shape.keyColumn(head)
            let (k, dk) = (place(input, j, column), place(dx, j, column))
            for i in 0..<size {
              dq[i] += ds * k[i]
              dk[i] += ds * q[i]
            }
          }
        }
      }
    }
  }

  private func value(
    _ input: BufferView, _ shape: AttentionShape, _ sequence: Int, _ token: Int, _ head: Int
  ) -> UnsafeMutablePointer<Float> {
    input.pointer + (sequence * length + token) * input.stride + shape.valueColumn(head)
  }

  /// P of one sequence.  // [heads · length, length]
  private func weights(_ input: BufferView, _ shape: AttentionShape, sequence: Int) -> Matrix {
    let size = shape.headDimension
    var matrix = Matrix(rows: shape.heads * length, columns: length)
    for head in 0..<shape.heads {
      for t in 0..<length {
        let start = input.pointer + sequence * length * input.stride
        let scores = (0...t).map { j in
          let q = start + t * input.stride + head * size
          let k = start + j * input.stride + shape.keyColumn(head)
          var sum: Float = 0
          for i in 0..<size { sum += q[i] * k[i] }
          return sum / Float(size).squareRoot()
        }
        let largest = scores.max() ?? 0
        let shares = scores.map { expf($0 - largest) }
        let total = shares.reduce(0, +)
        for (j, share) in shares.enumerated() { matrix[head * length + t, j] = share / total }
      }
    }
    return matrix
  }
}

extension Matrix {
  /// What an edit makes of it.
  fileprivate func applying(_ edit: SiteEdit) -> Matrix {
    edit.rows.isEmpty ? self : changed { $0.apply(edit) }
  }

  fileprivate func applyingBackwards(_ edit: SiteEdit) -> Matrix {
    edit.rows.isEmpty ? self : changed { $0.applyBackwards(edit) }
  }

  private func changed(_ change: (BufferView) -> Void) -> Matrix {
    var values = values
    values.withUnsafeMutableBufferPointer { values in
      guard let base = values.baseAddress else { return }
      change(BufferView(pointer: base, rows: rows, columns: columns, stride: columns))
    }
    return Matrix(rows: rows, columns: columns, values: values)
  }
}
