import Checkpoints

/// Which tensors a recurrent-depth checkpoint holds, under which names, in which shapes.
package enum TensorNames {
  package static let embedding = "transformer.wte.weight"
  package static let adapter = "transformer.adapter.weight"
  package static let adapterBias = "transformer.adapter.bias"
  package static let finalNorm = "transformer.ln_f.weight"
  package static let head = "lm_head.weight"

  /// The three groups of blocks and how the files call them.
  static func blocks(_ configuration: RecurrentDepthConfiguration) -> [(part: String, count: Int)] {
    [
      ("prelude", configuration.preludeLayers), ("core_block", configuration.coreLayers),
      ("coda", configuration.codaLayers),
    ]
  }

  /// Every tensor the computation reads.
  package static func expected(_ configuration: RecurrentDepthConfiguration) -> [ExpectedTensor] {
    let width = configuration.width
    var list = [
      ExpectedTensor(embedding, [configuration.vocabularySize, width]),
      ExpectedTensor(adapter, [width, 2 * width]),
      ExpectedTensor(finalNorm, [width]),
    ]
    if configuration.hasAdapterBias { list.append(ExpectedTensor(adapterBias, [width])) }
    if !configuration.tiedEmbeddings {
      list.append(ExpectedTensor(head, [configuration.vocabularySize, width]))
    }
    for (part, count) in blocks(configuration) {
      for index in 0..<count {
        list += block("transformer.\(part).\(index)", configuration)
      }
    }
    return list
  }

  private static func block(
    _ prefix: String, _ configuration: RecurrentDepthConfiguration
  ) -> [ExpectedTensor] {
    let width = configuration.width
    let attention = configuration.attention
    let feedForward = configuration.feedForwardWidth
    var list = configuration.flavour.norms.map { ExpectedTensor("\(prefix).\($0).weight", [width]) }
    list += [
      ExpectedTensor("\(prefix).attn.Wqkv.weight", [attention.projectedWidth, width]),
      ExpectedTensor("\(prefix).attn.proj.weight", [width, attention.queryWidth]),
      ExpectedTensor("\(prefix).mlp.fc.weight", [2 * feedForward, width]),
      ExpectedTensor("\(prefix).mlp.proj.weight", [width, feedForward]),
    ]
    if configuration.hasQueryKeyBias {
      let shape = [2, 1, configuration.heads, configuration.headDimension]
      list.append(ExpectedTensor("\(prefix).attn.qk_bias", shape))
    }
    if configuration.flavour == .postNorm {
      list.append(ExpectedTensor("\(prefix).attn.q_norm.weight", [attention.queryWidth]))
      list.append(ExpectedTensor("\(prefix).attn.k_norm.weight", [attention.keyWidth]))
    }
    return list
  }

  /// What to do with a tensor the computation does not read: buffers and second copies are left
  /// alone and said, anything that looks like a weight is refused, because a model with weights
  /// left out is another model.
  static func unexpected(_ name: String, tied: Bool) -> UnexpectedTensor {
    if name == head, tied { return .skip("the head is tied: \(embedding) is used") }
    if name.hasSuffix("freqs_cis") || name.hasSuffix("inv_freq") || name.contains("rotary") {
      return .skip("rotary table: computed here")
    }
    let isWeight = name.hasSuffix(".weight") || name.hasSuffix("bias")
    let isOurs = name.hasPrefix("transformer.") || name.hasPrefix("lm_head.")
    return isWeight && isOurs ? .refuse : .skip("not part of the computation")
  }
}
