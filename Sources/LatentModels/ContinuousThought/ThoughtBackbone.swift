/// The language model that thinks, in whatever mathematics: everything but its tables and what a hidden
/// vector becomes on its way back.
package struct ThoughtBackbone<Mathematics: BlockMathematics>: Sendable {
  package let blocks: [TransformerBlock<Mathematics>]
  private let finalNorm: BlockNorm<Mathematics.Vector>
  package let head: Mathematics.Map  // [vocabulary, width]
  private let epsilon: Float

  /// Takes every tensor by its name.
  package init<Source: WeightSource<Mathematics>>(
    _ names: ThoughtTensorNames, from source: inout Source
  ) throws {
    let configuration = names.configuration
    blocks = try (0..<configuration.layers).map {
      try Self.block(names.block($0), configuration, &source)
    }
    finalNorm = try Self.norm(names.finalNorm, configuration, &source)
    head = try source.linear(configuration.tiedEmbeddings ? names.embedding : names.head)
    epsilon = configuration.normEpsilon
  }

  private static func norm(
    _ name: String, _ configuration: ContinuousThoughtConfiguration,
    _ source: inout some WeightSource<Mathematics>
  ) throws -> BlockNorm<Mathematics.Vector> {
    let gain = try source.vector("\(name).weight")
    return configuration.backbone == .gpt2
      ? .layer(gain: gain, bias: try source.vector("\(name).bias")) : .rootMeanSquare(gain: gain)
  }

  private static func block(
    _ prefix: String, _ configuration: ContinuousThoughtConfiguration,
    _ source: inout some WeightSource<Mathematics>
  ) throws -> TransformerBlock<Mathematics> {
    let isGPT2 = configuration.backbone == .gpt2
    let epsilon = configuration.normEpsilon
    func norms(_ name: String) throws -> ResidualNorms<Mathematics> {
      ResidualNorms(
        input: try norm("\(prefix)\(name)", configuration, &source), output: nil, sum: nil,
        epsilon: epsilon)
    }
    func map(_ name: String) throws -> Mathematics.Map {
      try source.linear(
        "\(prefix)\(name).weight", columns: nil, bias: isGPT2 ? "\(prefix)\(name).bias" : nil,
        order: isGPT2 ? .inputsFirst : .outputsFirst)
    }
    func stack(_ part: String, _ matrices: String...) throws -> Mathematics.Map {
      try source.linear(stacking: matrices.map { "\(prefix)\(part).\($0)_proj.weight" })
    }
    let attentionNorms = try norms(isGPT2 ? "ln_1" : "input_layernorm")
    let attention = SelfAttention<Mathematics>(
      shape: configuration.attention, rotation: isGPT2 ? .none : .halfSplit,
      queryKeyValue: isGPT2 ? try map("attn.c_attn") : try stack("self_attn", "q", "k", "v"),
      epsilon: epsilon, output: try map(isGPT2 ? "attn.c_proj" : "self_attn.o_proj"))
    let mlpNorms = try norms(isGPT2 ? "ln_2" : "post_attention_layernorm")
    let mlp = FeedForward<Mathematics>(
      inner: isGPT2 ? try map("mlp.c_fc") : try stack("mlp", "gate", "up"),
      activation: configuration.gelu.map { .gelu($0) } ?? .gatedSilu,
      output: try map(isGPT2 ? "mlp.c_proj" : "mlp.down_proj"))
    return TransformerBlock(
      attention: attention, attentionNorms: attentionNorms, mlp: mlp, mlpNorms: mlpNorms)
  }

  /// The norm that the head reads behind: stream ← norm(stream).
  package func normalize(using mathematics: Mathematics) {
    finalNorm.apply(.stream, epsilon: epsilon, into: .stream, using: mathematics)
  }

  /// logits ← head(stream).
  package func predict(using mathematics: Mathematics) {
    mathematics.linear(.stream, head, adding: nil, into: .logits)
  }
}
