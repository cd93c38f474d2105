import LatentModels
import Tensors

/// A model that does one thing wrong, for tests of comparisons.
struct WrongModel: LatentModel {
  enum Mistake: String, CaseIterable, Sendable {
    /// The logit lens without its norm.
    case logitLensWithoutNorm
    /// The final norm twice before the coda.
    case normedTwice
    /// Every iteration a little off.
    case driftingState
    /// The derivative at another state.
    case derivativeElsewhere
  }

  let model: any LatentModel
  let mistake: Mistake

  var facts: ModelFacts { model.facts }
  var cacheLayout: CacheLayout { model.cacheLayout }
  var exitGate: ExitGate? { model.exitGate }

  func begin(_ sequences: [[Int]], after memory: Memory?, _ call: Call) throws -> PromptContext {
    try model.begin(sequences, after: memory, call)
  }
  func step(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> LatentState {
    var next = try model.step(state, in: context, call)
    if mistake == .driftingState { next.rows[0, 0] += 1e-3 }
    return next
  }
  func decode(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> Decoded {
    var state = state
    if mistake == .normedTwice { state.rows = model.normalized(model.normalized(state.rows)) }
    return try model.decode(state, in: context, call)
  }
  func linearize(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> Linearization {
    var state = state
    if mistake == .derivativeElsewhere { state.rows[0, 0] += 0.1 }
    return try model.linearize(state, in: context, call)
  }
  func logits(_ hidden: Matrix, positions: Range<Int>) -> Matrix {
    model.logits(hidden, positions: positions)
  }
  func normalized(_ rows: Matrix) -> Matrix { model.normalized(rows) }
  func state(endingWith stream: Matrix) -> Matrix { model.state(endingWith: stream) }
  func finalNorm(_ stream: Matrix) -> Matrix {
    mistake == .logitLensWithoutNorm ? stream : model.finalNorm(stream)
  }
}
