import Checkpoints

/// Which tensors a Parcae checkpoint holds, under which names, in which shapes.
struct ParcaeTensorNames: Sendable {
  let configuration: ParcaeConfiguration
  /// What stands before every name, as wrappers of training leave it.
  let prefix: String
  /// Layers that add values of tokens, by their number among all: those that have a gate and a table.
  let valueLayers: Set<Int>

  init(_ configuration: ParcaeConfiguration, _ checkpoint: Checkpoint, prefix: String) {
    self.configuration = configuration
    self.prefix = prefix
    let parts = Self.parts(configuration)
    valueLayers = Set(
      parts.filter { layer in
        checkpoint.has("\(prefix)\(layer.name).attn.ve_gate.weight")
          && checkpoint.has("\(prefix)value_embeds.\(layer.number).weight")
      }.map(\.number))
  }

  /// The contraction of the injection: decay = exp(−softplus(dt_bias) · exp(A_log)).
  static let decay = "transformer.adapter.A_log"

  /// What stands before the names of a checkpoint; nil where it is no Parcae model.
  static func prefix(_ checkpoint: Checkpoint) -> String? {
    let names = Array(checkpoint.tensors.keys) + checkpoint.skipped.keys
    guard let name = names.first(where: { $0.hasSuffix(decay) }) else { return nil }
    let prefix = String(name.dropLast(decay.count))
    var rest = Substring(prefix)
    while !rest.isEmpty {
      guard let wrapper = ["module.", "_orig_mod.", "model."].first(where: rest.hasPrefix) else {
        return nil
      }
      rest = rest.dropFirst(wrapper.count)
    }
    return prefix
  }

  var embedding: String { "\(prefix)transformer.wte.weight" }
  var head: String { "\(prefix)lm_head.weight" }
  var preludeNorm: String { "\(prefix)transformer.ln_prelude.weight" }
  var finalNorm: String { "\(prefix)transformer.ln_f.weight" }
  /// The map from states to what the coda reads.
  var output: String { "\(prefix)transformer.C.weight" }
  func adapter(_ name: String) -> String { "\(prefix)transformer.adapter.\(name)" }
  func values(_ number: Int) -> String { "\(prefix)value_embeds.\(number).weight" }

  /// All layers in order: prelude, core, coda; the core's are the same at every iteration.
  static func parts(_ c: ParcaeConfiguration) -> [(name: String, number: Int)] {
    let names =
      (0..<c.preludeLayers).map { "transformer.prelude.\($0)" }
      + (0..<c.coreLayers).map { "transformer.core_block.\($0)" }
      + (0..<c.codaLayers).map { "transformer.coda.\($0)" }
    return names.enumerated().map { ($0.element, $0.offset) }
  }

  /// Elements of a layer's input that its gate reads: the first 32, or all there are.
  static func gateChannels(_ c: ParcaeConfiguration) -> Int { min(32, c.width) }

  /// Every tensor the computation reads.
  var expected: [ExpectedTensor] {
    let c = configuration
    let (width, inner) = (c.width, c.feedForwardWidth)
    var list = [
      ExpectedTensor(embedding, [c.vocabularySize, width]), ExpectedTensor(finalNorm, [width]),
      ExpectedTensor(adapter("A_log"), [width]), ExpectedTensor(adapter("dt_bias"), [width]),
      ExpectedTensor(adapter("B"), [width, width]), ExpectedTensor(output, [width, width]),
    ]
    if c.normsPrelude { list.append(ExpectedTensor(preludeNorm, [width])) }
    if !c.tiedEmbeddings { list.append(ExpectedTensor(head, [c.vocabularySize, width])) }
    for (name, number) in Self.parts(c) {
      let name = prefix + name
      list += ["norm_1", "norm_2"].map { ExpectedTensor("\(name).\($0).weight", [width]) }
      list += ["c_q", "c_k", "c_v", "c_proj"].map {
        ExpectedTensor("\(name).attn.\($0).weight", [width, width])
      }
      list.append(ExpectedTensor("\(name).mlp.fc.weight", [inner, width]))
      list.append(ExpectedTensor("\(name).mlp.proj.weight", [width, inner]))
      guard valueLayers.contains(number) else { continue }
      list.append(ExpectedTensor("\(name).attn.ve_gate.weight", [c.heads, Self.gateChannels(c)]))
      list.append(ExpectedTensor(values(number), [c.vocabularySize, c.attention.keyWidth]))
    }
    return list
  }

  /// As for the other families; a gate without its table and a table without its gate are not used.
  func unexpected(_ name: String) -> UnexpectedTensor {
    if name == head { return .skip("the head is tied: \(embedding) is used") }
    if name.hasSuffix("freqs_cis") { return .skip("rotary table: computed here") }
    if Self.parts(configuration).contains(where: {
      name == "\(prefix)\($0.name).attn.ve_gate.weight" || name == values($0.number)
    }) {
      return .skip("a gate of values without its table, or a table without its gate, is not used")
    }
    let isWeight =
      name.hasSuffix(".weight") || name.hasSuffix("bias") || name.contains(".adapter.")
    let isOurs = ["transformer.", "lm_head.", "value_embeds."].contains {
      name.hasPrefix(prefix + $0)
    }
    return isWeight && isOurs ? .refuse : .skip("not part of the computation")
  }
}
