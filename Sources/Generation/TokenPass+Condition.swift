import LatentModels
import Tensors
import Trajectories

/// Passes that end where a condition is met.
extension TokenPass {
  /// Likeliest tokens that conditions can ask for.
  private static let candidates = 16

  /// Iterations until something is so of the last token, at most so many. The logits are those of the
  /// last iteration.
  mutating func run(
    _ ids: [Int], until condition: Condition, maximum: Int, from starts: inout StartStream,
    warm: Matrix? = nil
  ) throws -> Outcome {
    var (context, state) = try begin(ids, from: &starts, warm: warm)
    let last = ids.count - 1..<ids.count
    let watched = condition.looksAtAllTokens ? 0..<ids.count : last
    var watch = ConditionWatch(condition)
    var lens = Lens(candidates: Self.candidates, from: 1)
    var previous = model.leading(state.rows.rows(watched))
    var earlier: Matrix?
    watch.add(
      Step(
        iteration: 0, measures: StateMetrics.measure(previous, previous: nil), readings: [],
        duration: .zero))
    var read: Matrix?
    var iterations = 0
    while iterations < maximum, watch.met == nil {
      state = try step(state, context)
      iterations += 1
      var readings: [Reading] = []
      if condition.readsPrediction {
        let hidden = try decode(&state, context)
        let table = model.logits(hidden, positions: watched)
        try check(table, watched, of: state, context)
        readings = lens.read(
          rows: watched.count, vocabulary: .unread, watched: condition.watchedTokens,
          logits: { table.rows($0) })
        read = table.rows(table.rows - 1..<table.rows)
      }
      let now = model.leading(state.rows.rows(watched))
      watch.add(
        Step(
          iteration: iterations,
          measures: StateMetrics.measure(now, previous: previous, earlier: earlier),
          readings: readings, duration: .zero, gates: model.exitGate?.logits(of: now)))
      (earlier, previous) = (previous, now)
    }
    if read == nil {
      let logits = model.logits(try decode(&state, context), positions: last)
      try check(logits, last, of: state, context)
      read = logits
    }
    return end(
      state,
      Outcome(
        iterations: iterations, exitValues: [], state: state.rows,
        logits: read ?? Matrix(rows: 0, columns: 0), isMet: watch.met != nil))
  }
}
