import Synchronization
import Tensors

/// A looped language model (Ouro) in exact float32: the whole stack of layers is one iteration, and
/// nothing but the state goes from one to the next.
///
///     s₀ = embedding[ids]
///     sᵢ = norm(layers(sᵢ₋₁))
///     logits = head(s)
///
/// From "Scaling Latent Reasoning via Looped Language Models" (arXiv 2510.25741) and its published
/// code. The prompt enters through s₀ alone, so there is no other start. s₀ is not normed: what the
/// head reads out of it is a look at the embeddings, not a prediction the model was trained for.
public final class LoopedModel: GeneratingModel {
  public let facts: ModelFacts
  public let configuration: LoopedConfiguration
  private let weights: LoopedWeights
  private let workspace: Mutex<Workspace>

  init(
    configuration: LoopedConfiguration, weights: LoopedWeights, facts: ModelFacts,
    team: ThreadTeam
  ) {
    self.configuration = configuration
    self.weights = weights
    self.facts = facts
    self.workspace = Mutex(
      Workspace(
        team: team,
        frequencies: configuration.rotary.frequencies(headDimension: configuration.headDimension),
        maximumTokens: configuration.maximumTokens))
  }

  public var exitGate: ExitGate? { weights.gate }

  /// Every layer of the stack belongs to the loop.
  public var cacheLayout: CacheLayout {
    CacheLayout(
      preludeLayers: 0, coreLayers: weights.layers.count, codaLayers: 0,
      keyWidth: configuration.attention.keyWidth)
  }

  public func begin(
    _ ids: [Int], cache: KeyValueCache?, control: StepControl
  ) throws -> PromptContext {
    try facts.check(ids, after: cache?.seen ?? 0)
    cache?.extend(by: ids.count)
    return workspace.withLock { scratch in
      Operations.embed(ids, table: weights.embedding, scale: 1, into: scratch[.stream])
      return PromptContext(ids: ids, embedded: scratch[.stream].matrix(), injection: nil)
    }
  }

  /// s₀, which is what `begin` embedded.
  /// - Throws: `ModelError.fixedStart` for anything but `.embedded`.
  public func initialState(_ start: InitialState, in context: PromptContext) throws -> Matrix {
    switch start {
    case .embedded: return context.embedded
    case .zero: throw ModelError.fixedStart(asked: "zeros")
    case .seeded(let seed, _, _): throw ModelError.fixedStart(asked: "a state of seed \(seed)")
    case .given: throw ModelError.fixedStart(asked: "a given state")
    }
  }

  public func step(
    _ state: Matrix, in context: PromptContext, iteration: Int, cache: KeyValueCache?,
    control: StepControl
  ) throws -> Matrix {
    try loop(state, in: context, iteration: iteration, cache: cache, control: control) { x in
      Operations.rmsNorm(x, weight: weights.norm, epsilon: configuration.normEpsilon, into: x)
      return x.matrix()
    }
  }

  /// One loop both as the layers leave it and after the norm: the second is the state.
  public func stepBeforeAndAfterNorm(
    _ state: Matrix, in context: PromptContext, control: StepControl
  ) throws -> (before: Matrix, after: Matrix) {  // [tokens, width]
    try loop(state, in: context, iteration: 0, cache: nil, control: control) { x in
      let before = x.matrix()
      Operations.rmsNorm(x, weight: weights.norm, epsilon: configuration.normEpsilon, into: x)
      return (before, x.matrix())
    }
  }

  private func loop<Result: Sendable>(
    _ state: Matrix, in context: PromptContext, iteration: Int, cache: KeyValueCache?,
    control: StepControl, _ finish: (Buffer) -> Result
  ) throws -> Result {
    precondition(state.rows == context.ids.count && state.columns == configuration.width)
    return try workspace.withLock { scratch in
      scratch[.stream].load(state)
      try scratch.run(
        weights.layers, control, done: 0, of: weights.layers.count, cache: cache,
        slot: { cacheLayout.core($0, iteration: iteration) })
      return finish(scratch[.stream])
    }
  }

  /// The state itself: the norm that the head needs is part of every loop.
  public func decode(
    _ state: Matrix, in context: PromptContext, cache: KeyValueCache?, control: StepControl
  ) throws -> Matrix {
    precondition(state.rows == context.ids.count && state.columns == configuration.width)
    try control.check()
    return state
  }

  public func logits(_ decoded: Matrix, positions: Range<Int>) -> Matrix {
    workspace.withLock { scratch in
      scratch[.normed].load(decoded.rows(positions))
      weights.head.apply(scratch[.normed], into: scratch[.logits], team: scratch.team)
      return scratch[.logits].matrix()
    }
  }

  public func normalized(_ state: Matrix) -> Matrix { state }
}
