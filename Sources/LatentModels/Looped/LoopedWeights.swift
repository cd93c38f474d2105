import Tensors

/// The weights of a looped model, packed for the kernels.
struct LoopedWeights: Sendable {
  /// Rows are looked up where they lie in the file.
  let embedding: StoredTensor  // [vocabulary, width]
  let layers: [TransformerBlock<Workspace>]
  /// After every loop, so that what it gives is the state, or before the head alone.
  let norm: [Float]  // [width]
  let gate: ExitGate?
  let head: Linear  // [vocabulary, width]
  /// Bytes of all packed matrices.
  let packedBytes: Int

  /// Packs every tensor.
  init(
    _ tensors: [String: StoredTensor], _ configuration: LoopedConfiguration,
    packing: WeightPacking
  ) throws {
    var packer = WeightPacker(tensors, packing)
    embedding = try packer.table(
      LoopedTensorNames.embedding, isPacked: configuration.tiedEmbeddings)
    layers = try (0..<configuration.layers).map {
      try Self.layer("model.layers.\($0)", configuration, &packer)
    }
    norm = try packer.vector(LoopedTensorNames.norm)
    gate =
      configuration.flavour == .ouro
      ? ExitGate(
        weight: try packer.vector(LoopedTensorNames.gate),
        bias: try packer.vector(LoopedTensorNames.gateBias)[0]) : nil
    head = try packer.linear(
      configuration.tiedEmbeddings ? LoopedTensorNames.embedding : LoopedTensorNames.head)
    packedBytes = packer.packedBytes
  }

  private static func layer(
    _ prefix: String, _ configuration: LoopedConfiguration, _ packer: inout WeightPacker
  ) throws -> TransformerBlock<Workspace> {
    let epsilon = configuration.normEpsilon
    let norms = try configuration.flavour.norms.map { try packer.vector("\(prefix).\($0).weight") }
    func map(_ part: String, _ matrices: String..., biased: Bool) throws -> Linear {
      let names = matrices.map { "\(prefix).\(part).\($0)_proj" }
      return try packer.linear(
        stacking: names.map { "\($0).weight" }, biases: biased ? names.map { "\($0).bias" } : [])
    }
    func headNorm(_ name: String) throws -> [Float]? {
      configuration.hasHeadNorms
        ? try packer.vector("\(prefix).self_attn.\(name)_layernorm.weight") : nil
    }
    let (attentionBias, feedForwardBias) = (
      configuration.hasAttentionBias, configuration.hasFeedForwardBias
    )
    let attention = SelfAttention<Workspace>(
      shape: configuration.attention, rotation: .halfSplit,
      queryKeyValue: try map("self_attn", "q", "k", "v", biased: attentionBias),
      queryNorm: try headNorm("q"), keyNorm: try headNorm("k"), normsHeads: true,
      epsilon: epsilon, output: try map("self_attn", "o", biased: attentionBias))
    let mlp = FeedForward<Workspace>(
      inner: try map("mlp", "gate", "up", biased: feedForwardBias),
      output: try map("mlp", "down", biased: feedForwardBias))
    let places: (attention: ResidualNorms<Workspace>, mlp: ResidualNorms<Workspace>) =
      configuration.flavour.places(norms, epsilon: epsilon)
    return TransformerBlock<Workspace>(
      attention: attention, attentionNorms: places.attention, mlp: mlp, mlpNorms: places.mlp)
  }
}
