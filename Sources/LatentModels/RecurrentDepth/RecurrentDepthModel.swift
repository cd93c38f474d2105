import Synchronization
import Tensors

/// A recurrent-depth model (Huginn-0125 and its like) in exact float32:
///
///     e  = prelude(embedding[ids] · scale)
///     sᵢ = core(adapter([sᵢ₋₁ | e]))
///     logits = head(ln_f(coda(ln_f(s))))
///
/// From "Scaling up Test-Time Compute with Latent Reasoning" (arXiv 2502.05171) and its published
/// code; the same final norm is used before and after the coda, and the coda does not see e.
public final class RecurrentDepthModel: LatentModel {
  public let facts: ModelFacts
  public let configuration: RecurrentDepthConfiguration
  private let weights: RecurrentDepthWeights
  private let workspace: Mutex<Workspace>

  /// Assembles a model from packed weights.
  /// - Parameter team: the threads its matrix products run on.
  init(
    configuration: RecurrentDepthConfiguration, weights: RecurrentDepthWeights, facts: ModelFacts,
    team: ThreadTeam
  ) {
    self.configuration = configuration
    self.weights = weights
    self.facts = facts
    let rotary = RotaryTable(
      base: configuration.rotaryBase, headDimension: configuration.headDimension,
      positions: configuration.maximumTokens)
    self.workspace = Mutex(Workspace(team: team, rotary: rotary))
  }

  public func begin(_ ids: [Int], control: StepControl) throws -> PromptContext {
    try check(ids)
    return try workspace.withLock { scratch in
      let x = scratch.stream
      x.resize(rows: ids.count, columns: configuration.width)
      Operations.embed(
        ids, table: weights.embedding, scale: Float(configuration.embeddingScale), into: x)
      try run(weights.prelude, on: x, scratch, control, base: 0)
      weights.adapterInput.apply(x, into: scratch.sum, team: scratch.team)
      return PromptContext(ids: ids, embedded: x.matrix(), injection: scratch.sum.matrix())
    }
  }

  public func initialState(_ start: InitialState, in context: PromptContext) throws -> Matrix {
    let tokens = context.ids.count
    switch start {
    case .zero:
      return Matrix(rows: tokens, columns: configuration.width)
    case .seeded(let seed, let form, let scale):
      return TorchGenerator.initialState(
        tokens: tokens, width: configuration.width,
        standardDeviation: configuration.initialStateDeviation * Double(scale),
        scale: configuration.embeddingScale, seed: seed, form: form, storage: .float32)
    case .given(let state):
      guard state.rows == tokens, state.columns == configuration.width else {
        throw ModelError.initialStateShape(
          found: [state.rows, state.columns], expected: [tokens, configuration.width])
      }
      if let bad = state.values.firstIndex(where: { !$0.isFinite }) {
        throw ModelError.nonFiniteInitialState(
          row: bad / state.columns, column: bad % state.columns)
      }
      return state
    }
  }

  public func step(
    _ state: Matrix, in context: PromptContext, control: StepControl
  ) throws -> Matrix {
    precondition(state.rows == context.ids.count && state.columns == configuration.width)
    return try workspace.withLock { scratch in
      let x = scratch.stream
      scratch.normed.load(state)
      scratch.sum.load(context.injection)
      weights.adapterState.apply(scratch.normed, adding: scratch.sum, into: x, team: scratch.team)
      try run(weights.core, on: x, scratch, control, base: 0)
      return x.matrix()
    }
  }

  public func decode(
    _ state: Matrix, in context: PromptContext, control: StepControl
  ) throws -> Matrix {
    precondition(state.rows == context.ids.count && state.columns == configuration.width)
    return try workspace.withLock { scratch in
      let x = scratch.stream
      x.load(state)
      normalize(x)
      try run(weights.coda, on: x, scratch, control, base: weights.core.count)
      normalize(x)
      return x.matrix()
    }
  }

  public func logits(_ decoded: Matrix, positions: Range<Int>) -> Matrix {
    workspace.withLock { scratch in
      scratch.normed.load(decoded.rows(positions))
      weights.head.apply(scratch.normed, into: scratch.gateAndUp, team: scratch.team)
      return scratch.gateAndUp.matrix()
    }
  }

  public func normalized(_ state: Matrix) -> Matrix {
    workspace.withLock { scratch in
      scratch.stream.load(state)
      normalize(scratch.stream)
      return scratch.stream.matrix()
    }
  }

  private func normalize(_ x: Buffer) {
    Operations.rmsNorm(
      x, weight: weights.finalNorm, epsilon: configuration.normEpsilon, into: x)
  }

  /// Runs blocks in order, stopping between them on request.
  private func run(
    _ blocks: [SandwichBlock], on x: Buffer, _ scratch: Workspace, _ control: StepControl, base: Int
  ) throws {
    let total = weights.core.count + weights.coda.count
    for (index, block) in blocks.enumerated() {
      try control.check()
      block.apply(to: x, using: scratch)
      control.progress(base + index + 1, total)
    }
  }

  private func check(_ ids: [Int]) throws(ModelError) {
    guard !ids.isEmpty else { throw .emptyPrompt }
    guard ids.count <= configuration.maximumTokens else {
      throw .promptTooLong(tokens: ids.count, maximum: configuration.maximumTokens)
    }
    for (position, id) in ids.enumerated() where id < 0 || id >= configuration.vocabularySize {
      throw .unknownToken(
        id: id, position: position, vocabularySize: configuration.vocabularySize)
    }
  }
}
