import Checkpoints
import Tensors

extension RecurrentDepthModel {
  /// What a checkpoint holds, checked against its configuration, before any weight is read.
  public struct Plan: Sendable {
    public let configuration: RecurrentDepthConfiguration
    public let tensors: [String: StoredTensor]
    /// Tensors left alone, and why.
    public let skipped: [TakenTensors.Skipped]
    /// Number of weights, a tied matrix counted once.
    public let parameters: Int

    /// Bytes the weights take once packed: float16 is widened, the others keep their size.
    public var packedBytes: Int {
      tensors.values.reduce(0) { $0 + $1.count * ($1.elementType == .bfloat16 ? 2 : 4) }
    }

    /// Bytes the weights take in some precision: matrices as packed, the rest as float32. An
    /// embedding of its own is read where it lies.
    public func packedBytes(_ precision: Precision) -> Int {
      if precision == .exact { return packedBytes }
      return tensors.values.reduce(0) { sum, tensor in
        guard tensor.shape.count == 2 else { return sum + tensor.count * 4 }
        return sum
          + precision.packedBytes(
            outputs: tensor.shape[0], inputs: tensor.shape[1], storedAs: tensor.elementType)
      }
    }

    /// Refuses a model that does not fit, before anything is read.
    func checkMemory(_ precision: Precision) throws(ModelError) {
      let needed = packedBytes(precision)
      if let available = MemoryBudget.available(), needed > available {
        throw .notEnoughMemory(needed: needed, available: available)
      }
    }
  }

  /// Reads the configuration and matches every tensor against it.
  /// - Throws: `ModelError` or `CheckpointError`, naming keys or listing tensors.
  public static func plan(_ checkpoint: Checkpoint) throws -> Plan {
    let firstCore = "transformer.core_block.0"
    if checkpoint.tensors["\(firstCore).norm_1.weight"] != nil,
      checkpoint.tensors["\(firstCore).norm_3.weight"] == nil
    {
      let flavour =
        checkpoint.tensors["\(firstCore).attn.q_norm.weight"] == nil ? "Llama" : "OLMo-2"
      throw ModelError.unsupportedFamily(
        "The blocks have no norm_3: this is a retrofitted model (\(flavour) flavour).")
    }
    let rows = checkpoint.tensors[TensorNames.embedding]?.shape.first
    let configuration = try RecurrentDepthConfiguration(
      checkpoint.configuration, vocabularyRows: rows)
    let tied = configuration.tiedEmbeddings
    let taken = try checkpoint.take(TensorNames.expected(configuration)) {
      TensorNames.unexpected($0, tied: tied)
    }
    return Plan(
      configuration: configuration, tensors: taken.tensors, skipped: taken.skipped,
      parameters: taken.tensors.values.reduce(0) { $0 + $1.count })
  }

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
    let configuration = plan.configuration
    try plan.checkMemory(precision)
    let weights = try RecurrentDepthWeights(
      plan.tensors, configuration, precision: precision, team: team, progress: progress)
    let facts = ModelFacts(
      family: "recurrent depth (Huginn)",
      layers: (configuration.preludeLayers, configuration.coreLayers, configuration.codaLayers),
      width: configuration.width, heads: configuration.heads,
      vocabularySize: configuration.vocabularySize, maximumTokens: configuration.maximumTokens,
      defaultIterations: configuration.meanRecurrence, parameters: plan.parameters,
      packedBytes: weights.packedBytes)
    self.init(configuration: configuration, weights: weights, facts: facts, team: team)
  }
}
