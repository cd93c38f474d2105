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
public final class RecurrentDepthModel: LatentModel {
  public let facts: ModelFacts
  public let configuration: RecurrentDepthConfiguration
  private let weights: RecurrentDepthWeights
  private let workspace: Mutex<Workspace>
  private let twinKeeper: TwinKeeper

  /// Assembles a model from packed weights.
  /// - Parameter team: the threads its matrix products run on.
  init(
    configuration: RecurrentDepthConfiguration, weights: RecurrentDepthWeights, facts: ModelFacts,
    team: ThreadTeam
  ) {
    self.configuration = configuration
    self.weights = weights
    self.facts = facts
    twinKeeper = TwinKeeper(team: team, packedBytes: facts.packedBytes)
    self.workspace = Mutex(
      Workspace(
        team: team,
        frequencies: configuration.rotary.frequencies(headDimension: configuration.headDimension),
        maximumTokens: configuration.maximumTokens))
  }

  public var twins: ModelTwins? {
    twinKeeper.twins {
      RecurrentDepthModel(
        configuration: configuration, weights: weights, facts: facts, team: .single)
    }
  }

  public var cacheLayout: CacheLayout {
    CacheLayout(
      preludeLayers: configuration.preludeLayers, coreLayers: configuration.coreLayers,
      codaLayers: configuration.codaLayers, keyWidth: configuration.attention.keyWidth)
  }

  public func begin(
    _ sequences: [[Int]], after memory: Memory?, _ call: Call
  ) throws -> PromptContext {
    try begin(sequences, given: nil, after: memory, call)
  }

  /// The same with rows in the place of token embeddings, which are taken as they are.
  /// - Parameter given: nil for those of the tokens.  // [tokens of all sequences, width]
  func begin(
    _ sequences: [[Int]], given: Matrix?, after memory: Memory?, _ call: Call
  ) throws -> PromptContext {
    var memory = memory
    let places = try facts.place(sequences, in: &memory)
    let ids = sequences.flatMap { $0 }
    let job = Workspace.Job(
      places: places, memory: memory, iteration: 0, call: call, total: layersInStep)
    return try workspace.withLock { scratch in
      let (embedded, memory) = try scratch.run(job) { scratch in
        if let given {
          scratch[.stream].load(given)
        } else {
          Operations.embed(
            ids, table: weights.embedding, scale: Float(configuration.embeddingScale),
            into: scratch[.stream])
        }
        try scratch.apply(weights.network.prelude, of: .prelude, slot: cacheLayout.prelude)
        weights.network.inject(using: scratch)
        return scratch[.stream].matrix()
      }
      return PromptContext(
        sequences: sequences, places: places, embedded: embedded,
        injection: scratch[.injection].matrix(), memory: memory)
    }
  }

  public func step(
    _ state: consuming LatentState, in context: PromptContext, _ call: Call
  ) throws -> LatentState {
    guard let injection = context.injection else {
      preconditionFailure("the context was made by a model of another family")
    }
    return try iterate(consume state, injection, call)
  }

  /// The core alone, without the adapter: how runs of `initial_state_mode` "skip-adapter" take their
  /// first step, from s₀ = e.
  public func stepWithoutAdapter(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> LatentState {
    try iterate(state, nil, call)
  }

  /// - Parameter injection: what the adapter adds; nil to leave the adapter out.
  private func iterate(
    _ state: consuming LatentState, _ injection: Matrix?, _ call: Call
  ) throws -> LatentState {
    precondition(state.rows.columns == configuration.width)
    var job = Workspace.Job(
      places: state.places, memory: state.memory.take(), iteration: state.iteration + 1,
      call: call, total: layersInStep)
    let state = state
    return try workspace.withLock { scratch in
      let (rows, memory) = try scratch.run(job.handedOver()) { scratch in
        if let injection {
          scratch[.state].load(state.rows)
          scratch[.injection].load(injection)
          weights.network.adapt(using: scratch)
        } else {
          scratch[.stream].load(state.rows)
        }
        try scratch.apply(weights.network.core, of: .core) {
          cacheLayout.core($0, iteration: state.iteration)
        }
        return scratch[.stream].matrix()
      }
      return LatentState(
        rows: rows, places: state.places, iteration: state.iteration + 1, memory: memory)
    }
  }

  public func decode(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> Decoded {
    precondition(state.rows.columns == configuration.width)
    let job = Workspace.Job(
      places: state.places, memory: state.memory, iteration: state.iteration, call: call,
      done: weights.network.core.count, total: layersInStep)
    return try workspace.withLock { scratch in
      let (hidden, memory) = try scratch.run(job) { scratch in
        scratch[.stream].load(state.rows)
        weights.network.normalizeBeforeCoda(using: scratch)
        try scratch.apply(weights.network.coda, of: .coda, slot: cacheLayout.coda)
        weights.network.normalize(using: scratch)
        return scratch[.stream].matrix()
      }
      return Decoded(hidden: hidden, memory: memory)
    }
  }

  public func logits(_ hidden: Matrix, positions: Range<Int>) -> Matrix {
    workspace.withLock { scratch in
      scratch[.stream].load(hidden.rows(positions))
      weights.network.predict(using: scratch)
      return scratch[.logits].matrix()
    }
  }

  public func normalized(_ rows: Matrix) -> Matrix {
    // Without a norm before the coda, the raw state is what the coda reads.
    guard configuration.flavour.normsBeforeCoda else { return rows }
    return finalNorm(rows)
  }

  public var stateNorm: StateNorm? {
    guard case .rootMeanSquare(let gain)? = weights.network.core.last?.mlpNorms.sum else {
      return nil
    }
    return StateNorm(gain: gain, epsilon: configuration.normEpsilon)
  }

  public func finalNorm(_ stream: Matrix) -> Matrix {
    workspace.withLock { scratch in
      scratch[.stream].load(stream)
      weights.network.normalize(using: scratch)
      return scratch[.stream].matrix()
    }
  }

  public func linearize(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> Linearization {
    guard let injection = context.injection else {
      preconditionFailure("the context was made by a model of another family")
    }
    let job = Workspace.Job(
      places: state.places, memory: state.memory, iteration: state.iteration + 1, call: call,
      total: layersInStep)
    let network = weights.network.over(Linearizer.self)
    return try workspace.withLock { scratch in
      try scratch.run(job) { scratch in
        let linearizer = Linearizer(scratch)
        scratch[.state].load(state.rows)
        scratch[.injection].load(injection)
        network.adapt(using: linearizer)
        try linearizer.apply(network.core, of: .core) {
          cacheLayout.core($0, iteration: state.iteration)
        }
        return Linearization(linearizer, from: .state, to: .stream, in: scratch)
      }.result
    }
  }

  /// Layers of one iteration with its readout.
  private var layersInStep: Int { weights.network.core.count + weights.network.coda.count }
}
