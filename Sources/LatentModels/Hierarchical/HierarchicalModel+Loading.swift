import Checkpoints
import Tensors

extension HierarchicalModel {
  /// What a checkpoint holds, checked against its configuration, before any weight is read.
  struct Plan: Sendable {
    let configuration: HierarchicalConfiguration
    let names: HierarchicalTensorNames
    let taken: TakenTensors

    var facts: ModelFacts {
      let c = configuration
      func weights(_ stack: Int) -> Int {
        taken.matrixWeights { $0.hasPrefix(HierarchicalTensorNames.stacks[stack]) }
      }
      var facts = ModelFacts(
        family: "two clocks (HRM-Text)", layers: ModelFacts.Layers(core: c.layersInCycle),
        width: c.width, heads: c.heads, vocabularySize: c.vocabularySize,
        maximumTokens: c.maximumTokens, defaultIterations: c.cycles, trainedDepth: c.cycles,
        answersFrom: c.cycles, usualStart: .embedded, hasFixedStart: true,
        parameters: taken.parameters, packedBytes: taken.packedBytes,
        keyWidth: c.attention.keyWidth,
        multiplyAdds: ModelFacts.MultiplyAdds(
          iteration: c.lowPasses * weights(0) + weights(1), head: c.vocabularySize * c.width))
      facts.vectorsInState = 2
      facts.looksBothWays = c.looksBothWays
      facts.passes = ModelFacts.Passes(blocks: c.layers, low: c.lowPasses)
      facts.normedBlocks = [c.layersInCycle, c.lowPasses * c.layers]
      return facts
    }

    /// Whether z_L starts from a vector of the file.
    var hasLowStart: Bool { taken.tensors[HierarchicalTensorNames.lowStart] != nil }
  }

  static let modelType = "hrm_text"

  /// Reads the configuration and matches every tensor against it.
  /// - Throws: `ModelError` or `CheckpointError`, naming keys or listing tensors.
  static func plan(_ checkpoint: Checkpoint) throws -> Plan {
    var configuration = try ModelError.reading(checkpoint) { json throws(ModelError) in
      try HierarchicalConfiguration(
        json, layersInFile: HierarchicalTensorNames.layers(in: checkpoint))
    }
    let head = TiedHead(
      checkpoint, head: HierarchicalTensorNames.head,
      embedding: HierarchicalTensorNames.embedding)
    if configuration.tiedEmbeddings, let warning = head.warning {
      configuration.warnings.append(warning)
      configuration.tiedEmbeddings = !head.isOfItsOwn
    }
    let tied = configuration.tiedEmbeddings
    let names = HierarchicalTensorNames(configuration, checkpoint)
    let taken = try checkpoint.take(names.expected) {
      HierarchicalTensorNames.unexpected($0, tied: tied)
    }
    return Plan(configuration: configuration, names: names, taken: taken)
  }

  /// Packs the weights of a plan.
  convenience init(_ plan: Plan, packing: WeightPacking) throws {
    let weights = try HierarchicalWeights(plan.taken.tensors, plan.names, packing: packing)
    var facts = plan.facts
    facts.packedBytes = weights.packedBytes
    self.init(configuration: plan.configuration, weights: weights, facts: facts, team: packing.team)
  }
}
