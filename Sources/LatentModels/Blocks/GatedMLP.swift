import Tensors

/// The gated feed-forward half: output(silu(gate) ⊙ up), gate and up in one matrix, gate first.
struct GatedMLP: Sendable, ResidualBranch {
  let gateAndUp: Linear  // [2·feedForward, width]
  let output: Linear  // [width, feedForward]

  func apply(
    _ x: Buffer, adding residual: Buffer?, into result: Buffer, using scratch: Workspace
  ) {
    gateAndUp.apply(x, into: scratch.gateAndUp, team: scratch.team)
    Operations.siluMultiply(scratch.gateAndUp, into: scratch.gated)
    output.apply(scratch.gated, addingIfGiven: residual, into: result, team: scratch.team)
  }
}

extension Linear {
  /// y = x·Wᵀ + b, plus z where there is one; `z` may be `y` itself.
  func apply(_ x: Buffer, addingIfGiven z: Buffer?, into y: Buffer, team: ThreadTeam) {
    if let z {
      apply(x, adding: z, into: y, team: team)
    } else {
      apply(x, into: y, team: team)
    }
  }
}
