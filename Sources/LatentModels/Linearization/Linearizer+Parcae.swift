import Tensors

/// Values of tokens, the squared ReLU and the diagonal injection, with what their derivatives need.
extension Linearizer {
  package func addValues(
    _ values: ValueEmbedding<[Float]>, gatedBy x: Register, to y: Register,
    _ shape: AttentionShape
  ) {
    let gates = scratch.gates(values, of: x, shape)
    scratch.addValues(values, gatedBy: x, to: y, shape)
    // With g = 2σ(z), g′ = g·(1 − g/2).
    let slopes = Matrix(
      rows: gates.rows, columns: gates.columns, values: gates.values.map { $0 * (1 - $0 / 2) })
    let rows = scratch.job.tokens.flatMap { values.row(of: $0) }
    record(
      .addValues(
        x: x,
        TokenValues(
          gate: values.gate, channels: values.channels, slopes: slopes,
          rows: Matrix(rows: slopes.rows, columns: shape.keyWidth, values: rows), shape: shape),
        y: y))
  }

  package func halfSquaredReLU(_ x: Register, into y: Register) {
    let input = scratch[x].matrix()
    scratch.halfSquaredReLU(x, into: y)
    record(.halfSquaredReLU(x: x, input: input, y: y))
  }

  package func scale(_ x: Register, by factors: [Float], adding z: Register, into y: Register) {
    scratch.scale(x, by: factors, adding: z, into: y)
    record(.scale(x: x, factors: factors, z: z, y: y))
  }
}

/// Values that tokens added to an attention layer, where they were added.
struct TokenValues: Sendable {
  let gate: [Float]  // [keyValueHeads · channels]
  let channels: Int
  /// How fast each gate grows with what it reads.
  let slopes: Matrix  // [rows, keyValueHeads]
  /// What was added, before the gate.
  let rows: Matrix  // [rows, keyWidth]
  let shape: AttentionShape
}

extension TangentPass {
  /// dv += g′·(gate · da) ⊙ table[id].
  func valueTangent(_ tangent: Buffer, _ values: TokenValues, into result: Buffer) {
    let (size, first) = (values.shape.headDimension, values.shape.valueColumn)
    for row in 0..<tangent.rows {
      let token = row % rows
      for head in 0..<values.shape.keyValueHeads {
        var sum: Float = 0
        tangent.withRow(row) { da in
          for i in 0..<values.channels { sum += values.gate[head * values.channels + i] * da[i] }
        }
        let change = values.slopes[token, head] * sum
        result.withRow(row) { dv in
          for i in head * size..<(head + 1) * size {
            dv[first + i] += change * values.rows[token, i]
          }
        }
      }
    }
  }

  /// da += Σ g′·gate · (dv · table[id]), the sum over heads of values.
  func valueCotangent(_ cotangent: Buffer, _ values: TokenValues, width: Int) -> Buffer {
    let (size, first) = (values.shape.headDimension, values.shape.valueColumn)
    let result = Buffer(rows: cotangent.rows, columns: width)
    for row in 0..<cotangent.rows {
      let token = row % rows
      for head in 0..<values.shape.keyValueHeads {
        var sum: Float = 0
        cotangent.withRow(row) { dv in
          for i in head * size..<(head + 1) * size { sum += dv[first + i] * values.rows[token, i] }
        }
        let change = values.slopes[token, head] * sum
        result.withRow(row) { da in
          for i in 0..<values.channels {
            da[i] += change * values.gate[head * values.channels + i]
          }
        }
      }
    }
    return result
  }

  /// dy = max(0, x) ⊙ dx, in place.
  func squareTangent(_ tangent: Buffer, _ input: Matrix) {
    tangent.withRows { dx, row in
      for (i, value) in input.row(row % rows).enumerated() { dx[i] *= max(0, value) }
    }
  }

  /// dy = factors ⊙ dx, in place.
  func scaleTangent(_ tangent: Buffer, _ factors: [Float]) {
    tangent.withRows { dx, _ in
      for (i, factor) in factors.enumerated() { dx[i] *= factor }
    }
  }
}

extension AttentionShape {
  /// Where values begin among queries, keys and values.
  var valueColumn: Int { queryWidth + keyWidth }
}
