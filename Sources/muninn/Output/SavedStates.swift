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
  /// States kept, s₀ included.
  private var count = 0

  /// - Parameter withLogits: whether to keep what is read out of every state but s₀.
  init(for file: OutputFile, engine: Engine, lineage: Lineage, withLogits: Bool) throws {
    self.file = file
    self.engine = engine
    self.lineage = lineage
    states = try SpillFile(for: file.name)
    logits = withLogits ? try SpillFile(for: file.name) : nil
  }

  /// Keeps the state of the next iteration, s₀ first. A run does not keep logits: they are read out
  /// anew.
  func append(_ state: Matrix) throws {  // [tokens, width]
    if let logits, count > 0 {
      let table = try engine.logits(lineage, count, rows: 0..<state.rows)
      try logits.append(table.values)
    }
    try states.append(state.values)
    count += 1
  }

  /// Writes `states` [R+1, T, d], `ids` [T] and, if wanted, `logits` [R, T, V].
  func write(trajectory: Trajectory, model: String) throws {
    let facts = engine.workbench.model.facts
    let tokens = trajectory.tokens.count
    var entries = [SafetensorsWriter.Entry("states", shape: [count, tokens, facts.width])]
    if logits != nil {
      entries.append(
        SafetensorsWriter.Entry("logits", shape: [count - 1, tokens, facts.vocabularySize]))
    }
    entries.append(SafetensorsWriter.Entry("ids", shape: [tokens], type: .int32))
    let writer = try SafetensorsWriter(
      file, entries: entries,
      metadata: [
        "format": "muninn.states/1", "model": model, "prompt": trajectory.prompt,
        "start": trajectory.start,
      ])
    for _ in 0..<count { try writer.append(states.take(tokens * facts.width)) }
    if let logits {
      for _ in 1..<count { try writer.append(logits.take(tokens * facts.vocabularySize)) }
    }
    try writer.append(integers: trajectory.tokens.map { Int32(clamping: $0.id) })
    try writer.finish()
  }
}
