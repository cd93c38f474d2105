/// Element by element, what models with a diagonal injection and squared activations compute.
extension Operations {
  /// y = ½·max(0, x)² for each element; `y` may be `x`.
  public static func halfSquaredReLU(_ x: Buffer, into y: Buffer, team: ThreadTeam = .single) {
    if y !== x { y.resize(rows: x.rows, columns: x.columns) }
    let (before, after) = (x.view, y.view)
    team.run(rows: before.rows, workInRow: 3 * before.columns) { rows in
      for row in rows {
        let (from, to) = (
          before.pointer + row * before.stride, after.pointer + row * after.stride
        )
        for i in 0..<before.columns {
          // NaN stays NaN: a comparison would make it 0.
          let value = from[i] < 0 ? 0 : from[i]
          to[i] = 0.5 * value * value
        }
      }
    }
  }

  /// y = x ⊙ factors + z for each row; `y` may be `x` or `z`.
  /// - Precondition: one factor for each column, and `z` has the shape of `x`.
  public static func scale(
    _ x: Buffer, by factors: [Float], adding z: Buffer, into y: Buffer, team: ThreadTeam = .single
  ) {
    precondition(factors.count == x.columns, "\(factors.count) factors for \(x.columns) columns")
    precondition(
      z.rows == x.rows && z.columns == x.columns,
      "adding [\(z.rows), \(z.columns)] to [\(x.rows), \(x.columns)]")
    if y !== x, y !== z { y.resize(rows: x.rows, columns: x.columns) }
    let (before, addend, after) = (x.view, z.view, y.view)
    factors.withUnsafeBufferPointer { factors in
      guard let factor = factors.baseAddress else { return }
      nonisolated(unsafe) let scale = factor
      team.run(rows: before.rows, workInRow: 3 * before.columns) { rows in
        for row in rows {
          let from = before.pointer + row * before.stride
          let (add, to) = (
            addend.pointer + row * addend.stride, after.pointer + row * after.stride
          )
          for i in 0..<before.columns { to[i] = from[i] * scale[i] + add[i] }
        }
      }
    }
  }
}
