import Tensors

/// The weights of a model with two clocks, packed for the kernels.
struct HierarchicalWeights: Sendable {
  /// Rows are looked up where they lie in the file.
  let embedding: StoredTensor  // [vocabulary, width]
  let low: [TransformerBlock<Workspace>]
  let high: [TransformerBlock<Workspace>]
  /// z_L before the first pass, the same at every position.
  let lowStart: [Float]  // [width]
  let head: Linear  // [vocabulary, width]
  /// Bytes of all packed matrices.
  let packedBytes: Int

  /// Packs every tensor.
  init(
    _ tensors: [String: StoredTensor], _ names: HierarchicalTensorNames, packing: WeightPacking
  ) throws {
    let c = names.configuration
    var packer = WeightPacker(tensors, packing)
    embedding = try packer.table(
      HierarchicalTensorNames.embedding, isPacked: c.tiedEmbeddings)
    low = try names.low.map { try Self.block($0, c, &packer) }
    high = try names.high.map { try Self.block($0, c, &packer) }
    lowStart =
      tensors[HierarchicalTensorNames.lowStart] == nil
      ? [Float](repeating: 0, count: c.width)
      : try packer.vector(HierarchicalTensorNames.lowStart)
    head = try packer.linear(
      c.tiedEmbeddings ? HierarchicalTensorNames.embedding : HierarchicalTensorNames.head)
    packedBytes = packer.packedBytes
  }

  private static func block(
    _ layer: HierarchicalTensorNames.Layer, _ c: HierarchicalConfiguration,
    _ packer: inout WeightPacker
  ) throws -> TransformerBlock<Workspace> {
    let all = c.attention.queryWidth
    func map(_ map: HierarchicalTensorNames.Map, rows: Range<Int>? = nil) throws -> Linear {
      try packer.linear(stacking: map.names, biases: map.biases, rows: rows)
    }
    // A norm without weights has the gain 1.
    let unit = [Float](repeating: 1, count: c.width)
    let attention = SelfAttention<Workspace>(
      shape: c.attention, rotation: .halfSplit,
      queryKeyValue: try map(layer.attention, rows: all..<4 * all),
      outputGate: try map(layer.attention, rows: 0..<all), epsilon: c.normEpsilon,
      output: try map(layer.attentionOutput))
    let mlp = FeedForward<Workspace>(
      inner: try map(layer.gateAndUp), output: try map(layer.down))
    return TransformerBlock<Workspace>(
      attention: attention,
      attentionNorms: ResidualNorms(input: unit, epsilon: c.normEpsilon),
      mlp: mlp, mlpNorms: ResidualNorms(input: unit, epsilon: c.normEpsilon))
  }
}
