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
///
/// Retrofitted models ("Teaching Pretrained Language Models to Think Deeper with Retrofitted
/// Recurrence", arXiv 2511.07384) are the same around other blocks, without the norm before the coda.
public final class RecurrentDepthModel: GeneratingModel {
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
    self.workspace = Mutex(
      Workspace(
        team: team,
        frequencies: configuration.rotary.frequencies(headDimension: configuration.headDimension),
        maximumTokens: configuration.maximumTokens))
  }

  public var cacheLayout: CacheLayout {
    CacheLayout(
      preludeLayers: configuration.preludeLayers, coreLayers: configuration.coreLayers,
      codaLayers: configuration.codaLayers, keyWidth: configuration.attention.keyWidth)
  }

  public func begin(
    _ ids: [Int], cache: KeyValueCache?, control: StepControl
  ) throws -> PromptContext {
    try facts.check(ids, after: cache?.seen ?? 0)
    cache?.extend(by: ids.count)
    return try workspace.withLock { scratch in
      let x = scratch[.stream]
      x.resize(rows: ids.count, columns: configuration.width)
      Operations.embed(
        ids, table: weights.embedding, scale: Float(configuration.embeddingScale), into: x)
      try scratch.run(
        weights.network.prelude, control, done: 0, of: layersInStep, cache: cache,
        slot: cacheLayout.prelude)
      weights.network.inject(using: scratch)
      return PromptContext(
        ids: ids, embedded: x.matrix(), injection: scratch[.injection].matrix())
    }
  }

  public func initialState(_ start: InitialState, in context: PromptContext) throws -> Matrix {
    switch start {
    case .zero:
      return Matrix(rows: context.ids.count, columns: configuration.width)
    case .embedded:
      return context.embedded
    case .seeded(let seed, let form, let scale):
      var generator = TorchGenerator(seed: seed)
      return generator.initialState(
        tokens: context.ids.count, width: configuration.width,
        from: configuration.initialStates.spread(scale), form: form)
    case .given(let state):
      try context.checkState(state)
      return state
    }
  }

  public func step(
    _ state: Matrix, in context: PromptContext, iteration: Int, cache: KeyValueCache?,
    control: StepControl
  ) throws -> Matrix {
    precondition(state.rows == context.ids.count && state.columns == configuration.width)
    guard let injection = context.injection else {
      preconditionFailure("the context was made by a model of another family")
    }
    return try workspace.withLock { scratch in
      scratch[.state].load(state)
      scratch[.injection].load(injection)
      weights.network.adapt(using: scratch)
      try scratch.run(
        weights.network.core, control, done: 0, of: layersInStep, cache: cache,
        slot: { cacheLayout.core($0, iteration: iteration) })
      return scratch[.stream].matrix()
    }
  }

  /// The core alone, without the adapter: how runs of `initial_state_mode` "skip-adapter" take their
  /// first step, from s₀ = e.
  public func stepWithoutAdapter(
    _ state: Matrix, in context: PromptContext, control: StepControl
  ) throws -> Matrix {
    precondition(state.rows == context.ids.count && state.columns == configuration.width)
    return try workspace.withLock { scratch in
      scratch[.stream].load(state)
      try scratch.run(weights.network.core, control, done: 0, of: layersInStep)
      return scratch[.stream].matrix()
    }
  }

  public func decode(
    _ state: Matrix, in context: PromptContext, cache: KeyValueCache?, control: StepControl
  ) throws -> Matrix {
    precondition(state.rows == context.ids.count && state.columns == configuration.width)
    return try workspace.withLock { scratch in
      scratch[.stream].load(state)
      weights.network.normalizeBeforeCoda(using: scratch)
      try scratch.run(
        weights.network.coda, control, done: weights.network.core.count, of: layersInStep,
        cache: cache, slot: cacheLayout.coda)
      weights.network.normalize(using: scratch)
      return scratch[.stream].matrix()
    }
  }

  public func logits(_ decoded: Matrix, positions: Range<Int>) -> Matrix {
    workspace.withLock { scratch in
      scratch[.stream].load(decoded.rows(positions))
      weights.network.predict(using: scratch)
      return scratch[.logits].matrix()
    }
  }

  public func normalized(_ state: Matrix) -> Matrix {
    // Without a norm before the coda, the raw state is what the coda reads.
    guard configuration.flavour.normsBeforeCoda else { return state }
    return workspace.withLock { scratch in
      scratch[.stream].load(state)
      weights.network.normalize(using: scratch)
      return scratch[.stream].matrix()
    }
  }

  /// Layers of one iteration with its readout.
  private var layersInStep: Int { weights.network.core.count + weights.network.coda.count }
}
