import Glibc
import Tensors

/// What models of Parcae's kind compute besides, in inference.
extension Workspace {
  package func addValues(
    _ values: ValueEmbedding<[Float]>, gatedBy x: Register, to y: Register,
    _ shape: AttentionShape
  ) {
    let gates = self.gates(values, of: x, shape)
    let first = shape.queryWidth + shape.keyWidth
    for (row, id) in job.tokens.enumerated() {
      let added = values.row(of: id)
      self[y].withRow(row) { y in
        for (index, value) in added.enumerated() {
          y[first + index] += gates[row, index / shape.headDimension] * value
        }
      }
    }
  }

  /// g = 2σ(gate · a) of every row and head of values.  // [rows, keyValueHeads]
  func gates(
    _ values: ValueEmbedding<[Float]>, of x: Register, _ shape: AttentionShape
  ) -> Matrix {
    let buffer = self[x]
    precondition(job.tokens.count == buffer.rows, "one token a row")
    var gates = Matrix(rows: buffer.rows, columns: shape.keyValueHeads)
    for row in 0..<buffer.rows {
      buffer.withRow(row) { a in
        for head in 0..<shape.keyValueHeads {
          var sum: Float = 0
          let weights = head * values.channels
          for i in 0..<values.channels { sum += values.gate[weights + i] * a[i] }
          gates[row, head] = 2 / (1 + expf(-sum))
        }
      }
    }
    return gates
  }

  package func halfSquaredReLU(_ x: Register, into y: Register) {
    Operations.halfSquaredReLU(self[x], into: self[y], team: team)
  }

  package func scale(_ x: Register, by factors: [Float], adding z: Register, into y: Register) {
    Operations.scale(self[x], by: factors, adding: self[z], into: self[y], team: team)
  }
}

extension ValueEmbedding {
  /// What a token adds before its gate.  // [keyWidth]
  func row(of id: Int) -> [Float] {
    let width = table.rowLength
    return table.floats(in: id * width..<(id + 1) * width)
  }
}
