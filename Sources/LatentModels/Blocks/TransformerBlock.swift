import Tensors

/// One transformer block: attention, then a gated feed-forward network, each added to the stream.
///
/// Families differ only in where the norms stand, and `ResidualNorms` says where.
struct TransformerBlock: Sendable {
  let attention: SelfAttention
  let attentionNorms: ResidualNorms
  let mlp: GatedMLP
  let mlpNorms: ResidualNorms

  /// Rewrites `x` in place.
  func apply(to x: Buffer, using scratch: Workspace) {  // [tokens, width]
    attentionNorms.add(attention, to: x, using: scratch)
    mlpNorms.add(mlp, to: x, using: scratch)
  }
}

/// What a block adds to its stream.
protocol ResidualBranch {
  /// `result = branch(x)`, or `result = residual + branch(x)`; `result` may be `residual`.
  func apply(_ x: Buffer, adding residual: Buffer?, into result: Buffer, using scratch: Workspace)
}

/// Where the norms of one half of a block stand; a norm that is nil is not there:
///
///     x ← sum( x + output( branch( input(x) ) ) )
///
/// Sandwich blocks (Huginn) have `input` and `sum`, pre-norm blocks (Llama) `input` alone, post-norm
/// blocks (OLMo-2) `output` alone, looped models (Ouro) `input` and `output`.
struct ResidualNorms: Sendable {
  /// On what the branch reads.
  var input: [Float]?  // [width]
  /// On what the branch gives, before it is added.
  var output: [Float]?  // [width]
  /// On the sum, so that the stream itself is brought back to unit size.
  var sum: [Float]?  // [width]
  let epsilon: Float

  /// Adds a branch to `x` in place.
  func add(_ branch: some ResidualBranch, to x: Buffer, using scratch: Workspace) {
    var source = x
    if let input {
      Operations.rmsNorm(x, weight: input, epsilon: epsilon, into: scratch.normed)
      source = scratch.normed
    }
    if let output {
      branch.apply(source, adding: nil, into: scratch.sum, using: scratch)
      Operations.rmsNorm(scratch.sum, weight: output, epsilon: epsilon, into: scratch.sum)
      Operations.add(scratch.sum, to: x)
    } else {
      branch.apply(source, adding: x, into: x, using: scratch)
    }
    if let sum { Operations.rmsNorm(x, weight: sum, epsilon: epsilon, into: x) }
  }
}
