import Checkpoints

/// Which tensors a continuous-thought checkpoint holds, under which names, in which shapes.
///
/// The same weights are published under several names: as transformers writes a model with a head
/// (`transformer.h.0…`, `model.layers.0…`), without that prefix (`h.0…`), and out of the class that
/// COCONUT was trained in (`base_causallm.transformer.h.0…`).
package struct ThoughtTensorNames: Sendable {
  package let configuration: ContinuousThoughtConfiguration
  /// Before the names of the backbone, with its dot.
  let prefix: String
  /// Before `lm_head`.
  private let outer: String

  private static let outerPrefixes = ["", "base_causallm."]

  /// - Parameter checkpoint: its tensors say which names they have.
  init(_ configuration: ContinuousThoughtConfiguration, in checkpoint: Checkpoint) {
    self.configuration = configuration
    let inner = configuration.backbone == .gpt2 ? ["transformer.", ""] : ["model.", ""]
    let table = Self.table(configuration.backbone)
    let found = Self.outerPrefixes.lazy.flatMap { outer in inner.map { (outer, outer + $0) } }
      .first { checkpoint.has($0.1 + table) }
    (outer, prefix) = found ?? ("", inner[0])
  }

  /// The names that transformers writes.
  package init(_ configuration: ContinuousThoughtConfiguration) {
    self.configuration = configuration
    (outer, prefix) = ("", configuration.backbone == .gpt2 ? "transformer." : "model.")
  }

  private static func table(_ backbone: ContinuousThoughtConfiguration.Backbone) -> String {
    backbone == .gpt2 ? "wte.weight" : "embed_tokens.weight"
  }

  package var embedding: String { prefix + Self.table(configuration.backbone) }
  package var positions: String { prefix + "wpe.weight" }
  var head: String { outer + "lm_head.weight" }
  var finalNorm: String { prefix + (configuration.backbone == .gpt2 ? "ln_f" : "norm") }

  /// What stands before the names of a block.
  func block(_ index: Int) -> String {
    prefix + (configuration.backbone == .gpt2 ? "h.\(index)." : "layers.\(index).")
  }

  /// The maps and the norm between a hidden vector and the thought it becomes, by the names of the
  /// published classes.
  static let projector = (inner: "projector.1", outer: "projector.3", norm: "projector.4")
  static let latentHead = (
    inner: "lt_head.fc.0", outer: "lt_head.fc.2", norm: "lt_head.fc.3", mean: "lt_head.mean"
  )

  /// Whether a checkpoint has CoLaR's head.
  static func hasLatentHead(_ checkpoint: Checkpoint) -> Bool {
    checkpoint.has("\(latentHead.mean).weight")
  }

  /// Every tensor the computation reads.
  package var expected: [ExpectedTensor] {
    let c = configuration
    var list = [ExpectedTensor(embedding, [c.vocabularySize, c.width])]
    if !c.tiedEmbeddings { list.append(ExpectedTensor(head, [c.vocabularySize, c.width])) }
    if c.backbone == .gpt2 {
      list.append(ExpectedTensor(positions, [c.maximumTokens, c.width]))
    }
    list += norm(finalNorm)
    for index in 0..<c.layers {
      list += c.backbone == .gpt2 ? gpt2Block(block(index)) : llamaBlock(block(index))
    }
    return list + feedback
  }

  /// Whether a tensor is a matrix that lies [inputs, outputs] in files.
  package func isInputsFirst(_ name: String) -> Bool {
    configuration.backbone == .gpt2
      && ["attn.c_attn", "attn.c_proj", "mlp.c_fc", "mlp.c_proj"].contains {
        name.hasSuffix("\($0).weight")
      }
  }

  private func norm(_ name: String) -> [ExpectedTensor] {
    let gain = ExpectedTensor("\(name).weight", [configuration.width])
    return configuration.backbone == .gpt2
      ? [gain, ExpectedTensor("\(name).bias", [configuration.width])] : [gain]
  }

  /// GPT-2 keeps its matrices [inputs, outputs].
  private func gpt2Block(_ prefix: String) -> [ExpectedTensor] {
    let (width, inner) = (configuration.width, configuration.feedForwardWidth)
    let maps = [
      ("attn.c_attn", width, 3 * width), ("attn.c_proj", width, width),
      ("mlp.c_fc", width, inner), ("mlp.c_proj", inner, width),
    ]
    return norm("\(prefix)ln_1") + norm("\(prefix)ln_2")
      + maps.flatMap { name, inputs, outputs in
        [
          ExpectedTensor("\(prefix)\(name).weight", [inputs, outputs]),
          ExpectedTensor("\(prefix)\(name).bias", [outputs]),
        ]
      }
  }

  private func llamaBlock(_ prefix: String) -> [ExpectedTensor] {
    let (width, inner) = (configuration.width, configuration.feedForwardWidth)
    let shape = configuration.attention
    let maps = [
      ("self_attn.q_proj", width, shape.queryWidth), ("self_attn.k_proj", width, shape.keyWidth),
      ("self_attn.v_proj", width, shape.keyWidth), ("self_attn.o_proj", shape.queryWidth, width),
      ("mlp.gate_proj", width, inner), ("mlp.up_proj", width, inner),
      ("mlp.down_proj", inner, width),
    ]
    return norm("\(prefix)input_layernorm") + norm("\(prefix)post_attention_layernorm")
      + maps.map { ExpectedTensor("\(prefix)\($0).weight", [$2, $1]) }
  }

  private var feedback: [ExpectedTensor] {
    let width = configuration.width
    func map(_ name: String, _ inputs: Int, _ outputs: Int) -> [ExpectedTensor] {
      [
        ExpectedTensor("\(name).weight", [outputs, inputs]),
        ExpectedTensor("\(name).bias", [outputs]),
      ]
    }
    func norm(_ name: String, _ width: Int) -> [ExpectedTensor] {
      ["weight", "bias"].map { ExpectedTensor("\(name).\($0)", [width]) }
    }
    switch configuration.feedback {
    case .hidden: return []
    case .projector(let inner):
      let names = Self.projector
      return map(names.inner, width, inner) + map(names.outer, inner, width)
        + norm(names.norm, width)
    case .latentHead(let inner, _):
      let names = Self.latentHead
      return map(names.inner, width, inner) + map(names.outer, inner, inner)
        + norm(names.norm, inner) + map(names.mean, inner, width)
    }
  }

  /// As for the other families: buffers and second copies are left alone and said, weights refused.
  func unexpected(_ name: String) -> UnexpectedTensor {
    if name == head { return .skip("the head is tied: \(embedding) is used") }
    if name == "embedding.weight" || name == "\(outer)embedding.weight" {
      return .skip("a second copy of \(embedding)")
    }
    if name.hasSuffix(".attn.bias") || name.hasSuffix(".attn.masked_bias") {
      return .skip("the causal mask: made here")
    }
    if name.hasSuffix("inv_freq") || name.contains("rotary") {
      return .skip("rotary table: computed here")
    }
    if name.hasPrefix("lt_head.log_std.") {
      return .skip("the spread that thoughts were drawn with in training; their mean is used")
    }
    return name.hasSuffix("weight") || name.hasSuffix("bias")
      ? .refuse : .skip("not part of the computation")
  }
}
