import Tensors

/// One transformer block of Huginn: norms before and after each half, the second around the
/// residual sum, so that the stream is brought back to unit size twice per block:
///
///     x ← norm_2(attention(norm_1(x)) + x)
///     x ← norm_4(mlp(norm_3(x)) + x)
///
/// As in the published `SandwichBlock` (seal-rg/recurrent-pretraining).
struct SandwichBlock: Sendable {
  let norms: [[Float]]  // [4][width]
  let epsilon: Float
  let attention: SelfAttention
  let mlp: GatedMLP

  /// Rewrites `x` in place.
  func apply(to x: Buffer, using scratch: Workspace) {  // [tokens, width]
    let normed = scratch.normed
    Operations.rmsNorm(x, weight: norms[0], epsilon: epsilon, into: normed)
    attention.apply(normed, adding: x, into: scratch.sum, using: scratch)
    Operations.rmsNorm(scratch.sum, weight: norms[1], epsilon: epsilon, into: x)
    Operations.rmsNorm(x, weight: norms[2], epsilon: epsilon, into: normed)
    mlp.apply(normed, adding: x, into: scratch.sum, using: scratch)
    Operations.rmsNorm(scratch.sum, weight: norms[3], epsilon: epsilon, into: x)
  }
}

/// Causal multi-head self-attention with a learned bias on queries and keys and rotary positions
/// on interleaved pairs. Bias comes before rotation; values get neither.
struct SelfAttention: Sendable {
  let heads: Int
  /// Rows: all queries, all keys, all values.
  let queryKeyValue: Linear  // [3·width, width]
  /// Queries then keys; nil when the model has none.
  let bias: [Float]?  // [2·width]
  let output: Linear  // [width, width]

  /// `result = residual + attention(x)`
  func apply(_ x: Buffer, adding residual: Buffer, into result: Buffer, using scratch: Workspace) {
    let projected = scratch.projected  // [tokens, 3·width]
    queryKeyValue.apply(x, into: projected, team: scratch.team)
    Operations.rotateInterleaved(
      projected, heads: heads, table: scratch.rotary, firstPosition: 0, bias: bias)
    Operations.causalAttention(
      projected, heads: heads, into: scratch.attended, team: scratch.team)
    output.apply(scratch.attended, adding: residual, into: result, team: scratch.team)
  }
}

/// The gated feed-forward half: proj(silu(gate) ⊙ up), gate and up in one matrix, gate first.
struct GatedMLP: Sendable {
  let gateAndUp: Linear  // [2·feedForward, width]
  let output: Linear  // [width, feedForward]

  /// `result = residual + mlp(x)`
  func apply(_ x: Buffer, adding residual: Buffer, into result: Buffer, using scratch: Workspace) {
    gateAndUp.apply(x, into: scratch.gateAndUp, team: scratch.team)
    Operations.siluMultiply(scratch.gateAndUp, into: scratch.gated)
    output.apply(scratch.gated, adding: residual, into: result, team: scratch.team)
  }
}
