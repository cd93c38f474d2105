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
  /// The live edge, with the keys and values of all iterations.
  private var live: LatentState
  /// What was read out of the last position, of which iteration, and what that left behind.
  private var lastRead: (iteration: Int, Ending)?

  /// What a text goes on from.
  struct Ending {
    /// Of the last position.
    let logits: [Float]  // [vocabulary]
    /// What the token that follows looks at; nil where nothing is kept.
    let memory: Memory?
  }

  /// Runs the prelude and makes s₀.
  /// - Parameters:
  ///   - text: the printable text of a token id, for readings.
  ///   - candidates: how many of the likeliest tokens each reading keeps.
  ///   - memory: what came before the tokens; nil to keep no keys and values.
  public init(
    model: any LatentModel, ids: [Int], start: InitialState, candidates: Int,
    memory: Memory? = nil, text: @escaping (Int) -> String,
    control: StepControl = .uninterrupted
  ) throws {
    self.model = model
    self.candidates = max(1, min(candidates, model.facts.vocabularySize))
    self.textOf = text
    context = try model.begin(ids, after: memory, Call(control: control))
    live = try model.initialState(start, in: context)
    states = [live.rows]
    lens = Lens(candidates: self.candidates)
  }

  /// The state at the live edge.  // [tokens, width]
  public var liveState: Matrix { live.rows }

  /// Bytes of the keys and values it keeps, those of earlier tokens included.
  var keptBytes: Int { live.memory?.bytes ?? 0 }
  /// Whether keys and values are kept.
  var isKeeping: Bool { live.memory != nil }

  /// The last iteration there is.
  public var iteration: Int { states.count - 1 }

  /// Measures s₀ and starts a trajectory with it.
  public func begin(
    prompt: String, tokens: [Token], start: String, control: StepControl = .uninterrupted
  ) throws -> Trajectory {
    precondition(iteration == 0 && !hasBegun, "a recorder begins once")
    let initialState = live.rows
    let (readings, read) = try read(live, control: control)
    (lastRead, hasBegun) = (read, true)
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
    let after = try model.step(live, in: context, Call(control: control))
    let duration = clock.now - begun
    let (readings, read) = try read(after, first: first, early: early, control: control)
    let next = after.rows
    let measures = StateMetrics.measure(next, previous: liveState)
    live = after
    lastRead = read
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

  /// Lets go of all states but the last, for runs that nobody looks back on: what they take would grow
  /// with every iteration. Only `advance` may follow.
  public func forgetEarlierStates() {
    guard iteration > 0 else { return }
    states[iteration - 1] = Matrix(rows: 0, columns: 0)
  }

  /// Keeps no more keys and values.
  func stopKeeping() {
    live.memory = nil
    lastRead = nil
  }

  /// ln_f of every state so far, the rows that projections are fitted on.
  public func normalized() -> [Matrix] {  // [iterations + 1] of [tokens, width]
    normalizedStates += states[normalizedStates.count...].map(model.normalized)
    return normalizedStates
  }

  /// What the text goes on from at an iteration that was computed before.
  func ending(at wanted: Int, control: StepControl) throws -> Ending {
    if let (iteration, ending) = lastRead, iteration == wanted { return ending }
    let memory = live.memory?.without(
      iterationsFrom: wanted, positionsFrom: context.places.spans[0].firstPosition)
    let state = LatentState(
      rows: states[wanted], places: context.places, iteration: wanted, memory: memory)
    let decoded = try model.decode(state, in: context, Call(control: control))
    let last = decoded.hidden.rows - 1
    let ending = Ending(
      logits: Array(model.logits(decoded.hidden, positions: last..<last + 1).row(0)),
      memory: decoded.memory)
    lastRead = (wanted, ending)
    return ending
  }

  private func read(
    _ state: LatentState, first: Range<Int>? = nil,
    early: (Int, [Reading]) -> Void = { _, _ in }, control: StepControl
  ) throws -> ([Reading], (iteration: Int, Ending)?) {
    let decoded = try model.decode(state, in: context, Call(control: control))
    let hidden = decoded.hidden
    var read: (iteration: Int, Ending)?
    let readings = try lens.read(rows: hidden.rows, first: first, text: textOf, early: early) {
      positions in
      // The head of a large vocabulary takes as long as a layer.
      try control.check()
      let logits = model.logits(hidden, positions: positions)
      if decoded.memory != nil, positions.upperBound == hidden.rows {
        let last = Array(logits.row(logits.rows - 1))
        read = (state.iteration, Ending(logits: last, memory: decoded.memory))
      }
      return logits
    }
    return (readings, read)
  }
}
