/// The same program in other mathematics over the same weights.
extension TransformerBlock {
  func over<Other: BlockMathematics>(_ other: Other.Type) -> TransformerBlock<Other>
  where Other.Map == Mathematics.Map, Other.Vector == Mathematics.Vector {
    TransformerBlock<Other>(
      attention: SelfAttention<Other>(
        shape: attention.shape, rotation: attention.rotation,
        queryKeyValue: attention.queryKeyValue, queryNorm: attention.queryNorm,
        keyNorm: attention.keyNorm, normsHeads: attention.normsHeads,
        values: attention.values, outputGate: attention.outputGate, epsilon: attention.epsilon,
        output: attention.output),
      attentionNorms: attentionNorms.over(other),
      mlp: FeedForward<Other>(
        inner: mlp.inner, activation: mlp.activation.over(other), output: mlp.output),
      mlpNorms: mlpNorms.over(other))
  }
}

extension ResidualNorms {
  fileprivate func over<Other: BlockMathematics>(_ other: Other.Type) -> ResidualNorms<Other>
  where Other.Vector == Mathematics.Vector {
    ResidualNorms<Other>(input: input, output: output, sum: sum, epsilon: epsilon)
  }
}

extension FeedForward.Activation {
  fileprivate func over<Other: BlockMathematics>(
    _ other: Other.Type
  ) -> FeedForward<Other>.Activation {
    switch self {
    case .gatedSilu: .gatedSilu
    case .gelu(let form): .gelu(form)
    case .halfSquaredReLU: .halfSquaredReLU
    }
  }
}
