import Tensors

/// The weights of a continuous-thought model, packed for the kernels.
struct ThoughtNetwork: Sendable {
  /// Rows are looked up where they lie in the file.
  let embedding: StoredTensor  // [vocabulary, width]
  /// Of each position; nil where positions are turned instead.
  let positions: StoredTensor?  // [maximumTokens, width]
  let blocks: [TransformerBlock<Workspace>]
  private let finalNorm: BlockNorm<[Float]>
  let head: Linear  // [vocabulary, width]
  let feedback: ThoughtFeedback
  private let epsilon: Float
  /// Bytes of all packed matrices.
  let packedBytes: Int

  /// Packs every tensor.
  init(
    _ tensors: [String: StoredTensor], _ names: ThoughtTensorNames, packing: WeightPacking
  ) throws {
    let configuration = names.configuration
    var source = WeightPacker(tensors, packing)
    embedding = try source.table(names.embedding, isPacked: configuration.tiedEmbeddings)
    positions =
      configuration.backbone == .gpt2 ? try source.table(names.positions, isPacked: false) : nil
    blocks = try (0..<configuration.layers).map {
      try Self.block(names.block($0), configuration, &source)
    }
    finalNorm = try Self.norm(names.finalNorm, configuration, &source)
    head = try source.linear(configuration.tiedEmbeddings ? names.embedding : names.head)
    feedback = try ThoughtFeedback(configuration.feedback, from: &source)
    epsilon = configuration.normEpsilon
    packedBytes = source.packedBytes
  }

  private static func norm(
    _ name: String, _ configuration: ContinuousThoughtConfiguration,
    _ source: inout WeightPacker
  ) throws -> BlockNorm<[Float]> {
    let gain = try source.vector("\(name).weight")
    return configuration.backbone == .gpt2
      ? .layer(gain: gain, bias: try source.vector("\(name).bias")) : .rootMeanSquare(gain: gain)
  }

  private static func block(
    _ prefix: String, _ configuration: ContinuousThoughtConfiguration,
    _ source: inout WeightPacker
  ) throws -> TransformerBlock<Workspace> {
    let isGPT2 = configuration.backbone == .gpt2
    let epsilon = configuration.normEpsilon
    func norms(_ name: String) throws -> ResidualNorms<Workspace> {
      ResidualNorms(
        input: try norm("\(prefix)\(name)", configuration, &source), output: nil, sum: nil,
        epsilon: epsilon)
    }
    func map(_ name: String) throws -> Linear {
      try source.linear(
        "\(prefix)\(name).weight", columns: nil, bias: isGPT2 ? "\(prefix)\(name).bias" : nil,
        order: isGPT2 ? .inputsFirst : .outputsFirst)
    }
    func stack(_ part: String, _ matrices: String...) throws -> Linear {
      try source.linear(stacking: matrices.map { "\(prefix)\(part).\($0)_proj.weight" })
    }
    let attentionNorms = try norms(isGPT2 ? "ln_1" : "input_layernorm")
    let attention = SelfAttention<Workspace>(
      shape: configuration.attention, rotation: isGPT2 ? .none : .halfSplit,
      queryKeyValue: isGPT2 ? try map("attn.c_attn") : try stack("self_attn", "q", "k", "v"),
      epsilon: epsilon, output: try map(isGPT2 ? "attn.c_proj" : "self_attn.o_proj"))
    let mlpNorms = try norms(isGPT2 ? "ln_2" : "post_attention_layernorm")
    let mlp = FeedForward<Workspace>(
      inner: isGPT2 ? try map("mlp.c_fc") : try stack("mlp", "gate", "up"),
      activation: configuration.gelu.map { .gelu($0) } ?? .gatedSilu,
      output: try map(isGPT2 ? "mlp.c_proj" : "mlp.down_proj"))
    return TransformerBlock(
      attention: attention, attentionNorms: attentionNorms, mlp: mlp, mlpNorms: mlpNorms)
  }

  /// The norm that the head reads behind: stream ← norm(stream).
  func normalize(using scratch: Workspace) {
    finalNorm.apply(.stream, epsilon: epsilon, into: .stream, using: scratch)
  }
}
