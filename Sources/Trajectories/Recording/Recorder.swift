import LatentModels
import Tensors

/// Runs a model one iteration at a time and measures every state: the one place where a
/// trajectory comes from, for the explorer and for the headless commands alike.
///
/// It keeps the live edge: the last state and its predictions. Extending a run goes on from
/// there; nothing is computed twice. Used from one thread.
public final class Recorder {
  /// How many candidates each reading keeps.
  public let candidates: Int
  public let model: any LatentModel
  public private(set) var context: PromptContext
  private let textOf: (Int) -> String
  private var lens: Lens
  /// Of the first states, as far as they were asked for.
  private var normalizedStates: [Matrix] = []
  private var hasBegun = false
  private var states: [Matrix]  // [iterations + 1] of [tokens, width]
  private var keeping: Keeping?
  /// What was read out of the last position, and of which iteration: what the cache's coda holds.
  private var lastRead: (iteration: Int, logits: [Float])?

  /// A model that keeps keys and values, and where.
  private struct Keeping {
    let model: any GeneratingModel
    let cache: KeyValueCache
    /// The first position of this run.
    let first: Int
  }

  /// Runs the prelude and makes s₀.
  /// - Parameters:
  ///   - text: the printable text of a token id, for readings.
  ///   - candidates: how many of the likeliest tokens each reading keeps.
  ///   - cache: where keys and values are kept; the tokens follow those it has seen. When this
  ///     throws, clear what it has seen since.
  public init(
    model: any LatentModel, ids: [Int], start: InitialState, candidates: Int,
    cache: KeyValueCache? = nil, text: @escaping (Int) -> String,
    control: StepControl = .uninterrupted
  ) throws {
    self.model = model
    self.candidates = max(1, min(candidates, model.facts.vocabularySize))
    self.textOf = text
    if let cache, let generating = model as? any GeneratingModel {
      keeping = Keeping(model: generating, cache: cache, first: cache.seen)
      context = try generating.begin(ids, cache: cache, control: control)
    } else {
      keeping = nil
      context = try model.begin(ids, control: control)
    }
    states = [try model.initialState(start, in: context)]
    lens = Lens(candidates: self.candidates)
  }

  /// The state at the live edge.  // [tokens, width]
  public var liveState: Matrix { states[iteration] }

  /// The last iteration there is.
  public var iteration: Int { states.count - 1 }

  /// Measures s₀ and starts a trajectory with it.
  public func begin(
    prompt: String, tokens: [Token], start: String, control: StepControl = .uninterrupted
  ) throws -> Trajectory {
    precondition(iteration == 0 && !hasBegun, "a recorder begins once")
    let initialState = states[0]
    let readings = try read(initialState, at: 0, control: control)
    hasBegun = true
    let measures = StateMetrics.measure(initialState, previous: nil)
    let initial = Step(
      iteration: 0, state: initialState, measures: measures, readings: readings, duration: .zero)
    return Trajectory(prompt: prompt, tokens: tokens, start: start, initial: initial)
  }

  /// Computes the next iteration from the live edge. When it throws, the edge has not moved.
  /// - Parameters:
  ///   - first: positions to read out before all others.
  ///   - early: told of these, as (first position, readings), while others are still to be read.
  public func advance(
    reading first: Range<Int>? = nil, early: (Int, [Reading]) -> Void = { _, _ in },
    control: StepControl = .uninterrupted
  ) throws -> Step {
    let clock = ContinuousClock()
    let begun = clock.now
    let next: Matrix
    let duration: Duration
    let readings: [Reading]
    do {
      next = try step(control)
      duration = clock.now - begun
      readings = try read(
        next, at: iteration + 1, first: first, early: early, control: control)
    } catch {
      // Half an iteration in the cache would be taken for a whole one.
      _ = keeping?.cache.takeOut(iterationsFrom: iteration, positionsFrom: keeping?.first ?? 0)
      throw error
    }
    let measures = StateMetrics.measure(next, previous: liveState)
    states.append(next)
    return Step(
      iteration: iteration, state: next, measures: measures, readings: readings,
      duration: duration, gates: model.exitGate?.logits(of: next))
  }

  /// ‖ln_f(sᵢ) − ln_f(s_last)‖ of every state so far: as much work as there are states, so it is for
  /// when they are looked at.
  public func distancesToLast() -> [[Float]] {  // [iterations + 1][tokens]
    let states = normalized()
    return StateMetrics.distances(to: states[iteration], of: states)
  }

  /// Keeps no more keys and values.
  func stopKeeping() { keeping = nil }

  /// ln_f of every state so far, the rows that projections are fitted on.
  public func normalized() -> [Matrix] {  // [iterations + 1] of [tokens, width]
    normalizedStates += states[normalizedStates.count...].map(model.normalized)
    return normalizedStates
  }

  /// The logits of the last position at an iteration that was computed before. Afterwards the
  /// cache holds the coda's keys and values of that iteration, which later tokens look at.
  func logits(at wanted: Int, control: StepControl) throws -> [Float] {  // [vocabulary]
    if let lastRead, lastRead.iteration == wanted { return lastRead.logits }
    lastRead = nil
    let decoded = try decode(states[wanted], control: control)
    let logits = Array(model.logits(decoded, positions: decoded.rows - 1..<decoded.rows).row(0))
    lastRead = (wanted, logits)
    return logits
  }

  private func step(_ control: StepControl) throws -> Matrix {
    guard let keeping else { return try model.step(liveState, in: context, control: control) }
    return try keeping.model.step(
      liveState, in: context, iteration: iteration, cache: keeping.cache, control: control)
  }

  private func decode(_ state: Matrix, control: StepControl) throws -> Matrix {
    guard let keeping else { return try model.decode(state, in: context, control: control) }
    return try keeping.model.decode(state, in: context, cache: keeping.cache, control: control)
  }

  private func read(
    _ state: Matrix, at iteration: Int, first: Range<Int>? = nil,
    early: (Int, [Reading]) -> Void = { _, _ in }, control: StepControl
  ) throws -> [Reading] {
    lastRead = nil
    let decoded = try decode(state, control: control)
    return try lens.read(rows: decoded.rows, first: first, text: textOf, early: early) {
      positions in
      // The head of a large vocabulary takes as long as a layer.
      try control.check()
      let logits = model.logits(decoded, positions: positions)
      if keeping != nil, positions.upperBound == decoded.rows {
        lastRead = (iteration, Array(logits.row(logits.rows - 1)))
      }
      return logits
    }
  }
}
