import Checkpoints
import Tensors

extension ContinuousThoughtModel {
  /// What a checkpoint holds, checked against its configuration, before any weight is read.
  struct Plan: Sendable {
    let configuration: ContinuousThoughtConfiguration
    let names: ThoughtTensorNames
    let tokens: ThoughtTokens
    let warnings: [String]
    let taken: TakenTensors

    /// How the family calls itself.
    var family: String {
      switch configuration.feedback {
      case .hidden: "continuous thoughts (COCONUT)"
      case .projector: "continuous thoughts (CODI)"
      case .latentHead: "continuous thoughts (CoLaR)"
      }
    }

    private var format: ThoughtFormat {
      switch configuration.feedback {
      case .hidden: .coconut
      case .projector: .codi
      case .latentHead: .colar
      }
    }

    var facts: ModelFacts {
      let blocks = taken.matrixWeights {
        $0.hasPrefix(names.prefix) && $0 != names.embedding && $0 != names.positions
      }
      let feedback = taken.matrixWeights {
        $0.hasPrefix("projector.") || $0.hasPrefix("lt_head.")
      }
      return ModelFacts(
        family: family,
        layers: ModelFacts.Layers(prelude: configuration.layers, core: configuration.layers),
        width: configuration.width, heads: configuration.heads,
        vocabularySize: configuration.vocabularySize, maximumTokens: configuration.maximumTokens,
        defaultIterations: configuration.trainedThoughts ?? ThoughtFacts.usualCount,
        usualStart: .embedded, hasFixedStart: true,
        thoughts: ThoughtFacts(tokens: tokens, format: format), parameters: taken.parameters,
        packedBytes: taken.packedBytes,
        keyWidth: configuration.attention.keyWidth,
        multiplyAdds: ModelFacts.MultiplyAdds(
          prelude: blocks, iteration: blocks + feedback,
          head: configuration.vocabularySize * configuration.width))
    }
  }

  /// The backbone of a checkpoint that has something of continuous thoughts: their tokens, a
  /// projector or a latent head. nil for any other, also of the same type.
  static func backbone(
    _ checkpoint: Checkpoint
  ) -> ContinuousThoughtConfiguration.Backbone? {
    let json = checkpoint.configuration
    guard let type = json["model_type"]?.string,
      let backbone = ContinuousThoughtConfiguration.Backbone(rawValue: type)
    else { return nil }
    let isSaid =
      ["latent_id", "latent_start_id"].contains { json.present($0) != nil }
      || json["projector"]?.bool == true || ThoughtTensorNames.hasLatentHead(checkpoint)
    if isSaid { return backbone }
    let found = ThoughtTokens.find(checkpoint, stated: ThoughtTokens(), hasStop: false).tokens
    return found.start != nil && found.end != nil ? backbone : nil
  }

  /// Reads the configuration and matches every tensor against it.
  /// - Parameter more: what else the tensors hold, for a width.
  /// - Throws: `ModelError` or `CheckpointError`, naming keys or listing tensors.
  static func plan(
    _ checkpoint: Checkpoint, _ backbone: ContinuousThoughtConfiguration.Backbone,
    and more: (Int) -> [ExpectedTensor] = { _ in [] }
  ) throws -> Plan {
    let hasLatentHead = ThoughtTensorNames.hasLatentHead(checkpoint)
    var configuration = try ModelError.reading(checkpoint) { json throws(ModelError) in
      try ContinuousThoughtConfiguration(json, backbone: backbone, hasLatentHead: hasLatentHead)
    }
    let first = ThoughtTensorNames(configuration, in: checkpoint)
    let head = TiedHead(checkpoint, head: first.head, embedding: first.embedding)
    if configuration.tiedEmbeddings, let warning = head.warning {
      configuration.warnings.append(warning)
      configuration.tiedEmbeddings = !head.isOfItsOwn
    }
    let names = ThoughtTensorNames(configuration, in: checkpoint)
    let (tokens, warnings) = ThoughtTokens.find(
      checkpoint, stated: configuration.statedTokens, hasStop: hasLatentHead)
    for (name, id) in [
      ("latent_start_id", tokens.start), ("latent_id", tokens.latent),
      ("latent_end_id", tokens.end),
    ] {
      guard let id, id >= configuration.vocabularySize else { continue }
      throw ModelError.configuration(
        key: name, problem: "is \(id), outside the vocabulary of \(configuration.vocabularySize)",
        file: checkpoint.configurationPath)
    }
    return Plan(
      configuration: configuration, names: names, tokens: tokens, warnings: warnings,
      taken: try checkpoint.take(
        names.expected + more(configuration.width), unexpected: names.unexpected))
  }

  /// Packs the weights of a plan.
  convenience init(_ plan: Plan, packing: WeightPacking) throws {
    let network = try ThoughtNetwork(plan.taken.tensors, plan.names, packing: packing)
    var facts = plan.facts
    facts.packedBytes = network.packedBytes
    self.init(configuration: plan.configuration, network: network, facts: facts, team: packing.team)
  }
}
