import Checkpoints
import LatentModels
import Tensors

/// Lays out what is known of a checkpoint.
struct InspectionReport {
  let checkpoint: Checkpoint
  /// Bytes of memory that may be taken; nil when nobody says.
  var available: Int? = MemoryBudget.available()

  /// - Parameter plan: how the model is understood; nil when it is not.
  func lines(plan: ModelPlan?, listTensors: Bool) -> [String] {
    var lines = ["model        \(checkpoint.name)", "source       \(checkpoint.source)"]
    if let plan { lines += understood(plan) }
    lines += files
    lines += tokenizer
    if let plan {
      lines += memory(plan)
      lines += (plan.warnings + plan.notes).map { "note         \($0)" }
      lines += plan.skipped.map { "not read     \($0.name): \($0.reason)" }
    }
    let remarks = checkpoint.remarks + (plan == nil ? checkpoint.warnings : [])
    lines += remarks.map { "note         \($0)" }
    if listTensors { lines += tensorTable }
    return lines
  }

  private var tokenizer: [String] {
    switch checkpoint.tokenizer {
    case .present(let tokenizer):
      let special = tokenizer.specialTokens.count
      return ["tokenizer    \(tokenizer.vocabularySize) tokens, \(special) of them special"]
        + tokenizer.notes.map { "             \($0)" }
    case .missing: return ["tokenizer    none: prompts are token ids"]
    case .unreadable(let error): return ["tokenizer    cannot be read: \(error)"]
    }
  }

  private func understood(_ plan: ModelPlan) -> [String] {
    let parameters = plan.facts.parameters
    let traits = plan.traits.map { label($0.name) + $0.text }
    return Array(traits.prefix(1))
      + [label("parameters") + "\(Quantity.count(parameters)) (\(parameters))"]
      + traits.dropFirst()
  }

  /// Labels fill a column of 13.
  private func label(_ name: String) -> String {
    name + String(repeating: " ", count: max(1, 13 - name.count))
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
  private func memory(_ plan: ModelPlan) -> [String] {
    let facts = plan.facts
    let state = 4 * (facts.stateWidth + (plan.keepsNormedStates ? facts.width : 0))
    let run = Quantity.bytes(state * 64 * facts.defaultIterations)
    let cache = facts.cacheBytes(iterations: facts.defaultIterations)
    return [
      "memory       weights \(Quantity.bytes(facts.packedBytes)) packed"
        + (plan.embeddingBytes > 0 ? " (the embedding is read in place besides)" : ""),
      "             each kept state \(Quantity.bytes(state)) a token"
        + (plan.keepsNormedStates ? " (raw and normed)" : "")
        + ": 64 tokens × \(facts.defaultIterations) iterations = \(run)",
      "             keys and values \(Quantity.bytes(cache)) a token "
        + (facts.thoughts == nil
          ? "after \(facts.defaultIterations) iterations: 64 tokens"
          : "or thought: 64 of them") + " = \(Quantity.bytes(cache * 64))",
    ] + room(plan)
  }

  /// What fits into the memory that is free now, or under the limit that is set.
  private func room(_ plan: ModelPlan) -> [String] {
    guard let available else { return [] }
    let fitting = Precision.allCases.filter { plan.packedBytes($0) <= available }
    let free = "             \(Quantity.bytes(available)) are available: "
    if fitting.contains(.exact) { return [free + "it fits"] }
    let others = fitting.map { "\($0.rawValue) (\(Quantity.bytes(plan.packedBytes($0))))" }
    return [
      free + "it does not fit"
        + (others.isEmpty ? "" : "; with --precision \(others.joined(separator: ", ")) it does")
    ]
  }

  private var tensorTable: [String] {
    checkpoint.tensors.values.sorted { $0.name < $1.name }
      .map { "tensor       \($0.name) \($0.elementType.rawValue) \($0.shape)" }
  }
}
