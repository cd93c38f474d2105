import Checkpoints
import Engine
import Tensors
import Trajectories

/// The states of a run for a safetensors file that other programs read. They wait on the disk as they
/// come, so that a long run takes no memory for them, and one that is interrupted is saved as far as it
/// came.
final class SavedStates {
  private let file: OutputFile
  private let engine: Engine
  private let lineage: Lineage
  private let states: SpillFile
  private let logits: SpillFile?
  private let blocks: SpillFile?
  private let attention: SpillFile?
  private let normed: SpillFile?
  /// States kept, s₀ included.
  private var count = 0

  /// - Parameters:
  ///   - withLogits: whether to keep what is read out of every state but s₀.
  ///   - withBlocks: whether to keep the streams inside every iteration.
  ///   - withAttention: whether to keep its attention weights.
  ///   - withNormed: whether to keep ln_f of every state.
  init(
    for file: OutputFile, engine: Engine, lineage: Lineage, withLogits: Bool,
    withBlocks: Bool = false, withAttention: Bool = false, withNormed: Bool = false
  ) throws {
    self.file = file
    self.engine = engine
    self.lineage = lineage
    states = try SpillFile(for: file.name)
    logits = withLogits ? try SpillFile(for: file.name) : nil
    blocks = withBlocks ? try SpillFile(for: file.name) : nil
    attention = withAttention ? try SpillFile(for: file.name) : nil
    normed = withNormed ? try SpillFile(for: file.name) : nil
  }

  /// Keeps the state of the next iteration, s₀ first. A run does not keep logits: they are read out
  /// anew.
  func append(_ state: Matrix) throws {  // [tokens, width]
    if let logits, count > 0 {
      let table = try engine.logits(lineage, count, rows: 0..<state.rows)
      try logits.append(table.values)
    }
    try states.append(state.values)
    try normed?.append(engine.workbench.model.normalized(state).values)
    count += 1
  }

  /// Keeps what the iteration that led to the last state did inside.
  func append(_ pass: BlockPass) throws {
    for stream in pass.streams { try blocks?.append(stream.values) }
    for block in pass.blocks {
      if let weights = block.attentionWeights { try attention?.append(weights.values) }
    }
  }

  /// Writes `states` [R+1, T, d], `ids` [T] and, if wanted, `logits` [R, T, V], `blocks`
  /// [R, C+1, T, d], `normed` [R+1, T, d] and `attention` [R, C, heads, T, T].
  /// - Parameter edits: what was changed of the run, for the file's remarks.
  func write(trajectory: Trajectory, model: String, edits: [String] = []) throws {
    let facts = engine.workbench.model.facts
    let tokens = trajectory.tokens.count
    var entries = [SafetensorsWriter.Entry("states", shape: [count, tokens, facts.stateWidth])]
    if logits != nil {
      entries.append(
        SafetensorsWriter.Entry("logits", shape: [count - 1, tokens, facts.vocabularySize]))
    }
    let (layers, iterations) = (facts.layers.core, count - 1)
    if blocks != nil {
      entries.append(
        SafetensorsWriter.Entry("blocks", shape: [iterations, layers + 1, tokens, facts.width]))
    }
    if attention != nil {
      entries.append(
        SafetensorsWriter.Entry(
          "attention", shape: [iterations, layers, facts.heads, tokens, tokens]))
    }
    if normed != nil {
      entries.append(
        SafetensorsWriter.Entry("normed", shape: [count, tokens, facts.width]))
    }
    entries.append(SafetensorsWriter.Entry("ids", shape: [tokens], type: .int32))
    var remarks = [
      "format": "muninn.states/1", "model": model, "prompt": trajectory.prompt,
      "start": trajectory.start,
    ]
    if !edits.isEmpty { remarks["edits"] = edits.joined(separator: "; ") }
    let writer = try SafetensorsWriter(
      file, entries: entries,
      metadata: remarks)
    for _ in 0..<count { try writer.append(states.take(tokens * facts.stateWidth)) }
    if let logits {
      for _ in 1..<count { try writer.append(logits.take(tokens * facts.vocabularySize)) }
    }
    try Self.move(blocks, iterations * (layers + 1), of: tokens * facts.width, to: writer)
    try Self.move(attention, iterations * layers, of: facts.heads * tokens * tokens, to: writer)
    try Self.move(normed, count, of: tokens * facts.width, to: writer)
    try writer.append(integers: trajectory.tokens.map { Int32(clamping: $0.id) })
    try writer.finish()
  }

  private static func move(
    _ spill: SpillFile?, _ parts: Int, of numbers: Int, to writer: SafetensorsWriter
  ) throws {
    guard let spill else { return }
    for _ in 0..<parts { try writer.append(spill.take(numbers)) }
  }
}
