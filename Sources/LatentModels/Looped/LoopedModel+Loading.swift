import Checkpoints
import Tensors

extension LoopedModel {
  /// What a checkpoint holds, checked against its configuration, before any weight is read.
  struct Plan: Sendable {
    let configuration: LoopedConfiguration
    let taken: TakenTensors

    var facts: ModelFacts {
      var facts = ModelFacts(
        family: configuration.flavour.family, layers: ModelFacts.Layers(core: configuration.layers),
        width: configuration.width, heads: configuration.heads,
        vocabularySize: configuration.vocabularySize, maximumTokens: configuration.maximumTokens,
        defaultIterations: configuration.loops, trainedDepth: configuration.loops,
        answersFrom: configuration.answersFrom,
        usualStart: .embedded, hasFixedStart: true, parameters: taken.parameters,
        packedBytes: taken.packedBytes, keyWidth: configuration.attention.keyWidth,
        multiplyAdds: ModelFacts.MultiplyAdds(
          iteration: taken.matrixWeights { $0.hasPrefix("model.layers.") },
          head: configuration.vocabularySize * configuration.width))
      if configuration.normsEachLoop { facts.normedBlocks = [configuration.layers] }
      return facts
    }
  }

  /// Reads the configuration and matches every tensor against it.
  /// - Throws: `ModelError` or `CheckpointError`, naming keys or listing tensors.
  static func plan(_ checkpoint: Checkpoint) throws -> Plan {
    var configuration = try ModelError.reading(checkpoint) { json throws(ModelError) in
      try LoopedConfiguration(json, flavour: LoopedFlavour(checkpoint) ?? .ouro)
    }
    let head = TiedHead(
      checkpoint, head: LoopedTensorNames.head, embedding: LoopedTensorNames.embedding)
    if configuration.tiedEmbeddings, let warning = head.warning {
      configuration.warnings.append(warning)
      configuration.tiedEmbeddings = !head.isOfItsOwn
    }
    let tied = configuration.tiedEmbeddings
    let taken = try checkpoint.take(LoopedTensorNames.expected(configuration)) {
      LoopedTensorNames.unexpected($0, tied: tied)
    }
    return Plan(configuration: configuration, taken: taken)
  }

  /// Packs the weights of a plan.
  convenience init(_ plan: Plan, packing: WeightPacking) throws {
    let weights = try LoopedWeights(plan.taken.tensors, plan.configuration, packing: packing)
    var facts = plan.facts
    facts.packedBytes = weights.packedBytes
    self.init(configuration: plan.configuration, weights: weights, facts: facts, team: packing.team)
  }
}
