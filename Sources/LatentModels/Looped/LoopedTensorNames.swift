import Checkpoints

/// Which tensors a looped checkpoint holds, under which names, in which shapes.
enum LoopedTensorNames {
  static let embedding = "model.embed_tokens.weight"
  static let norm = "model.norm.weight"
  static let gate = "model.early_exit_gate.weight"
  static let gateBias = "model.early_exit_gate.bias"
  static let head = "lm_head.weight"

  /// The four norms of a layer: before and after attention, before and after the feed-forward half.
  static let norms = [
    "input_layernorm", "input_layernorm_2", "post_attention_layernorm",
    "post_attention_layernorm_2",
  ]

  /// Every tensor the computation reads.
  static func expected(_ configuration: LoopedConfiguration) -> [ExpectedTensor] {
    let width = configuration.width
    let attention = configuration.attention
    let feedForward = configuration.feedForwardWidth
    var list = [
      ExpectedTensor(embedding, [configuration.vocabularySize, width]),
      ExpectedTensor(norm, [width]), ExpectedTensor(gate, [1, width]),
      ExpectedTensor(gateBias, [1]),
    ]
    if !configuration.tiedEmbeddings {
      list.append(ExpectedTensor(head, [configuration.vocabularySize, width]))
    }
    for index in 0..<configuration.layers {
      let prefix = "model.layers.\(index)"
      list += norms.map { ExpectedTensor("\(prefix).\($0).weight", [width]) }
      list += [
        ExpectedTensor("\(prefix).self_attn.q_proj.weight", [attention.queryWidth, width]),
        ExpectedTensor("\(prefix).self_attn.k_proj.weight", [attention.keyWidth, width]),
        ExpectedTensor("\(prefix).self_attn.v_proj.weight", [attention.keyWidth, width]),
        ExpectedTensor("\(prefix).self_attn.o_proj.weight", [width, attention.queryWidth]),
        ExpectedTensor("\(prefix).mlp.gate_proj.weight", [feedForward, width]),
        ExpectedTensor("\(prefix).mlp.up_proj.weight", [feedForward, width]),
        ExpectedTensor("\(prefix).mlp.down_proj.weight", [width, feedForward]),
      ]
    }
    return list
  }

  /// As for the other families: buffers and second copies are left alone and said, weights refused.
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
