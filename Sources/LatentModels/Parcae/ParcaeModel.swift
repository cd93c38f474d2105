import Synchronization
import Tensors

/// A Parcae model in exact float32: recurrent depth whose injection forgets each element of the state
/// at a rate of its own.
///
///     e  = norm(prelude(embedding[ids] · scale))
///     sᵢ = core(sᵢ₋₁ ⊙ decay + dt ⊙ (B·e))
///     logits = head(norm(coda(C·s)))
///
/// From the published code (SandyResearch/parcae, MIT). Its blocks norm queries and keys of each head,
/// some add values of the token itself, and their feed-forward network squares what is above zero.
public final class ParcaeModel: LatentModel {
  public let facts: ModelFacts
  public let configuration: ParcaeConfiguration
  /// How the state decays, and what it takes of e.
  public var injection: DiagonalInjection { weights.network.injection }
  private let weights: ParcaeWeights
  private let workspace: Mutex<Workspace>
  private let twinKeeper: TwinKeeper

  init(
    configuration: ParcaeConfiguration, weights: ParcaeWeights, facts: ModelFacts, team: ThreadTeam
  ) {
    self.configuration = configuration
    self.weights = weights
    self.facts = facts
    twinKeeper = TwinKeeper(team: team, packedBytes: facts.packedBytes)
    let rotary = RotaryConfiguration(base: configuration.rotaryBase)
    workspace = Mutex(
      Workspace(
        team: team,
        frequencies: rotary.frequencies(headDimension: configuration.headDimension),
        maximumTokens: configuration.maximumTokens))
  }

  public var twins: ModelTwins? {
    twinKeeper.twins {
      ParcaeModel(configuration: configuration, weights: weights, facts: facts, team: .single)
    }
  }

  public var cacheLayout: CacheLayout {
    CacheLayout(
      preludeLayers: configuration.preludeLayers, coreLayers: configuration.coreLayers,
      codaLayers: configuration.codaLayers, keyWidth: configuration.attention.keyWidth)
  }

  /// Layers of one iteration with its readout.
  private var layersInStep: Int { configuration.coreLayers + configuration.codaLayers }

  public func begin(
    _ sequences: [[Int]], after memory: Memory?, _ call: Call
  ) throws -> PromptContext {
    var memory = memory
    let places = try facts.place(sequences, in: &memory)
    let ids = sequences.flatMap { $0 }
    var job = Workspace.Job(
      places: places, memory: memory, iteration: 0, call: call, total: layersInStep)
    job.tokens = ids
    let network = weights.network
    return try workspace.withLock { scratch in
      let (embedded, memory) = try scratch.run(job) { scratch in
        Operations.embed(
          ids, table: weights.embedding, scale: Float(configuration.embeddingScale),
          into: scratch[.stream])
        try scratch.apply(network.prelude, of: .prelude, slot: cacheLayout.prelude)
        if let gain = network.preludeNorm {
          scratch.rmsNorm(.stream, gain: gain, epsilon: network.epsilon, into: .stream)
        }
        scratch.visit(.embedded, .stream)
        scratch.linear(.stream, network.input, adding: nil, into: .sum)
        let zeros = scratch[.injection]
        zeros.resize(rows: ids.count, columns: configuration.width)
        zeros.fill(0)
        scratch.scale(.sum, by: network.injection.step, adding: .injection, into: .injection)
        return scratch[.stream].matrix()
      }
      return PromptContext(
        sequences: sequences, places: places, embedded: embedded,
        injection: scratch[.injection].matrix(), memory: memory)
    }
  }

  /// What runs over the rows of a state.
  private func job(
    _ state: LatentState, memory: Memory?, iteration: Int, in context: PromptContext, _ call: Call
  ) -> Workspace.Job {
    precondition(state.rows.columns == configuration.width)
    var job = Workspace.Job(
      places: state.places, memory: memory, iteration: iteration, call: call, total: layersInStep)
    job.tokens = context.ids
    return job
  }

  public func step(
    _ state: consuming LatentState, in context: PromptContext, _ call: Call
  ) throws -> LatentState {
    let injection = Self.injection(context)
    let memory = state.memory.take()
    let state = state
    var job = job(state, memory: memory, iteration: state.iteration + 1, in: context, call)
    return try workspace.withLock { scratch in
      let (rows, memory) = try scratch.run(job.handedOver()) { scratch in
        scratch[.state].load(state.rows)
        scratch[.injection].load(injection)
        weights.network.inject(using: scratch)
        try scratch.apply(weights.network.core, of: .core) {
          cacheLayout.core($0, iteration: state.iteration)
        }
        return scratch[.stream].matrix()
      }
      return LatentState(
        rows: rows, places: state.places, iteration: state.iteration + 1, memory: memory)
    }
  }

  private static func injection(_ context: PromptContext) -> Matrix {
    guard let injection = context.injection else {
      preconditionFailure("the context was made by a model of another family")
    }
    return injection
  }

  public func decode(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> Decoded {
    var job = job(state, memory: state.memory, iteration: state.iteration, in: context, call)
    job.done = configuration.coreLayers
    return try workspace.withLock { scratch in
      let (hidden, memory) = try scratch.run(job) { scratch in
        scratch[.state].load(state.rows)
        scratch.visit(.readState, .state)
        scratch.linear(.state, weights.network.output, adding: nil, into: .stream)
        try scratch.apply(weights.network.coda, of: .coda, slot: cacheLayout.coda)
        weights.network.normalize(using: scratch)
        return scratch[.stream].matrix()
      }
      return Decoded(hidden: hidden, memory: memory)
    }
  }

  public func logits(_ hidden: Matrix, positions: Range<Int>) -> Matrix {
    workspace.withLock { $0.logits(hidden, positions, through: weights.network.head) }
  }

  /// The state itself: the coda reads it through a map, without a norm.
  public func normalized(_ rows: Matrix) -> Matrix { rows }

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
    let injection = Self.injection(context)
    let job = job(
      state, memory: state.memory, iteration: state.iteration + 1, in: context, call)
    let network = weights.network.over(Linearizer.self)
    return try workspace.withLock { scratch in
      try scratch.run(job) { scratch in
        let linearizer = Linearizer(scratch)
        scratch[.state].load(state.rows)
        scratch[.injection].load(injection)
        network.inject(using: linearizer)
        try linearizer.apply(network.core, of: .core) {
          cacheLayout.core($0, iteration: state.iteration)
        }
        return Linearization(linearizer, from: .state, to: .stream, in: scratch)
      }.result
    }
  }
}
