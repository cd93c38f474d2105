import Tensors

/// The weights of a looped model, packed for the kernels.
struct LoopedWeights: Sendable {
  /// Rows are looked up where they lie in the file.
  let embedding: StoredTensor  // [vocabulary, width]
  let layers: [TransformerBlock<Workspace>]
  /// After every loop; what it gives is the state.
  let norm: [Float]  // [width]
  let gate: ExitGate
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
    gate = ExitGate(
      weight: try packer.vector(LoopedTensorNames.gate),
      bias: try packer.vector(LoopedTensorNames.gateBias)[0])
    head = try packer.linear(
      configuration.tiedEmbeddings ? LoopedTensorNames.embedding : LoopedTensorNames.head)
    packedBytes = packer.packedBytes
  }

  private static func layer(
    _ prefix: String, _ configuration: LoopedConfiguration, _ packer: inout WeightPacker
  ) throws -> TransformerBlock<Workspace> {
    let epsilon = configuration.normEpsilon
    let norms = try LoopedTensorNames.norms.map { try packer.vector("\(prefix).\($0).weight") }
    func names(_ part: String, _ matrices: String...) -> [String] {
      matrices.map { "\(prefix).\(part).\($0)_proj.weight" }
    }
    let attention = SelfAttention<Workspace>(
      shape: configuration.attention, rotation: .halfSplit,
      queryKeyValue: try packer.linear(stacking: names("self_attn", "q", "k", "v")),
      epsilon: epsilon, output: try packer.linear("\(prefix).self_attn.o_proj.weight"))
    let mlp = FeedForward<Workspace>(
      inner: try packer.linear(stacking: names("mlp", "gate", "up")),
      output: try packer.linear("\(prefix).mlp.down_proj.weight"))
    return TransformerBlock<Workspace>(
      attention: attention,
      attentionNorms: ResidualNorms(input: norms[0], output: norms[1], epsilon: epsilon),
      mlp: mlp, mlpNorms: ResidualNorms(input: norms[2], output: norms[3], epsilon: epsilon))
  }
}
