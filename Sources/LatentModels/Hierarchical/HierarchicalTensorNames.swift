import Checkpoints

/// Which tensors an HRM-Text checkpoint holds, in either of two spellings, which may stand side by side:
/// fused (`attn.gqkv_proj`, `mlp.gate_up_proj`), as published, or one matrix each.
struct HierarchicalTensorNames: Sendable {
  /// The matrices of one map, stacked as they are named; or rows of one that is fused.
  struct Map: Sendable {
    let names: [String]
    let biases: [String]
  }

  /// A layer of a stack.
  struct Layer: Sendable {
    /// Gate, queries, keys and values, in this order.
    let attention: Map
    let attentionOutput: Map
    let gateAndUp: Map
    let down: Map
  }

  static let embedding = "model.embed_tokens.weight"
  static let head = "lm_head.weight"
  static let lowStart = "model.z_L_init"
  /// The stacks: low, high.
  static let stacks = ["model.L_module", "model.H_module"]

  let configuration: HierarchicalConfiguration
  let low: [Layer]
  let high: [Layer]
  /// Every tensor the computation reads.
  let expected: [ExpectedTensor]

  init(_ configuration: HierarchicalConfiguration, _ checkpoint: Checkpoint) {
    let c = configuration
    self.configuration = c
    let (width, inner, all) = (c.width, c.feedForwardWidth, c.attention.queryWidth)
    var list = [
      ExpectedTensor(Self.embedding, [c.vocabularySize, width]),
      ExpectedTensor(Self.lowStart, [width], optional: true),
    ]
    if !c.tiedEmbeddings { list.append(ExpectedTensor(Self.head, [c.vocabularySize, width])) }

    func map(
      fused: String, split: [String], outputs: Int, inputs: Int, hasBias: Bool
    ) -> Map {
      let isSplit = split.contains { checkpoint.has("\($0).weight") }
      let parts = isSplit ? split : [fused]
      let rows = isSplit ? outputs / split.count : outputs
      list += parts.map { ExpectedTensor("\($0).weight", [rows, inputs]) }
      if hasBias { list += parts.map { ExpectedTensor("\($0).bias", [rows]) } }
      return Map(
        names: parts.map { "\($0).weight" }, biases: hasBias ? parts.map { "\($0).bias" } : [])
    }

    func layer(_ name: String) -> Layer {
      let (gate, up) = ("\(name).mlp.gate_proj", "\(name).mlp.up_proj")
      let attention = map(
        fused: "\(name).attn.gqkv_proj",
        split: ["gate", "q", "k", "v"].map { "\(name).self_attn.\($0)_proj" }, outputs: 4 * all,
        inputs: width, hasBias: c.hasAttentionBias)
      return Layer(
        attention: attention,
        attentionOutput: map(
          fused: "\(name).attn.o_proj", split: ["\(name).self_attn.o_proj"], outputs: width,
          inputs: all, hasBias: c.hasAttentionBias),
        gateAndUp: map(
          fused: "\(name).mlp.gate_up_proj", split: [gate, up], outputs: 2 * inner, inputs: width,
          hasBias: c.hasFeedForwardBias),
        down: map(
          fused: "\(name).mlp.down_proj", split: [], outputs: width, inputs: inner,
          hasBias: c.hasFeedForwardBias))
    }

    low = (0..<c.layers).map { layer("\(Self.stacks[0]).layers.\($0)") }
    high = (0..<c.layers).map { layer("\(Self.stacks[1]).layers.\($0)") }
    expected = list
  }

  /// How many layers the stacks have in a file; nil where there are none.
  static func layers(in checkpoint: Checkpoint) -> Int? {
    let prefix = "\(stacks[0]).layers."
    let names = Array(checkpoint.tensors.keys) + checkpoint.skipped.keys
    let numbers = names.filter { $0.hasPrefix(prefix) }.compactMap {
      Int($0.dropFirst(prefix.count).prefix { $0 != "." })
    }
    return numbers.max().map { $0 + 1 }
  }

  /// As for the other families.
  static func unexpected(_ name: String, tied: Bool) -> UnexpectedTensor {
    if name == head, tied { return .skip("the head is tied: \(embedding) is used") }
    if name.hasSuffix("inv_freq") || name.contains("rotary") {
      return .skip("rotary table: computed here")
    }
    let isWeight = name.hasSuffix(".weight") || name.hasSuffix("bias")
    let isOurs = name.hasPrefix("model.") || name.hasPrefix("lm_head.")
    return isWeight && isOurs ? .refuse : .skip("not part of the computation")
  }
}
