import Tensors

/// The weights of a continuous-thought model, packed for the kernels.
struct ThoughtNetwork: Sendable {
  /// Rows are looked up where they lie in the file.
  let embedding: StoredTensor  // [vocabulary, width]
  /// Of each position; nil where positions are turned instead.
  let positions: StoredTensor?  // [maximumTokens, width]
  let backbone: ThoughtBackbone<Workspace>
  let feedback: ThoughtFeedback
  /// Bytes of all packed matrices.
  let packedBytes: Int

  var blocks: [TransformerBlock<Workspace>] { backbone.blocks }
  var head: Linear { backbone.head }

  /// Packs every tensor.
  init(
    _ tensors: [String: StoredTensor], _ names: ThoughtTensorNames, packing: WeightPacking
  ) throws {
    let configuration = names.configuration
    var source = WeightPacker(tensors, packing)
    embedding = try source.table(names.embedding, isPacked: configuration.tiedEmbeddings)
    positions =
      configuration.backbone == .gpt2 ? try source.table(names.positions, isPacked: false) : nil
    backbone = try ThoughtBackbone(names, from: &source)
    feedback = try ThoughtFeedback(configuration.feedback, from: &source)
    packedBytes = source.packedBytes
  }

  /// The norm that the head reads behind: stream ← norm(stream).
  func normalize(using scratch: Workspace) { backbone.normalize(using: scratch) }
}
