import Checkpoints
import Tensors

/// The weights of a recurrent-depth model, packed for the kernels.
struct RecurrentDepthWeights: Sendable {
  /// Rows are looked up where they lie in the file.
  let embedding: StoredTensor  // [vocabulary, width]
  let prelude: [TransformerBlock]
  /// The half of the adapter that reads the state.
  let adapterState: Linear  // [width, width]
  /// The half that reads e, with the bias; its product is the same at every iteration.
  let adapterInput: Linear  // [width, width]
  let core: [TransformerBlock]
  let coda: [TransformerBlock]
  let finalNorm: [Float]  // [width]
  let head: Linear  // [vocabulary, width]
  /// Bytes of all packed matrices.
  let packedBytes: Int

  /// Packs every tensor.
  init(
    _ tensors: [String: StoredTensor], _ configuration: RecurrentDepthConfiguration,
    packing: WeightPacking
  ) throws {
    var packer = WeightPacker(tensors, packing)
    let width = configuration.width

    func blocks(_ part: String, _ count: Int) throws -> [TransformerBlock] {
      try (0..<count).map {
        try Self.block("transformer.\(part).\($0)", configuration, &packer)
      }
    }

    embedding = try packer.table(TensorNames.embedding, isPacked: configuration.tiedEmbeddings)
    prelude = try blocks("prelude", configuration.preludeLayers)
    adapterState = try packer.linear(TensorNames.adapter, columns: 0..<width)
    adapterInput = try packer.linear(
      TensorNames.adapter, columns: width..<2 * width,
      bias: configuration.hasAdapterBias ? TensorNames.adapterBias : nil)
    core = try blocks("core_block", configuration.coreLayers)
    coda = try blocks("coda", configuration.codaLayers)
    finalNorm = try packer.vector(TensorNames.finalNorm)
    head = try packer.linear(
      configuration.tiedEmbeddings ? TensorNames.embedding : TensorNames.head)
    packedBytes = packer.packedBytes
  }

  private static func block(
    _ prefix: String, _ configuration: RecurrentDepthConfiguration, _ packer: inout WeightPacker
  ) throws -> TransformerBlock {
    let flavour = configuration.flavour
    let norms = try flavour.norms.map { try packer.vector("\(prefix).\($0).weight") }
    let bias = configuration.hasQueryKeyBias ? try packer.vector("\(prefix).attn.qk_bias") : nil
    func norm(_ name: String) throws -> [Float]? {
      flavour == .postNorm ? try packer.vector("\(prefix).attn.\(name).weight") : nil
    }
    let attention = SelfAttention(
      shape: configuration.attention,
      rotation: flavour == .sandwich ? .interleaved(bias: bias) : .halfSplit,
      queryKeyValue: try packer.linear("\(prefix).attn.Wqkv.weight"),
      queryNorm: try norm("q_norm"), keyNorm: try norm("k_norm"),
      epsilon: configuration.normEpsilon,
      output: try packer.linear("\(prefix).attn.proj.weight"))
    let mlp = GatedMLP(
      gateAndUp: try packer.linear("\(prefix).mlp.fc.weight"),
      output: try packer.linear("\(prefix).mlp.proj.weight"))
    let places = flavour.places(norms, epsilon: configuration.normEpsilon)
    return TransformerBlock(
      attention: attention, attentionNorms: places.attention, mlp: mlp, mlpNorms: places.mlp)
  }
}
