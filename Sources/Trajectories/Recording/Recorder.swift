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
  private var normalizedStates: [Matrix] = []
  private var last: Matrix
  private var iteration = 0

  /// Runs the prelude and makes s₀.
  /// - Parameters:
  ///   - text: the printable text of a token id, for readings.
  ///   - candidates: how many of the likeliest tokens each reading keeps.
  public init(
    model: any LatentModel, ids: [Int], start: InitialState, candidates: Int,
    text: @escaping (Int) -> String, control: StepControl = .uninterrupted
  ) throws {
    self.model = model
    self.candidates = max(1, min(candidates, model.facts.vocabularySize))
    self.textOf = text
    context = try model.begin(ids, control: control)
    last = try model.initialState(start, in: context)
    lens = Lens(candidates: self.candidates)
  }

  /// The state at the live edge.  // [tokens, width]
  public var liveState: Matrix { last }

  /// Measures s₀ and starts a trajectory with it.
  public func begin(
    prompt: String, tokens: [Token], start: String, control: StepControl = .uninterrupted
  ) throws -> Trajectory {
    precondition(iteration == 0 && normalizedStates.isEmpty, "a recorder begins once")
    let readings = try read(last, control: control)
    normalizedStates.append(model.normalized(last))
    let measures = StateMetrics.measure(last, previous: nil)
    let initial = Step(
      iteration: 0, state: last, measures: measures, readings: readings, duration: .zero)
    return Trajectory(prompt: prompt, tokens: tokens, start: start, initial: initial)
  }

  /// Computes the next iteration from the live edge. When it throws, the edge has not moved.
  public func advance(control: StepControl = .uninterrupted) throws -> (
    step: Step, distanceToLast: [[Float]]
  ) {
    let clock = ContinuousClock()
    let begun = clock.now
    let next = try model.step(last, in: context, control: control)
    let duration = clock.now - begun
    let readings = try read(next, control: control)
    let measures = StateMetrics.measure(next, previous: last)
    last = next
    iteration += 1
    normalizedStates.append(model.normalized(next))
    let step = Step(
      iteration: iteration, state: next, measures: measures, readings: readings,
      duration: duration, gates: model.exitGate?.logits(of: next))
    return (step, StateMetrics.distances(to: normalizedStates[iteration], of: normalizedStates))
  }

  /// ln_f of every state so far, the rows that projections are fitted on.
  public var normalized: [Matrix] { normalizedStates }  // [iterations + 1] of [tokens, width]

  private func read(_ state: Matrix, control: StepControl) throws -> [Reading] {
    let decoded = try model.decode(state, in: context, control: control)
    return lens.read(rows: decoded.rows, text: textOf) { positions in
      model.logits(decoded, positions: positions)
    }
  }
}
