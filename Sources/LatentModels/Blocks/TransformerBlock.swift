/// One transformer block: attention, then a gated feed-forward network, each added to the stream.
///
/// Families differ only in where the norms stand, and `ResidualNorms` says where.
package struct TransformerBlock<Mathematics: BlockMathematics>: Sendable {
  let attention: SelfAttention<Mathematics>
  let attentionNorms: ResidualNorms<Mathematics>
  let mlp: GatedMLP<Mathematics>
  let mlpNorms: ResidualNorms<Mathematics>

  /// Rewrites the stream in place.
  package func apply(using mathematics: Mathematics) {
    attentionNorms.add(attention, to: .stream, using: mathematics)
    mlpNorms.add(mlp, to: .stream, using: mathematics)
  }
}

/// What a block adds to its stream.
protocol ResidualBranch<Mathematics> {
  associatedtype Mathematics: BlockMathematics

  /// `result = branch(x)`, or `result = residual + branch(x)`; `result` may be `residual`.
  func apply(
    _ x: Register, adding residual: Register?, into result: Register,
    using mathematics: Mathematics)
}

/// Where the norms of one half of a block stand; a norm that is nil is not there:
///
///     x ← sum( x + output( branch( input(x) ) ) )
///
/// Sandwich blocks (Huginn) have `input` and `sum`, pre-norm blocks (Llama) `input` alone, post-norm
/// blocks (OLMo-2) `output` alone, looped models (Ouro) `input` and `output`.
struct ResidualNorms<Mathematics: BlockMathematics>: Sendable {
  /// On what the branch reads.
  var input: Mathematics.Vector?  // [width]
  /// On what the branch gives, before it is added.
  var output: Mathematics.Vector?  // [width]
  /// On the sum, so that the stream itself is brought back to unit size.
  var sum: Mathematics.Vector?  // [width]
  let epsilon: Float

  /// Adds a branch to `x` in place.
  func add(
    _ branch: some ResidualBranch<Mathematics>, to x: Register, using mathematics: Mathematics
  ) {
    var source = x
    if let input {
      mathematics.rmsNorm(x, gain: input, epsilon: epsilon, into: .normed)
      source = .normed
    }
    if let output {
      branch.apply(source, adding: nil, into: .sum, using: mathematics)
      mathematics.rmsNorm(.sum, gain: output, epsilon: epsilon, into: .sum)
      mathematics.add(.sum, to: x)
    } else {
      branch.apply(source, adding: x, into: x, using: mathematics)
    }
    if let sum { mathematics.rmsNorm(x, gain: sum, epsilon: epsilon, into: x) }
  }
}
