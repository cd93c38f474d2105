import LatentModels
import Tensors
import Trajectories

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
  private let stepper: Stepper
  private var lenses: [Lens]  // one
  /// Of the first states, as far as they were asked for.
  private var normalizedStates: [Matrix] = []
  private var hasBegun = false
  private var states: [Matrix]  // [iterations + 1] of [tokens, width]
  /// The live edge, with the keys and values of all iterations.
  private var live: LatentState
  /// What was asked for of the last position, at which iteration, and what that left behind.
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
    stepper = Stepper(model: model, text: text)
    context = try model.begin(ids, after: memory, Call(control: control))
    live = try model.initialState(start, in: context)
    states = [live.rows]
    lenses = [Lens(candidates: self.candidates)]
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
    let steps = try stepper.begin(live, in: context, with: &lenses, control: control)
    hasBegun = true
    return Trajectory(prompt: prompt, tokens: tokens, start: start, initial: steps[0])
  }

  /// Computes the next iteration from the live edge. When it throws, the edge has not moved.
  /// - Parameters:
  ///   - first: positions to read out before all others.
  ///   - early: told of these, as (first position, readings), while others are still to be read.
  public func advance(
    reading first: Range<Int>? = nil, early: (Int, [Reading]) -> Void = { _, _ in },
    control: StepControl = .uninterrupted
  ) throws -> Step {
    var read = lenses
    let (after, steps) = try stepper.advance(
      live, in: context, with: &read, reading: first, early: early, control: control)
    (live, lenses) = (after, read)
    states.append(after.rows)
    return steps[0]
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
}
