import LatentModels
import Tensors

/// Runs from s₀ = e, which references of some retrofitted models have besides.
extension TrajectoryVerifier {
  /// `embed-init` starts from e; `skip-adapter` also leaves the adapter out of the first iteration.
  /// The reference allows three times the deviation.
  mutating func compareOtherStarts(
    _ replay: Replay, _ tensors: inout ReferenceTensors, _ place: String
  ) throws {
    guard let recurrent = model as? RecurrentDepthModel else { return }
    for mode in ["embed-init", "skip-adapter"] where tensors.has("\(mode).states") {
      let context = replay.context
      let start = try recurrent.initialState(.embedded, in: context)
      var run = Replay(model: model, context: context, start: start)
      for iteration in 1...reference.iterations {
        if iteration == 1, mode == "skip-adapter" {
          try run.advance(
            to: try recurrent.stepWithoutAdapter(start, in: context, .plain))
        } else {
          try run.advance()
        }
        let allowed = 3 * reference.tolerance.states[iteration - 1]
        try compareRow(
          "\(mode).states", run.state.values, iteration, &tensors, place, iteration
        ) { _ in allowed }
      }
      if let expected = try tensors.all("\(mode).logits_final") {
        let allowed = 3 * reference.tolerance.logits[reference.iterations - 1]
        ledger.compare(
          "\(mode).logits_final", iteration: nil, run.logits.values, with: expected, place: place
        ) { _ in allowed }
      }
    }
  }
}
