import Synchronization
import Tensors

/// A looped language model (Ouro, Nanbeige) in exact float32: the whole stack of layers is one
/// iteration, and nothing but the state goes from one to the next.
///
///     s₀ = embedding[ids]
///     sᵢ = norm(layers(sᵢ₋₁))
///     logits = head(s)
///
/// With `skip_loop_final_norm` the norm stands in front of the head alone: sᵢ = layers(sᵢ₋₁) and
/// logits = head(norm(s)).
///
/// From "Scaling Latent Reasoning via Looped Language Models" (arXiv 2510.25741) and its published
/// code, and the code published with Nanbeige 4.2. The prompt enters through s₀ alone, so there is no other start. s₀ is not normed: what the
/// head reads out of it is a look at the embeddings, not a prediction the model was trained for.
public final class LoopedModel: LatentModel {
  public let facts: ModelFacts
  public let configuration: LoopedConfiguration
  private let weights: LoopedWeights
  private let workspace: Mutex<Workspace>
  private let twinKeeper: TwinKeeper

  init(
    configuration: LoopedConfiguration, weights: LoopedWeights, facts: ModelFacts,
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
      LoopedModel(
        configuration: configuration, weights: weights, facts: facts, team: .single)
    }
  }

  public var exitGate: ExitGate? { weights.gate }

  /// Every layer of the stack belongs to the loop.
  public var cacheLayout: CacheLayout {
    CacheLayout(
      preludeLayers: 0, coreLayers: weights.layers.count, codaLayers: 0,
      keyWidth: configuration.attention.keyWidth)
  }

  public func begin(
    _ sequences: [[Int]], after memory: Memory?, _ call: Call
  ) throws -> PromptContext {
    var memory = memory
    let places = try facts.place(sequences, in: &memory)
    let ids = sequences.flatMap { $0 }
    let job = Workspace.Job(
      places: places, memory: memory, iteration: 0, call: call, total: weights.layers.count)
    return try workspace.withLock { scratch in
      let (embedded, memory) = try scratch.run(job) { scratch in
        Operations.embed(ids, table: weights.embedding, scale: 1, into: scratch[.stream])
        scratch.visit(.embedded, .stream)
        return scratch[.stream].matrix()
      }
      return PromptContext(
        sequences: sequences, places: places, embedded: embedded, injection: nil, memory: memory)
    }
  }

  public func step(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> LatentState {
    try loop(state, call, keepsBefore: false).after
  }

  /// One loop both as the layers leave it and after the norm: the second is the state.
  public func stepBeforeAndAfterNorm(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> (before: Matrix, after: LatentState) {  // [rows, width]
    let (before, after) = try loop(state, call, keepsBefore: true)
    return (before ?? after.rows, after)
  }

  private func loop(
    _ state: LatentState, _ call: Call, keepsBefore: Bool
  ) throws -> (before: Matrix?, after: LatentState) {
    precondition(state.rows.columns == configuration.width)
    let job = Workspace.Job(
      places: state.places, memory: state.memory, iteration: state.iteration + 1, call: call,
      total: weights.layers.count)
    return try workspace.withLock { scratch in
      let (states, memory) = try scratch.run(job) { scratch in
        scratch[.state].load(state.rows)
        scratch.visit(.state, .state)
        scratch[.stream].copy(from: scratch[.state])
        try scratch.apply(weights.layers, of: .core) {
          cacheLayout.core($0, iteration: state.iteration)
        }
        let x = scratch[.stream]
        let before = keepsBefore ? x.matrix() : nil
        if configuration.normsEachLoop {
          Operations.rmsNorm(x, weight: weights.norm, epsilon: configuration.normEpsilon, into: x)
        }
        return (before, x.matrix())
      }
      let after = LatentState(
        rows: states.1, places: state.places, iteration: state.iteration + 1, memory: memory)
      return (states.0, after)
    }
  }

  public func linearize(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> Linearization {
    let job = Workspace.Job(
      places: state.places, memory: state.memory, iteration: state.iteration + 1, call: call,
      total: weights.layers.count)
    let layers = weights.layers.map { $0.over(Linearizer.self) }
    return try workspace.withLock { scratch in
      try scratch.run(job) { scratch in
        let linearizer = Linearizer(scratch)
        scratch[.state].load(state.rows)
        linearizer.visit(.state, .state)
        linearizer.move(.state, to: .stream)
        try linearizer.apply(layers, of: .core) {
          cacheLayout.core($0, iteration: state.iteration)
        }
        if configuration.normsEachLoop {
          linearizer.rmsNorm(
            .stream, gain: weights.norm, epsilon: configuration.normEpsilon, into: .stream)
        }
        return Linearization(linearizer, from: .state, to: .stream, in: scratch)
      }.result
    }
  }

  /// The state itself where the norm that the head needs is part of every loop, else its norm.
  public func decode(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> Decoded {
    precondition(state.rows.columns == configuration.width)
    try call.control.check()
    var decoded = Decoded(hidden: state.rows, memory: state.memory)
    if !call.hooks.isEmpty { decoded = try workspace.withLock { try $0.read(state, call) } }
    if configuration.normsEachLoop { return decoded }
    return Decoded(hidden: finalNorm(decoded.hidden), memory: decoded.memory)
  }

  public func logits(_ hidden: Matrix, positions: Range<Int>) -> Matrix {
    workspace.withLock { $0.logits(hidden, positions, through: weights.head) }
  }

  /// What the head reads.
  public func normalized(_ rows: Matrix) -> Matrix {
    configuration.normsEachLoop ? rows : finalNorm(rows)
  }

  /// The norm that ends every loop, where it does.
  public func state(endingWith stream: Matrix) -> Matrix {
    configuration.normsEachLoop ? finalNorm(stream) : stream
  }

  public func finalNorm(_ stream: Matrix) -> Matrix {
    workspace.withLock { scratch in
      let x = scratch[.stream]
      x.load(stream)
      Operations.rmsNorm(x, weight: weights.norm, epsilon: configuration.normEpsilon, into: x)
      return x.matrix()
    }
  }
}
