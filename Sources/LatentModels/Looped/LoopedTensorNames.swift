import Checkpoints

/// Which tensors a looped checkpoint holds, under which names, in which shapes.
enum LoopedTensorNames {
  static let embedding = "model.embed_tokens.weight"
  static let norm = "model.norm.weight"
  static let gate = "model.early_exit_gate.weight"
  static let gateBias = "model.early_exit_gate.bias"
  static let head = "lm_head.weight"

  /// The seven maps of a layer, with the widths they go to and come from, and whether they have biases.
  private static func maps(
    _ c: LoopedConfiguration
  ) -> [(name: String, outputs: Int, inputs: Int, hasBias: Bool)] {
    let (attention, biased) = (c.attention, c.hasAttentionBias)
    return [
      ("self_attn.q_proj", attention.queryWidth, c.width, biased),
      ("self_attn.k_proj", attention.keyWidth, c.width, biased),
      ("self_attn.v_proj", attention.keyWidth, c.width, biased),
      ("self_attn.o_proj", c.width, attention.queryWidth, biased),
      ("mlp.gate_proj", c.feedForwardWidth, c.width, c.hasFeedForwardBias),
      ("mlp.up_proj", c.feedForwardWidth, c.width, c.hasFeedForwardBias),
      ("mlp.down_proj", c.width, c.feedForwardWidth, c.hasFeedForwardBias),
    ]
  }

  /// Every tensor the computation reads.
  static func expected(_ configuration: LoopedConfiguration) -> [ExpectedTensor] {
    let width = configuration.width
    var list = [
      ExpectedTensor(embedding, [configuration.vocabularySize, width]),
      ExpectedTensor(norm, [width]),
    ]
    if configuration.flavour == .ouro {
      list += [ExpectedTensor(gate, [1, width]), ExpectedTensor(gateBias, [1])]
    }
    if !configuration.tiedEmbeddings {
      list.append(ExpectedTensor(head, [configuration.vocabularySize, width]))
    }
    for index in 0..<configuration.layers {
      let prefix = "model.layers.\(index)"
      list += configuration.flavour.norms.map { ExpectedTensor("\(prefix).\($0).weight", [width]) }
      for map in maps(configuration) {
        list.append(ExpectedTensor("\(prefix).\(map.name).weight", [map.outputs, map.inputs]))
        if map.hasBias { list.append(ExpectedTensor("\(prefix).\(map.name).bias", [map.outputs])) }
      }
      if configuration.hasHeadNorms {
        list += ["q", "k"].map {
          ExpectedTensor(
            "\(prefix).self_attn.\($0)_layernorm.weight", [configuration.headDimension])
        }
      }
    }
    return list
  }

  /// As for the other families: buffers and second copies are left alone and said, weights refused.
  static func unexpected(_ name: String, tied: Bool) -> UnexpectedTensor {
    if name == head, tied { return .skip("the head is tied: \(embedding) is used") }
    if name.hasSuffix("inv_freq") || name.contains("rotary") {
      return .skip("rotary table: computed here")
    }
    // Weights of options that are refused, whatever they end with.
    let options = ["self_attn_hc.", "mlp_hc.", "ngram_embeddings.", "ngram_layer_fusion."]
    if options.contains(where: name.contains) { return .refuse }
    let isWeight = name.hasSuffix(".weight") || name.hasSuffix("bias")
    let isOurs = name.hasPrefix("model.") || name.hasPrefix("lm_head.")
    return isWeight && isOurs ? .refuse : .skip("not part of the computation")
  }
}
