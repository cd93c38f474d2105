import Checkpoints
import Tensors
import Trajectories

/// Writes the states of a run to a safetensors file that other programs read.
struct SavedStates {
  let recorder: Recorder
  let states: [Matrix]  // [iterations + 1] of [tokens, width]

  /// `states` [R+1, T, d], `ids` [T] and, if wanted, `logits` [R, T, V], which are read out anew
  /// one iteration at a time because a run does not keep them.
  func write(to file: OutputFile, withLogits: Bool, trajectory: Trajectory, model: String) throws {
    let tokens = trajectory.tokens.count
    let iterations = states.count - 1
    var entries = [
      SafetensorsWriter.Entry("states", shape: [states.count, tokens, states[0].columns])
    ]
    if withLogits {
      let vocabulary = recorder.model.facts.vocabularySize
      entries.append(
        SafetensorsWriter.Entry("logits", shape: [iterations, tokens, vocabulary]))
    }
    entries.append(SafetensorsWriter.Entry("ids", shape: [tokens], type: .int32))
    let writer = try SafetensorsWriter(
      file, entries: entries,
      metadata: [
        "format": "muninn.states/1", "model": model, "prompt": trajectory.prompt,
        "start": trajectory.start,
      ])
    for state in states { try writer.append(state.values) }
    if withLogits {
      for state in states.dropFirst() {
        let logits = try recorder.model.readout(
          state, in: recorder.context, positions: 0..<tokens)
        try writer.append(logits.values)
      }
    }
    try writer.append(integers: trajectory.tokens.map { Int32(clamping: $0.id) })
    try writer.finish()
  }
}
