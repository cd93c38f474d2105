import Tensors

/// The weights of a recurrent-depth model, packed for the kernels.
struct RecurrentDepthWeights: Sendable {
  /// Rows are looked up where they lie in the file.
  let embedding: StoredTensor  // [vocabulary, width]
  let network: RecurrentDepthNetwork<Workspace>
  /// Bytes of all packed matrices.
  let packedBytes: Int

  /// Packs every tensor.
  init(
    _ tensors: [String: StoredTensor], _ configuration: RecurrentDepthConfiguration,
    packing: WeightPacking
  ) throws {
    var packer = WeightPacker(tensors, packing)
    embedding = try packer.table(TensorNames.embedding, isPacked: configuration.tiedEmbeddings)
    network = try RecurrentDepthNetwork(configuration, from: &packer)
    packedBytes = packer.packedBytes
  }
}
