import Synchronization
import Tensors

/// A language model that thinks in its own hidden vectors (COCONUT, CODI, CoLaR) in exact float32:
/// before it answers, what it would have read a token out of is fed back as its next input.
///
///     s₀ = norm(blocks(embedding[ids] + position))         of every token of the prompt
///     thought = feedback(sᵢ)                               of the last one
///     sᵢ₊₁ = norm(blocks(thought + position))              one position further, looking back at all
///     logits = head(s)
///
/// From "Training Large Language Models to Reason in a Continuous Latent Space" (arXiv 2412.06769),
/// CODI (arXiv 2502.21074), CoLaR (arXiv 2505.16552) and their published code.
///
/// An iteration is a thought: the row of the last token, where thinking begins, becomes the hidden
/// vector that the thought left; rows before it stay as they are. A thought takes a position of the
/// text, so that what follows looks at all of them, and an iteration needs the keys and values of
/// those before it: a state goes on with its own memory alone.
public final class ContinuousThoughtModel: LatentModel {
  public let facts: ModelFacts
  public let configuration: ContinuousThoughtConfiguration
  private let network: ThoughtNetwork
  private let workspace: Mutex<Workspace>
  private let twinKeeper: TwinKeeper

  init(
    configuration: ContinuousThoughtConfiguration, network: ThoughtNetwork, facts: ModelFacts,
    team: ThreadTeam
  ) {
    self.configuration = configuration
    self.network = network
    self.facts = facts
    twinKeeper = TwinKeeper(team: team, packedBytes: facts.packedBytes)
    let frequencies = configuration.rotary?.frequencies(headDimension: configuration.headDimension)
    workspace = Mutex(
      Workspace(
        team: team, frequencies: frequencies ?? [], maximumTokens: configuration.maximumTokens))
  }

  public var twins: ModelTwins? {
    twinKeeper.twins {
      ContinuousThoughtModel(
        configuration: configuration, network: network, facts: facts, team: .single)
    }
  }

  /// A thought is another position in the same layers that read the prompt.
  public var cacheLayout: CacheLayout {
    CacheLayout(
      preludeLayers: configuration.layers, coreLayers: configuration.layers, codaLayers: 0,
      keyWidth: configuration.attention.keyWidth)
  }

  public func begin(
    _ sequences: [[Int]], after memory: Memory?, _ call: Call
  ) throws -> PromptContext {
    // Thoughts look back at the prompt: what was not asked to be kept is kept for them.
    var kept: Memory? = try memory ?? self.memory(sequences: sequences.count)
    let places = try facts.place(sequences, in: &kept)
    let job = Workspace.Job(
      places: places, memory: kept, iteration: 0, call: call, total: network.blocks.count)
    return try workspace.withLock { scratch in
      let (rows, memory) = try scratch.run(job) { scratch in
        Operations.embed(
          sequences.flatMap { $0 }, table: network.embedding, scale: 1, into: scratch[.stream])
        try pass(of: .prelude, using: scratch)
        scratch.visit(.embedded, .stream)
        return scratch[.stream].matrix()
      }
      return PromptContext(
        sequences: sequences, places: places, embedded: rows, injection: nil, memory: memory)
    }
  }

  public func step(
    _ state: consuming LatentState, in context: PromptContext, _ call: Call
  ) throws -> LatentState {
    precondition(state.rows.columns == configuration.width)
    guard var memory = state.memory.take() else {
      preconditionFailure("a state of continuous thoughts goes with its memory")
    }
    let state = state
    let ends = state.places.spans.map { $0.rows.upperBound - 1 }
    let counts = ends.map { _ in 1 }
    for seen in memory.seen where seen >= configuration.maximumTokens {
      throw ModelError.thoughtsTooLong(
        iteration: state.iteration + 1, maximum: configuration.maximumTokens)
    }
    let places = memory.extend(by: counts)
    var job = thoughtJob(state, places: places, memory: consume memory, call)
    return try workspace.withLock { scratch in
      let (thoughts, memory) = try scratch.run(job.handedOver()) { scratch in
        feedBack(state, ends, using: scratch)
        try pass(of: .core, using: scratch)
        return scratch[.stream].matrix()
      }
      var rows = state.rows
      for (row, end) in ends.enumerated() { rows.replaceRow(end, with: thoughts.row(row)) }
      return LatentState(
        rows: rows, places: state.places, iteration: state.iteration + 1, memory: memory)
    }
  }

  /// The thoughts that the next iteration reads, one row a sequence, as hooks leave them.
  public func nextThoughts(_ state: LatentState, _ call: Call) throws -> Matrix? {
    precondition(state.rows.columns == configuration.width)
    let ends = state.places.spans.map { $0.rows.upperBound - 1 }
    let places = Places(counts: ends.map { _ in 1 }, after: state.memory?.seen)
    let job = thoughtJob(state, places: places, memory: nil, call)
    return try workspace.withLock { scratch in
      try scratch.run(job) { scratch in
        feedBack(state, ends, using: scratch)
        return scratch[.stream].matrix()
      }.result
    }
  }

  /// What an iteration is: one row a sequence, at the position that follows all before it, told of as
  /// the last token of its text.
  private func thoughtJob(
    _ state: LatentState, places: Places, memory: consuming Memory?, _ call: Call
  ) -> Workspace.Job {
    let last = state.places.spans.map { $0.positions.upperBound - 1 }
    return Workspace.Job(
      places: places, memory: memory, iteration: state.iteration + 1, call: call,
      total: network.blocks.count,
      addressed: Places(counts: last.map { _ in 1 }, after: last))
  }

  /// stream ← the thoughts that the states at some rows become.
  private func feedBack(_ state: LatentState, _ ends: [Int], using scratch: Workspace) {
    scratch[.state].load(
      Matrix(
        rows: ends.count, columns: configuration.width,
        values: ends.flatMap { state.rows.row($0) }))
    scratch.visit(.state, .state)
    network.feedback.apply(using: scratch)
    scratch.visit(.adapter, .stream)
  }

  /// Adds positions to the stream and runs every block and the final norm over it.
  private func pass(
    of part: Site.Part, using scratch: Workspace
  ) throws(CancellationRequested) {
    if let table = network.positions {
      Operations.addRows(
        scratch.job.places.spans.flatMap(\.positions), of: table, to: scratch[.stream])
    }
    try scratch.apply(network.blocks, of: part, slot: cacheLayout.prelude)
    network.normalize(using: scratch)
  }

  /// The state itself: the norm that the head needs ended the iteration.
  public func decode(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> Decoded {
    precondition(state.rows.columns == configuration.width)
    try call.control.check()
    guard !call.hooks.isEmpty else { return Decoded(hidden: state.rows, memory: state.memory) }
    return try workspace.withLock { try $0.read(state, call) }
  }

  public func logits(_ hidden: Matrix, positions: Range<Int>) -> Matrix {
    workspace.withLock { $0.logits(hidden, positions, through: network.head) }
  }

  public func normalized(_ rows: Matrix) -> Matrix { rows }

  /// The norm that ends every iteration.
  public func state(endingWith stream: Matrix) -> Matrix { finalNorm(stream) }

  public func finalNorm(_ stream: Matrix) -> Matrix {
    workspace.withLock { scratch in
      scratch[.stream].load(stream)
      network.normalize(using: scratch)
      return scratch[.stream].matrix()
    }
  }
}
