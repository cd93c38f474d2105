import Glibc
import Tensors

/// Derivatives of what acts on each row by itself, sums in float64. Row r of every vector belongs to
/// token r modulo the tokens.
extension TangentPass {
  /// y = g ⊙ x·s, s = 1/sqrt(mean(x²) + ε):  dy = g ⊙ (s·dx − x·s³/n · Σ x ⊙ dx).
  func normTangent(
    _ tangent: Buffer, _ columns: Range<Int>, _ input: Matrix, _ gain: [Float], _ epsilon: Float
  ) {
    tangent.withRows { dx, row in
      let x = input.row(row % rows)
      let (scale, first) = (Self.scale(x, epsilon), x.startIndex)
      var product = 0.0
      for i in columns {
        product += Double(x[first + i - columns.lowerBound]) * Double(dx[i])
      }
      let share = product * scale * scale * scale / Double(columns.count)
      for i in columns {
        let place = i - columns.lowerBound
        let change = scale * Double(dx[i]) - Double(x[first + place]) * share
        dx[i] = Float(Double(gain[place]) * change)
      }
    }
  }

  /// dx = s·(g ⊙ dy) − x·s³/n · Σ g ⊙ dy ⊙ x.
  func normCotangent(
    _ cotangent: Buffer, _ columns: Range<Int>, _ input: Matrix, _ gain: [Float], _ epsilon: Float
  ) {
    cotangent.withRows { dy, row in
      let x = input.row(row % rows)
      let (scale, first) = (Self.scale(x, epsilon), x.startIndex)
      var product = 0.0
      for i in columns {
        let place = i - columns.lowerBound
        product += Double(gain[place]) * Double(dy[i]) * Double(x[first + place])
      }
      let share = product * scale * scale * scale / Double(columns.count)
      for i in columns {
        let place = i - columns.lowerBound
        dy[i] = Float(
          scale * Double(gain[place]) * Double(dy[i]) - Double(x[first + place]) * share)
      }
    }
  }

  private static func scale(_ x: ArraySlice<Float>, _ epsilon: Float) -> Double {
    var squares = 0.0
    for value in x { squares += Double(value) * Double(value) }
    return 1 / (squares / Double(x.count) + Double(epsilon)).squareRoot()
  }

  /// y = g ⊙ x̂ + b, x̂ = (x − mean)·s:  dy = g ⊙ s·(dx − mean(dx) − x̂·mean(x̂ ⊙ dx)).
  func layerNormTangent(
    _ tangent: Buffer, _ input: Matrix, _ gain: [Float], _ epsilon: Float
  ) {
    tangent.withRows { dx, row in
      let (normed, scale) = Self.standardized(input.row(row % rows), epsilon)
      let (mean, share) = Self.projections(normed) { Double(dx[$0]) }
      for i in normed.indices {
        dx[i] = Float(Double(gain[i]) * scale * (Double(dx[i]) - mean - normed[i] * share))
      }
    }
  }

  /// dx = s·(g ⊙ dy − mean(g ⊙ dy) − x̂·mean(x̂ ⊙ g ⊙ dy)).
  func layerNormCotangent(
    _ cotangent: Buffer, _ input: Matrix, _ gain: [Float], _ epsilon: Float
  ) {
    cotangent.withRows { dy, row in
      let (normed, scale) = Self.standardized(input.row(row % rows), epsilon)
      let (mean, share) = Self.projections(normed) { Double(gain[$0]) * Double(dy[$0]) }
      for i in normed.indices {
        dy[i] = Float(scale * (Double(gain[i]) * Double(dy[i]) - mean - normed[i] * share))
      }
    }
  }

  private static func standardized(
    _ x: ArraySlice<Float>, _ epsilon: Float
  ) -> (normed: [Double], scale: Double) {
    let count = Double(x.count)
    let mean = x.reduce(0.0) { $0 + Double($1) } / count
    let variance = x.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
    let scale = 1 / (variance + Double(epsilon)).squareRoot()
    return (x.map { (Double($0) - mean) * scale }, scale)
  }

  private static func projections(
    _ normed: [Double], _ value: (Int) -> Double
  ) -> (mean: Double, share: Double) {
    var (sum, product) = (0.0, 0.0)
    for i in normed.indices {
      sum += value(i)
      product += normed[i] * value(i)
    }
    return (sum / Double(normed.count), product / Double(normed.count))
  }

  /// Turns queries and keys by the angles of their positions, or back.
  func turn(_ x: Buffer, _ isInterleaved: Bool, _ shape: AttentionShape, isBack: Bool) {
    guard let angles = linearization.angles else { return }
    let table = isBack ? angles.backward : angles.forward
    for copy in 0..<copies {
      for span in linearization.places.spans {
        let place = copy * rows + span.rows.lowerBound..<copy * rows + span.rows.upperBound
        if isInterleaved {
          Operations.rotateInterleaved(
            x, rows: place, heads: shape.heads, table: table, firstPosition: span.firstPosition)
        } else {
          Operations.rotateHalfSplit(
            x, rows: place, heads: shape.heads + shape.keyValueHeads, table: table,
            firstPosition: span.firstPosition)
        }
      }
    }
  }

  /// y = silu(a) ⊙ b:  dy = silu'(a) ⊙ b ⊙ da + silu(a) ⊙ db, silu'(a) = σ(a)(1 + a(1 − σ(a))).
  func gateTangent(_ tangent: Buffer, _ input: Matrix) -> Buffer {
    let width = input.columns / 2
    let result = Buffer(rows: tangent.rows, columns: width)
    result.withRows { y, row in
      let x = input.row(row % rows)
      let first = x.startIndex
      tangent.withRow(row) { dx in
        for i in 0..<width {
          let (value, slope) = Self.silu(x[first + i])
          y[i] = slope * x[first + width + i] * dx[i] + value * dx[width + i]
        }
      }
    }
    return result
  }

  /// da = dy ⊙ b ⊙ silu'(a),  db = dy ⊙ silu(a).
  func gateCotangent(_ cotangent: Buffer, _ input: Matrix) -> Buffer {
    let width = input.columns / 2
    let result = Buffer(rows: cotangent.rows, columns: 2 * width)
    result.withRows { dx, row in
      let x = input.row(row % rows)
      let first = x.startIndex
      cotangent.withRow(row) { dy in
        for i in 0..<width {
          let (value, slope) = Self.silu(x[first + i])
          dx[i] = dy[i] * x[first + width + i] * slope
          dx[width + i] = dy[i] * value
        }
      }
    }
    return result
  }

  private static func silu(_ a: Float) -> (value: Float, slope: Float) {
    let sigmoid = 1 / (1 + expf(-a))
    return (a * sigmoid, sigmoid * (1 + a * (1 - sigmoid)))
  }

  /// dy = gelu'(x) ⊙ dx, in place.
  func geluTangent(_ tangent: Buffer, _ input: Matrix, _ form: GeluForm) {
    tangent.withRows { dx, row in
      for (i, value) in input.row(row % rows).enumerated() {
        let x = Double(value)
        let slope: Double
        switch form {
        case .exact:
          slope =
            0.5 * (1 + erf(x * 0.5.squareRoot())) + x * exp(-x * x / 2)
            / (2 * Double.pi).squareRoot()
        case .tanh:
          let factor = (2 / Double.pi).squareRoot()
          let t = Glibc.tanh(factor * (x + 0.044_715 * x * x * x))
          slope = 0.5 * (1 + t) + 0.5 * x * (1 - t * t) * factor * (1 + 3 * 0.044_715 * x * x)
        }
        dx[i] *= Float(slope)
      }
    }
  }
}

extension Buffer {
  /// Lends every row to a body, in order.
  func withRows(_ body: (UnsafeMutablePointer<Float>, Int) -> Void) {
    for row in 0..<rows { withRow(row) { body($0, row) } }
  }
}
