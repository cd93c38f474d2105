import Checkpoints
import Tensors

/// A family of models: how its checkpoints are recognised, and how they are understood.
///
/// To add a family, write one folder with a type that conforms to `LatentModel` and one row in `all`.
public struct ModelFamily: Sendable {
  /// The family, as a person would say it.
  public let name: String
  /// Whether a checkpoint is of this family, by what its configuration or tensors say of it.
  public let recognises: @Sendable (Checkpoint) -> Bool
  /// Reads the configuration and matches every tensor against it, before any weight is read.
  public let plan: @Sendable (Checkpoint) throws -> ModelPlan

  /// The table, in the order in which families are asked.
  public static let all: [ModelFamily] = [
    .recurrentDepth, .looped, .parcae, .hierarchical, .continuousThought,
  ]

  /// The family of a checkpoint.
  /// - Throws: `ModelError.unsupportedFamily` with what the checkpoint says of itself.
  public static func of(_ checkpoint: Checkpoint) throws(ModelError) -> ModelFamily {
    if let family = all.first(where: { $0.recognises(checkpoint) }) { return family }
    let path = checkpoint.configurationPath
    if let (known, word) = KnownFamily.of(checkpoint) {
      throw .unsupportedFamily(
        "\(path) says \(word): this is \(known.name), which is not read; what is missing is "
          + "\(known.missing).")
    }
    guard let type = checkpoint.configuration.present("model_type") else {
      throw .unsupportedFamily(
        "\(path) has no model_type, and the tensors are of no family known here.")
    }
    throw .unsupportedFamily("\(path) says model_type \(type.shown).")
  }
}

/// How a checkpoint is understood: everything that can be said before weights are read.
public struct ModelPlan: Sendable {
  /// Sizes and names; `packedBytes` is what the weights will take.
  public let facts: ModelFacts
  /// Sizes and constants for people: a word and a sentence each.
  public let traits: [Trait]
  /// What a reader should know: keys that were derived, or that this program does not act on.
  public let notes: [String]
  /// What the files say and nobody acts on, or what was lost of them: what every command should say.
  public let warnings: [String]
  /// Tensors left alone, and why.
  public var skipped: [TakenTensors.Skipped] { taken.skipped }
  /// The tensors the model reads, by name.
  public var tensors: [String: StoredTensor] { taken.tensors }
  /// Bytes of the embedding where it is read in place besides its packed copy; else 0.
  public let embeddingBytes: Int
  /// Whether states are compared in a space of their own, so that two of each are kept.
  public let keepsNormedStates: Bool
  private let taken: TakenTensors
  private let assemble: @Sendable (WeightPacking) throws -> any LatentModel

  public struct Trait: Sendable, Equatable {
    public let name: String
    public let text: String
  }

  /// - Parameter assemble: packs the weights.
  init(
    facts: ModelFacts, traits: [(String, String)], notes: [String], warnings: [String],
    taken: TakenTensors, embeddingBytes: Int, keepsNormedStates: Bool,
    assemble: @escaping @Sendable (WeightPacking) throws -> any LatentModel
  ) {
    self.facts = facts
    self.traits = traits.map { Trait(name: $0.0, text: $0.1) }
    self.notes = notes
    self.warnings = warnings
    self.taken = taken
    self.embeddingBytes = embeddingBytes
    self.keepsNormedStates = keepsNormedStates
    self.assemble = assemble
  }

  /// Understands a checkpoint.
  /// - Throws: `ModelError` or `CheckpointError`, naming keys or listing tensors.
  public init(_ checkpoint: Checkpoint) throws {
    self = try ModelFamily.of(checkpoint).plan(checkpoint)
  }

  /// Bytes the weights take in some precision.
  public func packedBytes(_ precision: Precision) -> Int { taken.packedBytes(precision) }

  /// Packs the weights.
  /// - Throws: `ModelError.notEnoughMemory` before anything is read, `NonFiniteWeight`.
  public func open(_ packing: WeightPacking = WeightPacking()) throws -> any LatentModel {
    try taken.checkMemory(packing.precision)
    return try assemble(packing)
  }
}

extension TakenTensors {
  /// Number of weights, a tied matrix counted once.
  var parameters: Int { tensors.values.reduce(0) { $0 + $1.count } }

  /// Weights of the matrices with certain names: what a token is multiplied with.
  func matrixWeights(where isMeant: (String) -> Bool) -> Int {
    tensors.values.reduce(0) { sum, tensor in
      tensor.shape.count == 2 && isMeant(tensor.name) ? sum + tensor.count : sum
    }
  }

  /// Bytes the weights take once packed as they are: float16 is widened, the others keep their size.
  var packedBytes: Int {
    tensors.values.reduce(0) { $0 + $1.count * ($1.elementType == .bfloat16 ? 2 : 4) }
  }

  /// Bytes the weights take in some precision: matrices as packed, the rest as float32. An
  /// embedding of its own is read where it lies.
  func packedBytes(_ precision: Precision) -> Int {
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
