import Tensors

/// The weights of a Parcae model, packed for the kernels, in whatever mathematics runs them.
struct ParcaeNetwork<Mathematics: BlockMathematics>: Sendable
where Mathematics.Map == Linear, Mathematics.Vector == [Float] {
  let prelude: [TransformerBlock<Mathematics>]
  let preludeNorm: [Float]?  // [width]
  let injection: DiagonalInjection
  /// What the injection reads e through.
  let input: Linear  // [width, width]
  let core: [TransformerBlock<Mathematics>]
  /// What the coda reads the state through.
  let output: Linear  // [width, width]
  let coda: [TransformerBlock<Mathematics>]
  let finalNorm: [Float]  // [width]
  let head: Linear  // [vocabulary, width]
  let epsilon: Float

  /// The same program in other mathematics over the same weights.
  func over<Other: BlockMathematics>(_ other: Other.Type) -> ParcaeNetwork<Other>
  where Other.Map == Linear, Other.Vector == [Float] {
    ParcaeNetwork<Other>(
      prelude: prelude.map { $0.over(other) }, preludeNorm: preludeNorm, injection: injection,
      input: input, core: core.map { $0.over(other) }, output: output,
      coda: coda.map { $0.over(other) }, finalNorm: finalNorm, head: head, epsilon: epsilon)
  }

  /// What an iteration starts with: stream ← state ⊙ decay + what e gives at every iteration.
  func inject(using mathematics: Mathematics) {
    mathematics.visit(.state, .state)
    mathematics.scale(.state, by: injection.decay, adding: .injection, into: .stream)
    mathematics.visit(.adapter, .stream)
  }

  /// The final norm, on the stream.
  func normalize(using mathematics: Mathematics) {
    mathematics.rmsNorm(.stream, gain: finalNorm, epsilon: epsilon, into: .stream)
  }
}

extension ParcaeNetwork where Mathematics == Workspace {
  /// Packs every tensor but the embedding.
  init(_ names: ParcaeTensorNames, from source: inout WeightPacker) throws {
    let c = names.configuration
    let layers = try ParcaeTensorNames.parts(c).map { layer in
      try Self.block(names, layer.name, layer.number, &source)
    }
    prelude = Array(layers.prefix(c.preludeLayers))
    core = Array(layers[c.preludeLayers..<c.preludeLayers + c.coreLayers])
    coda = Array(layers.suffix(c.codaLayers))
    preludeNorm = c.normsPrelude ? try source.vector(names.preludeNorm) : nil
    injection = DiagonalInjection(
      logRate: try source.vector(names.adapter("A_log")),
      stepBias: try source.vector(names.adapter("dt_bias")))
    input = try source.linear(names.adapter("B"))
    output = try source.linear(names.output)
    finalNorm = try source.vector(names.finalNorm)
    head = try source.linear(c.tiedEmbeddings ? names.embedding : names.head)
    epsilon = c.normEpsilon
  }

  private static func block(
    _ names: ParcaeTensorNames, _ part: String, _ number: Int, _ source: inout WeightPacker
  ) throws -> TransformerBlock<Workspace> {
    let (c, name) = (names.configuration, names.prefix + part)
    // A norm without weights has the gain 1.
    let unit = c.normsHeads ? [Float](repeating: 1, count: c.headDimension) : nil
    var attention = SelfAttention<Workspace>(
      shape: c.attention, rotation: .interleaved(bias: nil),
      queryKeyValue: try source.linear(
        stacking: ["c_q", "c_k", "c_v"].map { "\(name).attn.\($0).weight" }),
      // Turning a head keeps its length, so that a norm without weights may stand before it.
      queryNorm: unit, keyNorm: unit, normsHeads: true,
      epsilon: ParcaeConfiguration.headNormEpsilon,
      output: try source.linear("\(name).attn.c_proj.weight"))
    if names.valueLayers.contains(number) {
      attention.values = ValueEmbedding(
        gate: try source.vector("\(name).attn.ve_gate.weight"),
        channels: ParcaeTensorNames.gateChannels(c),
        table: try source.table(names.values(number), isPacked: false))
    }
    let mlp = FeedForward<Workspace>(
      inner: try source.linear("\(name).mlp.fc.weight"), activation: .halfSquaredReLU,
      output: try source.linear("\(name).mlp.proj.weight"))
    return TransformerBlock<Workspace>(
      attention: attention,
      attentionNorms: ResidualNorms(
        input: try source.vector("\(name).norm_1.weight"), epsilon: c.normEpsilon),
      mlp: mlp,
      mlpNorms: ResidualNorms(
        input: try source.vector("\(name).norm_2.weight"), epsilon: c.normEpsilon))
  }
}
