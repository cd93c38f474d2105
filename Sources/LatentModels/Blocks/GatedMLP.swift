/// The gated feed-forward half: output(silu(gate) ⊙ up), gate and up in one matrix, gate first.
struct GatedMLP<Mathematics: BlockMathematics>: Sendable, ResidualBranch {
  let gateAndUp: Mathematics.Map  // [2·feedForward, width]
  let output: Mathematics.Map  // [width, feedForward]

  func apply(
    _ x: Register, adding residual: Register?, into result: Register,
    using mathematics: Mathematics
  ) {
    mathematics.linear(x, gateAndUp, adding: nil, into: .gateAndUp)
    mathematics.siluMultiply(.gateAndUp, into: .gated)
    mathematics.linear(.gated, output, adding: residual, into: result)
  }
}
