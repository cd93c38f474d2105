import Checkpoints
import Tensors

extension ParcaeModel {
  /// What a checkpoint holds, checked against its configuration, before any weight is read.
  struct Plan: Sendable {
    let configuration: ParcaeConfiguration
    let names: ParcaeTensorNames
    let taken: TakenTensors

    var facts: ModelFacts {
      let c = configuration
      func weights(_ part: String) -> Int {
        taken.matrixWeights { $0.hasPrefix("\(names.prefix)transformer.\(part).") }
      }
      let square = c.width * c.width
      var facts = ModelFacts(
        family: "recurrent depth (Parcae)",
        layers: ModelFacts.Layers(
          prelude: c.preludeLayers, core: c.coreLayers, coda: c.codaLayers),
        width: c.width, heads: c.heads, vocabularySize: c.vocabularySize,
        maximumTokens: c.maximumTokens, defaultIterations: c.meanRecurrence,
        initialStates: c.initialStates, parameters: taken.parameters,
        packedBytes: taken.packedBytes, keyWidth: c.attention.keyWidth,
        multiplyAdds: ModelFacts.MultiplyAdds(
          prelude: weights("prelude") + square, iteration: weights("core_block"),
          coda: weights("coda") + square, head: c.vocabularySize * c.width))
      facts.injection = injection
      return facts
    }

    /// How the state decays; nil where the file holds numbers that are none.
    var injection: DiagonalInjection? {
      guard let rates = taken.tensors[names.adapter("A_log")]?.floats(),
        let steps = taken.tensors[names.adapter("dt_bias")]?.floats()
      else { return nil }
      let injection = DiagonalInjection(logRate: rates, stepBias: steps)
      return injection.isContracting ? injection : nil
    }
  }

  /// What the configuration calls itself.
  static let className = "ParcaeConfig"

  /// Reads the configuration and matches every tensor against it.
  /// - Throws: `ModelError` or `CheckpointError`, naming keys or listing tensors.
  static func plan(_ checkpoint: Checkpoint) throws -> Plan {
    var configuration = try ModelError.reading(checkpoint) { json throws(ModelError) in
      try ParcaeConfiguration(json)
    }
    let prefix = ParcaeTensorNames.prefix(checkpoint) ?? ""
    let plain = ParcaeTensorNames(configuration, checkpoint, prefix: prefix)
    let head = TiedHead(checkpoint, head: plain.head, embedding: plain.embedding)
    if configuration.tiedEmbeddings, let warning = head.warning {
      configuration.warnings.append(warning)
      configuration.tiedEmbeddings = !head.isOfItsOwn
    }
    let names = ParcaeTensorNames(configuration, checkpoint, prefix: prefix)
    let taken = try checkpoint.take(names.expected, unexpected: names.unexpected)
    return Plan(configuration: configuration, names: names, taken: taken)
  }

  /// Packs the weights of a plan.
  convenience init(_ plan: Plan, packing: WeightPacking) throws {
    let weights = try ParcaeWeights(plan, packing: packing)
    var facts = plan.facts
    facts.packedBytes = weights.packedBytes
    self.init(configuration: plan.configuration, weights: weights, facts: facts, team: packing.team)
  }
}

/// The weights of a Parcae model, packed for the kernels.
struct ParcaeWeights: Sendable {
  /// Rows are looked up where they lie in the file.
  let embedding: StoredTensor  // [vocabulary, width]
  let network: ParcaeNetwork<Workspace>
  /// Bytes of all packed matrices.
  let packedBytes: Int

  /// Packs every tensor.
  init(_ plan: ParcaeModel.Plan, packing: WeightPacking) throws {
    var packer = WeightPacker(plan.taken.tensors, packing)
    embedding = try packer.table(
      plan.names.embedding, isPacked: plan.configuration.tiedEmbeddings)
    network = try ParcaeNetwork(plan.names, from: &packer)
    packedBytes = packer.packedBytes
  }
}
