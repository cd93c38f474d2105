/// Everything of a recurrent-depth model but its embedding table, in whatever mathematics: the one
/// place that says which tensor does what and what follows what.
package struct RecurrentDepthNetwork<Mathematics: BlockMathematics>: Sendable {
  package let prelude: [TransformerBlock<Mathematics>]
  /// The half of the adapter that reads the state.
  let adapterState: Mathematics.Map  // [width, width]
  /// The half that reads e, with the bias; its product is the same at every iteration.
  let adapterInput: Mathematics.Map  // [width, width]
  package let core: [TransformerBlock<Mathematics>]
  package let coda: [TransformerBlock<Mathematics>]
  let finalNorm: Mathematics.Vector  // [width]
  let head: Mathematics.Map  // [vocabulary, width]
  private let normsBeforeCoda: Bool
  private let epsilon: Float

  /// Takes every tensor by its name.
  package init<Source: WeightSource<Mathematics>>(
    _ configuration: RecurrentDepthConfiguration, from source: inout Source
  ) throws {
    let width = configuration.width

    func blocks(_ part: String, _ count: Int) throws -> [TransformerBlock<Mathematics>] {
      try (0..<count).map {
        try Self.block("transformer.\(part).\($0)", configuration, &source)
      }
    }

    prelude = try blocks("prelude", configuration.preludeLayers)
    adapterState = try source.linear(TensorNames.adapter, columns: 0..<width, bias: nil)
    adapterInput = try source.linear(
      TensorNames.adapter, columns: width..<2 * width,
      bias: configuration.hasAdapterBias ? TensorNames.adapterBias : nil)
    core = try blocks("core_block", configuration.coreLayers)
    coda = try blocks("coda", configuration.codaLayers)
    finalNorm = try source.vector(TensorNames.finalNorm)
    head = try source.linear(
      configuration.tiedEmbeddings ? TensorNames.embedding : TensorNames.head)
    normsBeforeCoda = configuration.flavour.normsBeforeCoda
    epsilon = configuration.normEpsilon
  }

  /// The same program in other mathematics over the same weights.
  func over<Other: BlockMathematics>(_ other: Other.Type) -> RecurrentDepthNetwork<Other>
  where Other.Map == Mathematics.Map, Other.Vector == Mathematics.Vector {
    RecurrentDepthNetwork<Other>(
      prelude: prelude.map { $0.over(other) }, adapterState: adapterState,
      adapterInput: adapterInput, core: core.map { $0.over(other) },
      coda: coda.map { $0.over(other) }, finalNorm: finalNorm, head: head,
      normsBeforeCoda: normsBeforeCoda, epsilon: epsilon)
  }

  private init(
    prelude: [TransformerBlock<Mathematics>], adapterState: Mathematics.Map,
    adapterInput: Mathematics.Map, core: [TransformerBlock<Mathematics>],
    coda: [TransformerBlock<Mathematics>], finalNorm: Mathematics.Vector,
    head: Mathematics.Map, normsBeforeCoda: Bool, epsilon: Float
  ) {
    self.prelude = prelude
    self.adapterState = adapterState
    self.adapterInput = adapterInput
    self.core = core
    self.coda = coda
    self.finalNorm = finalNorm
    self.head = head
    self.normsBeforeCoda = normsBeforeCoda
    self.epsilon = epsilon
  }

  private static func block(
    _ prefix: String, _ configuration: RecurrentDepthConfiguration,
    _ source: inout some WeightSource<Mathematics>
  ) throws -> TransformerBlock<Mathematics> {
    let flavour = configuration.flavour
    let norms = try flavour.norms.map { try source.vector("\(prefix).\($0).weight") }
    let bias = configuration.hasQueryKeyBias ? try source.vector("\(prefix).attn.qk_bias") : nil
    func norm(_ name: String) throws -> Mathematics.Vector? {
      flavour == .postNorm ? try source.vector("\(prefix).attn.\(name).weight") : nil
    }
    let attention = SelfAttention<Mathematics>(
      shape: configuration.attention,
      rotation: flavour == .sandwich ? .interleaved(bias: bias) : .halfSplit,
      queryKeyValue: try source.linear("\(prefix).attn.Wqkv.weight"),
      queryNorm: try norm("q_norm"), keyNorm: try norm("k_norm"),
      epsilon: configuration.normEpsilon,
      output: try source.linear("\(prefix).attn.proj.weight"))
    let mlp = FeedForward<Mathematics>(
      inner: try source.linear("\(prefix).mlp.fc.weight"),
      output: try source.linear("\(prefix).mlp.proj.weight"))
    let places: (attention: ResidualNorms<Mathematics>, mlp: ResidualNorms<Mathematics>) =
      flavour.places(norms, epsilon: configuration.normEpsilon)
    return TransformerBlock(
      attention: attention, attentionNorms: places.attention, mlp: mlp, mlpNorms: places.mlp)
  }

  /// The part of the adapter that every iteration shares: injection ← e through its half, e being the
  /// stream after the prelude.
  package func inject(using mathematics: Mathematics) {
    mathematics.visit(.embedded, .stream)
    mathematics.linear(.stream, adapterInput, adding: nil, into: .injection)
  }

  /// What an iteration starts with: stream ← adapter([state | e]).
  package func adapt(using mathematics: Mathematics) {
    mathematics.visit(.state, .state)
    mathematics.linear(.state, adapterState, adding: .injection, into: .stream)
    mathematics.visit(.adapter, .stream)
  }

  /// The norm between the loop and the coda, where a family has one.
  package func normalizeBeforeCoda(using mathematics: Mathematics) {
    mathematics.visit(.readState, .stream)
    if normsBeforeCoda { normalize(using: mathematics) }
  }

  /// The final norm, on the stream.
  package func normalize(using mathematics: Mathematics) {
    mathematics.rmsNorm(.stream, gain: finalNorm, epsilon: epsilon, into: .stream)
  }

  /// logits ← head(stream).
  package func predict(using mathematics: Mathematics) {
    mathematics.linear(.stream, head, adding: nil, into: .logits)
  }
}
