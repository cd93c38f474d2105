import Checkpoints
import Tensors

extension RecurrentDepthModel {
  /// What a checkpoint holds, checked against its configuration, before any weight is read.
  public struct Plan: Sendable {
    public let configuration: RecurrentDepthConfiguration
    let taken: TakenTensors

    var facts: ModelFacts {
      ModelFacts(
        family: configuration.flavour.family,
        layers: ModelFacts.Layers(
          prelude: configuration.preludeLayers, core: configuration.coreLayers,
          coda: configuration.codaLayers),
        width: configuration.width, heads: configuration.heads,
        vocabularySize: configuration.vocabularySize, maximumTokens: configuration.maximumTokens,
        defaultIterations: configuration.meanRecurrence,
        usualStart: configuration.startsEmbedded ? .embedded : .seed(0),
        initialStates: configuration.initialStates,
        parameters: taken.parameters, packedBytes: taken.packedBytes,
        keyWidth: configuration.attention.keyWidth, multiplyAdds: multiplyAdds)
    }

    /// The half of the adapter that reads e runs once a prompt, with the prelude.
    private var multiplyAdds: ModelFacts.MultiplyAdds {
      func weights(_ part: String) -> Int {
        taken.matrixWeights { $0.hasPrefix("transformer.\(part).") }
      }
      let half = configuration.width * configuration.width
      return ModelFacts.MultiplyAdds(
        prelude: weights("prelude") + half, iteration: weights("core_block") + half,
        coda: weights("coda"), head: configuration.vocabularySize * configuration.width)
    }
  }

  /// Reads the configuration and matches every tensor against it.
  /// - Throws: `ModelError` or `CheckpointError`, naming keys or listing tensors.
  public static func plan(_ checkpoint: Checkpoint) throws -> Plan {
    if let type = checkpoint.configuration["model_type"]?.string, type != modelType {
      throw ModelError.unsupportedFamily(
        "\(checkpoint.configurationPath) says model_type \"\(type)\".")
    }
    var configuration = try ModelError.reading(checkpoint) { json throws(ModelError) in
      try RecurrentDepthConfiguration(
        json, flavour: BlockFlavour(checkpoint),
        vocabularyRows: checkpoint.tensors[TensorNames.embedding]?.shape.first,
        hasHead: checkpoint.has(TensorNames.head))
    }
    let head = TiedHead(checkpoint, head: TensorNames.head, embedding: TensorNames.embedding)
    if configuration.tiedEmbeddings, let warning = head.warning {
      configuration.warnings.append(warning)
      configuration.tiedEmbeddings = !head.isOfItsOwn
    }
    let tied = configuration.tiedEmbeddings
    let taken = try checkpoint.take(TensorNames.expected(configuration)) {
      TensorNames.unexpected($0, tied: tied)
    }
    return Plan(configuration: configuration, taken: taken)
  }

  static let modelType = "huginn_raven"

  /// Opens a model: plans, then packs the weights.
  /// - Parameters:
  ///   - team: threads for packing and for the matrix products.
  ///   - precision: how weights are packed; only `.exact` agrees with the reference.
  ///   - progress: told bytes packed and bytes in all; may throw to stop.
  public convenience init(
    _ checkpoint: Checkpoint, team: ThreadTeam = ThreadTeam(), precision: Precision = .exact,
    progress: @escaping (Int, Int) throws -> Void = { _, _ in }
  ) throws {
    let plan = try Self.plan(checkpoint)
    try plan.taken.checkMemory(precision)
    try self.init(
      plan, packing: WeightPacking(precision: precision, team: team, progress: progress))
  }

  /// Packs the weights of a plan.
  convenience init(
    _ plan: Plan, packing: WeightPacking
  ) throws {
    let weights = try RecurrentDepthWeights(
      plan.taken.tensors, plan.configuration, packing: packing)
    var facts = plan.facts
    facts.packedBytes = weights.packedBytes
    self.init(configuration: plan.configuration, weights: weights, facts: facts, team: packing.team)
  }
}
