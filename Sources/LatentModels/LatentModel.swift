import Tensors

/// A language model that thinks in latent states: given the tokens of a prompt, it makes an
/// initial state, improves it one iteration at a time, and can read a prediction out of any state.
///
/// Every family fits this: an iteration is one pass of Huginn's core block, one loop of a looped
/// stack, one continuous thought. States are values and `step` never changes the one it was given;
/// that is what makes rewinding an index and a fork free.
public protocol LatentModel: Sendable {
  /// Sizes and names, for people and for memory forecasts.
  var facts: ModelFacts { get }

  /// Runs everything that does not depend on the iteration.
  /// - Throws: `ModelError` for an empty or too long prompt, or an id outside the vocabulary.
  func begin(_ ids: [Int], control: StepControl) throws -> PromptContext

  /// The state s₀ that a run starts from.  // [tokens, width]
  func initialState(_ start: InitialState, in context: PromptContext) throws -> Matrix

  /// One iteration: sᵢ₋₁ → sᵢ.  // [tokens, width]
  func step(_ state: Matrix, in context: PromptContext, control: StepControl) throws -> Matrix

  /// The hidden vectors that the output head reads, from a raw state.  // [tokens, width]
  func decode(_ state: Matrix, in context: PromptContext, control: StepControl) throws -> Matrix

  /// The output head on some rows of what `decode` returned.  // [positions, vocabulary]
  func logits(_ decoded: Matrix, positions: Range<Int>) -> Matrix

  /// The space in which states are compared and projected; for Huginn ln_f(s),
  /// for families whose readout takes s as it is, s itself.  // [tokens, width]
  func normalized(_ state: Matrix) -> Matrix

  /// The gate by which the model says how sure it is to stop; nil where it has learned none.
  var exitGate: ExitGate? { get }
}

extension LatentModel {
  public var exitGate: ExitGate? { nil }

  /// Next-token logits of some positions, read out of a raw state.  // [positions, vocabulary]
  public func readout(
    _ state: Matrix, in context: PromptContext, positions: Range<Int>,
    control: StepControl = .uninterrupted
  ) throws -> Matrix {
    logits(try decode(state, in: context, control: control), positions: positions)
  }
}

/// What a model computed once for a prompt.
public struct PromptContext: Sendable {
  /// Token ids of the prompt.
  public let ids: [Int]
  /// What a run starts from: the prelude's output e, which every iteration reads, or where there is
  /// no prelude the token embeddings.
  public let embedded: Matrix  // [tokens, width]
  /// The part of an iteration that is the same every time: e through its half of the adapter. nil
  /// for a family that injects nothing.
  public let injection: Matrix?  // [tokens, width]

  public init(ids: [Int], embedded: Matrix, injection: Matrix?) {
    self.ids = ids
    self.embedded = embedded
    self.injection = injection
  }

  /// Refuses a given state that is no state of this prompt.
  func checkState(_ state: Matrix) throws(ModelError) {
    guard state.rows == embedded.rows, state.columns == embedded.columns else {
      throw .initialStateShape(
        found: [state.rows, state.columns], expected: [embedded.rows, embedded.columns])
    }
    if let bad = state.values.firstIndex(where: { !$0.isFinite }) {
      throw .nonFiniteInitialState(row: bad / state.columns, column: bad % state.columns)
    }
  }
}
