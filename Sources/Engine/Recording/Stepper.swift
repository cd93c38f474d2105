import LatentModels
import Tensors
import Trajectories

/// Makes states of sequences side by side and measures them: what everything that keeps states is
/// built on. It keeps none itself.
struct Stepper {
  let model: any LatentModel
  /// Where readings look up texts.
  let vocabulary: Vocabulary
  /// Tokens whose standing every reading tells.
  var watched: [Int] = []

  /// Measures s₀ and reads it out.
  /// - Parameter lenses: one a sequence; that have read nothing yet.
  /// - Returns: one step a sequence.
  func begin(
    _ state: LatentState, in context: PromptContext, with lenses: inout [Lens],
    hooks: Hooks = .none, control: StepControl
  ) throws -> [Step] {
    let readings = try read(state, in: context, with: &lenses, hooks: hooks, control: control)
    return zip(measured(state), readings).map { $0.reading($1) }
  }

  /// The same without what is read out.
  func measured(_ state: LatentState) -> [Step] {
    state.places.rows.map { rows in
      let own = model.leading(Self.part(rows, of: state))
      return Step(
        iteration: state.iteration,
        measures: StateMetrics.measure(own, previous: nil),
        readings: rows.map { _ in .unread }, duration: .zero,
        second: model.second(Self.part(rows, of: state)).map {
          StateMetrics.measure($0, previous: nil)
        })
    }
  }

  /// Computes the next iteration and measures it.
  /// - Parameters:
  ///   - earlier: the states one iteration before, one a sequence; none at s₀.
  ///   - lenses: one a sequence; they have read the iteration before, and have read this one after.
  ///   - hooks: who looks or rewrites while it runs and is read out.
  ///   - change: what becomes of the states before they are measured and read.
  ///   - first: positions of the first sequence to read out before all others.
  ///   - early: told of these while others are still to be read, and before of all that needs no readout
  ///     where readouts are long.
  /// - Returns: also one step a sequence; the duration of each is that of all.
  func advance(
    _ state: LatentState, after earlier: [Matrix], in context: PromptContext,
    with lenses: inout [Lens],
    reading first: Range<Int>? = nil, early: (EarlyStep) -> Void = { _ in }, isLong: Bool = false,
    hooks: Hooks = .none, change: (inout LatentState) -> Void = { _ in }, control: StepControl
  ) throws -> (after: LatentState, steps: [Step]) {
    let clock = ContinuousClock()
    let begun = clock.now
    let lengths = StreamLengths(of: model.facts)
    var after = try model.step(
      state, in: context, Call(control: control, hooks: lengths.watching(hooks)))
    change(&after)
    let duration = clock.now - begun
    let steps = after.places.rows.enumerated().map { sequence, rows in
      let next = model.leading(Self.part(rows, of: after))
      return Step(
        iteration: after.iteration,
        measures: StateMetrics.measure(
          next, previous: model.leading(Self.part(rows, of: state)),
          earlier: earlier.isEmpty ? nil : model.leading(earlier[sequence])),
        readings: rows.map { _ in .unread }, duration: duration,
        gates: model.exitGate?.logits(of: next),
        second: second(
          rows, of: after, from: state, after: earlier.isEmpty ? nil : earlier[sequence]),
        lengths: lengths.of(rows))
    }
    if isLong, let step = steps.first {
      early(.made(step, Self.part(after.places.rows[0], of: after)))
    }
    let readings = try read(
      after, in: context, with: &lenses, first: first,
      early: { early(.read(first: $0, $1)) }, hooks: hooks, control: control)
    return (after, zip(steps, readings).map { $0.reading($1) })
  }

  /// What became of the second vector of states that hold two.
  private func second(
    _ rows: Range<Int>, of after: LatentState, from before: LatentState, after earlier: Matrix?
  ) -> [StateMeasure]? {
    guard let now = model.second(Self.part(rows, of: after)) else { return nil }
    return StateMetrics.measure(
      now, previous: model.second(Self.part(rows, of: before)),
      earlier: earlier.flatMap(model.second))
  }

  /// The rows of one sequence; one that is alone shares them.
  private static func part(_ rows: Range<Int>, of state: LatentState) -> Matrix {
    rows.count == state.rows.rows ? state.rows : state.rows.rows(rows)
  }

  /// Reads a state out.  // [sequences][rows]
  @discardableResult func read(
    _ state: LatentState, in context: PromptContext, with lenses: inout [Lens],
    first: Range<Int>? = nil, early: (Int, [Reading]) -> Void = { _, _ in },
    hooks: Hooks = .none, control: StepControl
  ) throws -> [[Reading]] {
    let hidden = try model.decode(state, in: context, Call(control: control, hooks: hooks)).hidden
    // Few rows of many sequences go through the head at once: it is as long a way for one as for all.
    var together: Matrix?
    if state.places.spans.count > 1, hidden.rows <= Lens.chunk {
      try control.check()
      together = model.logits(hidden, positions: 0..<hidden.rows)
    }
    var read: [[Reading]] = []
    for (sequence, span) in state.places.rows.enumerated() {
      read.append(
        try lenses[sequence].read(
          rows: span.count, first: sequence == 0 ? first : nil, vocabulary: vocabulary,
          watched: watched,
          early: { if sequence == 0 { early($0, $1) } }
        ) { positions in
          let rows = positions.lowerBound + span.lowerBound..<positions.upperBound + span.lowerBound
          if let together { return together.rows(rows) }
          // The head of a large vocabulary takes as long as a layer.
          try control.check()
          return model.logits(hidden, positions: rows)
        })
    }
    return read
  }
}
