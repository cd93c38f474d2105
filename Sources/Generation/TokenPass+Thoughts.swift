import LatentModels
import Tensors

/// Passes that end where the model says that it has thought enough.
extension TokenPass {
  /// Thoughts until the likeliest token behind the last of them is the one that ends them, at most so
  /// many. It is asked before every thought, the first too (CoLaR, arXiv 2505.16552).
  mutating func run(
    _ ids: [Int], untilSaid stop: Int, maximum: Int, from starts: inout StartStream
  ) throws -> Outcome {
    var (context, state) = try begin(ids, from: &starts)
    let last = ids.count - 1..<ids.count
    var iterations = 0
    while true {
      let logits = model.logits(try decode(&state, context), positions: last)
      try check(logits, last, of: state, context)
      let isSaid = Operations.topK(logits.row(0), count: 1)[0].id == stop
      if isSaid || iterations == maximum {
        return end(
          state,
          Outcome(
            iterations: iterations, exitValues: [], state: state.rows, logits: logits,
            isSaid: isSaid))
      }
      state = try step(state, context)
      iterations += 1
    }
  }
}
