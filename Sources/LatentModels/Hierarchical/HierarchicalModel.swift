import Synchronization
import Tensors

/// A model with two clocks (HRM-Text) in exact float32: a low stack runs a few times, then a high stack
/// once, and that is a cycle.
///
///     z_H = embedding[ids] · scale,   z_L = a vector that is the same at every position
///     a cycle:  L times  z_L ← norm(low(z_L + z_H)),   then  z_H ← norm(high(z_H + z_L))
///     logits = head(z_H)
///
/// An iteration here is a cycle: only behind one is there an answer, that of the same model with as many
/// cycles, and its blocks have keys and values of their own as those of any iteration. The passes of the
/// low stack are its inside: blocks are numbered through all passes of a cycle, so that an address like
/// `12:2.7` says both clocks. A state holds z_H and z_L side by side; what is measured and read is z_H.
///
/// From the published code (transformers, models/hrm_text). The tokens of a prompt look at one another
/// both ways where the configuration says `prefix_lm`; tokens that follow look back.
public final class HierarchicalModel: LatentModel {
  public let facts: ModelFacts
  public let configuration: HierarchicalConfiguration
  private let weights: HierarchicalWeights
  private let unit: [Float]  // [width]
  private let workspace: Mutex<Workspace>
  private let twinKeeper: TwinKeeper
  private let team: ThreadTeam

  init(
    configuration: HierarchicalConfiguration, weights: HierarchicalWeights, facts: ModelFacts,
    team: ThreadTeam
  ) {
    self.configuration = configuration
    self.weights = weights
    self.facts = facts
    self.team = team
    unit = [Float](repeating: 1, count: configuration.width)
    twinKeeper = TwinKeeper(team: team, packedBytes: facts.packedBytes)
    workspace = Mutex(
      Workspace(
        team: team,
        frequencies: configuration.rotary.frequencies(headDimension: configuration.headDimension),
        maximumTokens: configuration.maximumTokens))
  }

  public var twins: ModelTwins? {
    twinKeeper.twins {
      HierarchicalModel(
        configuration: configuration, weights: weights, facts: facts, team: .single)
    }
  }

  /// The same weights in another rhythm, or with prompts that look back alone.
  public func variant(lowPasses: Int? = nil, looksBothWays: Bool? = nil) -> HierarchicalModel {
    var (other, facts) = (configuration, facts)
    if let lowPasses {
      other.lowPasses = lowPasses
      facts.layers.core = other.layersInCycle
      facts.passes = ModelFacts.Passes(blocks: other.layers, low: lowPasses)
      facts.normedBlocks = [other.layersInCycle, lowPasses * other.layers]
    }
    if let looksBothWays {
      other.looksBothWays = looksBothWays
      facts.looksBothWays = looksBothWays
    }
    return HierarchicalModel(configuration: other, weights: weights, facts: facts, team: team)
  }

  /// Every pass of every cycle has its slots: those of a cycle are numbered through its passes.
  public var cacheLayout: CacheLayout {
    CacheLayout(
      preludeLayers: 0, coreLayers: configuration.layersInCycle, codaLayers: 0,
      keyWidth: configuration.attention.keyWidth)
  }

  public func begin(
    _ sequences: [[Int]], after memory: Memory?, _ call: Call
  ) throws -> PromptContext {
    try begin(sequences, blocks: nil, after: memory, call)
  }

  /// Runs everything that does not depend on the cycle.
  /// - Parameter blocks: which tokens of each sequence look at one another both ways; nil for all of a
  ///   prompt, where the configuration says so. Tokens behind others look back whatever it says.
  /// - Throws: as `begin`.
  /// - Precondition: one value a token.
  public func begin(
    _ sequences: [[Int]], blocks: [[Bool]]?, after memory: Memory? = nil, _ call: Call = .plain
  ) throws -> PromptContext {
    var memory = memory
    let places = try facts.place(sequences, in: &memory)
    precondition(
      blocks == nil || blocks?.map(\.count) == sequences.map(\.count), "one value a token")
    let ids = sequences.flatMap { $0 }
    let job = Workspace.Job(
      places: places, memory: memory, iteration: 0, call: call,
      total: configuration.layersInCycle)
    return try workspace.withLock { scratch in
      let (embedded, memory) = try scratch.run(job) { scratch in
        Operations.embed(
          ids, table: weights.embedding, scale: configuration.embeddingScale,
          into: scratch[.stream])
        scratch.visit(.embedded, .stream)
        return scratch[.stream].matrix()
      }
      let width = configuration.width
      var pair = Matrix(rows: embedded.rows, columns: 2 * width)
      for row in 0..<pair.rows {
        for column in 0..<width {
          pair[row, column] = embedded[row, column]
          pair[row, width + column] = weights.lowStart[column]
        }
      }
      return PromptContext(
        sequences: sequences, places: places, embedded: pair, injection: nil, memory: memory,
        blocks: blocks
          ?? sequences.map { [Bool](repeating: configuration.looksBothWays, count: $0.count) })
    }
  }

  public func step(
    _ state: consuming LatentState, in context: PromptContext, _ call: Call
  ) throws -> LatentState {
    try cycle(state, in: context, call, keepsPasses: false).after
  }

  /// What a pass of a cycle wrote.
  public struct Pass: Sendable {
    /// Whether it is the one of the high stack, which ends the cycle.
    public let isHigh: Bool
    /// The sum that the stack read.
    public let input: Matrix  // [rows, width]
    /// What the layers left.
    public let beforeNorm: Matrix  // [rows, width]
    /// z_L, or z_H of the high stack.
    public let state: Matrix  // [rows, width]
  }

  /// One cycle, pass by pass.
  public func passes(
    _ state: LatentState, in context: PromptContext, _ call: Call = .plain
  ) throws -> (passes: [Pass], after: LatentState) {
    try cycle(state, in: context, call, keepsPasses: true)
  }

  private func cycle(
    _ state: consuming LatentState, in context: PromptContext, _ call: Call, keepsPasses: Bool
  ) throws -> (passes: [Pass], after: LatentState) {
    let width = configuration.width
    precondition(state.rows.columns == 2 * width, "a state holds z_H and z_L")
    let memory = state.memory.take()
    let state = state
    var job = Workspace.Job(
      places: state.places, memory: memory, iteration: state.iteration + 1, call: call,
      total: configuration.layersInCycle)
    job.blocks = context.blocks
    return try workspace.withLock { scratch in
      let (results, memory) = try scratch.run(job.handedOver()) { scratch in
        var passes: [Pass] = []
        scratch[.state].load(state.rows)
        scratch.visit(.state, .state)
        let (high, low) = (Buffer(), Buffer())
        high.load(scratch[.state].matrix(columns: 0..<width))
        low.load(scratch[.state].matrix(columns: width..<2 * width))
        let stream = scratch[.stream]
        for pass in 0...configuration.lowPasses {
          let isHigh = pass == configuration.lowPasses
          stream.copy(from: isHigh ? high : low)
          Operations.add(isHigh ? low : high, to: stream)
          let input = keepsPasses ? stream.matrix() : nil
          try scratch.apply(
            isHigh ? weights.high : weights.low, of: .core, from: pass * configuration.layers
          ) { cacheLayout.core($0, iteration: state.iteration) }
          let before = keepsPasses ? stream.matrix() : nil
          scratch.rmsNorm(
            .stream, gain: unit, epsilon: configuration.normEpsilon, into: .stream)
          (isHigh ? high : low).copy(from: stream)
          if let input, let before {
            passes.append(
              Pass(isHigh: isHigh, input: input, beforeNorm: before, state: stream.matrix()))
          }
        }
        let pair = scratch[.state]
        pair.load(high.matrix(), column: 0)
        pair.load(low.matrix(), column: width)
        return (passes, pair.matrix())
      }
      let after = LatentState(
        rows: results.1, places: state.places, iteration: state.iteration + 1, memory: memory)
      return (results.0, after)
    }
  }

  /// z_H itself: the norm that the head needs is part of every pass. A row that is one vector wide is read
  /// as if it were z_H: what is in the midst of a cycle is looked at so.
  public func decode(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> Decoded {
    try call.control.check()
    var state = state
    state.rows = leading(state.rows)
    guard !call.hooks.isEmpty else { return Decoded(hidden: state.rows, memory: state.memory) }
    return try workspace.withLock { try $0.read(state, call) }
  }

  public func logits(_ hidden: Matrix, positions: Range<Int>) -> Matrix {
    workspace.withLock { $0.logits(hidden, positions, through: weights.head) }
  }

  /// z_H of states that hold both.
  public func leading(_ rows: Matrix) -> Matrix {
    if rows.columns == configuration.width { return rows }
    precondition(rows.columns == 2 * configuration.width, "\(rows.columns) columns")
    return Buffer(rows).matrix(columns: 0..<configuration.width)
  }

  /// z_H.
  public func normalized(_ rows: Matrix) -> Matrix { leading(rows) }

  /// z_L of states that hold both.  // [rows, width]
  public func trailing(_ rows: Matrix) -> Matrix {
    precondition(rows.columns == 2 * configuration.width, "\(rows.columns) columns")
    return Buffer(rows).matrix(columns: configuration.width..<2 * configuration.width)
  }

  public func second(_ rows: Matrix) -> Matrix? { trailing(rows) }

  /// The norm that ends every pass.
  public func state(endingWith stream: Matrix) -> Matrix { finalNorm(stream) }

  public func finalNorm(_ stream: Matrix) -> Matrix {
    workspace.withLock { scratch in
      scratch[.stream].load(stream)
      scratch.rmsNorm(.stream, gain: unit, epsilon: configuration.normEpsilon, into: .stream)
      return scratch[.stream].matrix()
    }
  }
}
