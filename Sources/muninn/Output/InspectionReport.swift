import Checkpoints
import LatentModels

/// Lays out what is known of a checkpoint.
struct InspectionReport {
  let checkpoint: Checkpoint

  /// - Parameter plan: how the model is understood; nil when it is not.
  func lines(plan: RecurrentDepthModel.Plan?, listTensors: Bool) -> [String] {
    var lines = ["model        \(checkpoint.name)", "source       \(checkpoint.source)"]
    if let plan { lines += understood(plan) }
    lines += files
    lines += tokenizer
    if let plan {
      lines += memory(plan)
      lines += plan.configuration.notes.map { "note         \($0)" }
      lines += plan.skipped.map { "not read     \($0.name): \($0.reason)" }
    }
    lines += checkpoint.remarks.map { "note         \($0)" }
    if listTensors { lines += tensorTable }
    return lines
  }

  private var tokenizer: [String] {
    switch checkpoint.tokenizer {
    case .present(let tokenizer):
      let special = tokenizer.specialTokens.count
      return ["tokenizer    \(tokenizer.vocabularySize) tokens, \(special) of them special"]
    case .missing: return ["tokenizer    none: prompts are token ids"]
    case .unreadable(let error): return ["tokenizer    cannot be read: \(error)"]
    }
  }

  private func understood(_ plan: RecurrentDepthModel.Plan) -> [String] {
    let c = plan.configuration
    return [
      "family       recurrent depth (Huginn): prelude \(c.preludeLayers) → [adapter + core \(c.coreLayers)] × r → coda \(c.codaLayers)",
      "parameters   \(Quantity.count(plan.parameters)) (\(plan.parameters))",
      "width        \(c.width), \(c.heads) heads of \(c.headDimension), feed-forward \(c.feedForwardWidth)",
      "vocabulary   \(c.vocabularySize), \(c.tiedEmbeddings ? "head tied to the embedding" : "head of its own")",
      "context      \(c.maximumTokens) tokens, rotary base \(c.rotaryBase)",
      "iterations   \(c.meanRecurrence) on average in training",
      "norms        RMS, epsilon \(c.normEpsilon)",
      "biases       queries and keys: \(c.hasQueryKeyBias ? "yes" : "no"); adapter: \(c.hasAdapterBias ? "yes" : "no")",
      "embedding    scaled by \(Float(c.embeddingScale)); s₀ deviation \(Float(c.initialStateDeviation * c.embeddingScale)) after scaling",
    ]
  }

  private var files: [String] {
    var types: [String: (count: Int, bytes: Int)] = [:]
    for tensor in checkpoint.tensors.values {
      let bytes = tensor.count * tensor.elementType.size
      let old = types[tensor.elementType.rawValue] ?? (0, 0)
      types[tensor.elementType.rawValue] = (old.count + 1, old.bytes + bytes)
    }
    let kinds = types.sorted { $0.key < $1.key }
      .map { "\($0.value.count) × \($0.key) (\(Quantity.bytes($0.value.bytes)))" }
    return ["tensors      \(kinds.joined(separator: ", "))"]
      + checkpoint.files.map { "file         \($0.path) (\(Quantity.bytes($0.byteCount)))" }
  }

  /// Packed weights are as large as the stored ones; a state costs one row per token.
  private func memory(_ plan: RecurrentDepthModel.Plan) -> [String] {
    let c = plan.configuration
    let weights = plan.packedBytes
    let head = c.tiedEmbeddings ? plan.tensors["transformer.wte.weight"] : nil
    let embedding = head.map { $0.count * $0.elementType.size } ?? 0
    let state = c.width * 4
    return [
      "memory       weights \(Quantity.bytes(weights)) packed"
        + (embedding > 0 ? " (the embedding is read in place besides)" : ""),
      "             each kept state \(Quantity.bytes(2 * state)) a token (raw and normed): 64 tokens × \(c.meanRecurrence) iterations = \(Quantity.bytes(2 * state * 64 * c.meanRecurrence))",
    ]
  }

  private var tensorTable: [String] {
    checkpoint.tensors.values.sorted { $0.name < $1.name }
      .map { "tensor       \($0.name) \($0.elementType.rawValue) \($0.shape)" }
  }
}
