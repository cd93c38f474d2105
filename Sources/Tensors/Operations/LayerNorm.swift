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
    let (before, after) = (x.view, y.view)
    team.run(rows: before.rows, workInRow: normRowWork + 4 * normWork * width) { rows in
      for row in rows {
        let (from, to) = (
          before.pointer + row * before.stride, after.pointer + row * after.stride
        )
        var sum = 0.0
        for i in 0..<width { sum += Double(from[i]) }
        let mean = sum / Double(width)
        var squares = 0.0
        for i in 0..<width {
          let distance = Double(from[i]) - mean
          squares += distance * distance
        }
        let scale = 1 / (squares / Double(width) + Double(epsilon)).squareRoot()
        for i in 0..<width {
          let value = Float((Double(from[i]) - mean) * scale) * weight[i]
          to[i] = bias.map { value + $0[i] } ?? value
        }
      }
    }
  }
}
