import LatentModels
import Tensors
import Trajectories

/// Diffusion-style sampling: many positions are thought about at once, later ones on top of guesses
/// for earlier ones, and leave the wavefront from the left as they settle
/// (`generate_diffusion_style` of seal-rg/recurrent-pretraining; "Efficient Parallel Samplers for
/// Recurrent-Depth Models", arXiv 2510.14961).
///
/// One pass embeds the guesses, iterates the whole wavefront a few times, reads a new guess out of
/// every position and adds a fresh one on the right. Keys and values of positions that stay in the
/// wavefront are dropped after each pass.
///
/// Drawn states come out of one running stream, as published: that of the prompt, of the first
/// position, then pass by pass the noise of the whole wavefront and the states of fresh positions. These
/// are drawn as bfloat16 whatever the model is. Random tokens have a seed of their own.
public struct WavefrontGenerator {
  public struct Options: Sendable {
    /// Iterations of the prompt.
    public var iterations: Int
    /// Iterations of the wavefront in a pass.
    public var innerIterations = 4
    /// Fresh positions a pass; those beyond the first hold random tokens.
    public var headway = 1
    /// Share of earlier guesses in e.
    public var embeddingMemory: Float = 0.1
    /// Share of a new initial state mixed into the states before a pass, fresh ones too, divided by
    /// 1 + the iterations a position has had. Those of the prompt count for the first position.
    public var noise: Float = 0.5
    public var freeze = FreezeRule.latentDifference(0.03)
    /// Positions in the wavefront at most.
    public var maximumWavefront = 128
    public var start: Start
    /// What a given start means: row p is of position p.
    public var givenState: Matrix?  // [positions, width]
    public var cache: CacheStrategy
    /// Of random tokens.
    public var seed: UInt64 = 0

    public init(iterations: Int, start: Start, cache: CacheStrategy) {
      self.iterations = iterations
      self.start = start
      self.cache = cache
    }
  }

  public let model: any LatentModel
  public let options: Options
  /// Keys and values of the tokens that stand.
  public private(set) var memory: Memory
  /// The prompt, then tokens that will not change any more.
  public private(set) var ids: [Int]
  /// Passes of the wavefront so far.
  public private(set) var passes = 0
  /// Iterations of the core so far that were computed for some position.
  public private(set) var positionIterations = 0
  /// Positions that left at the ceiling of the freeze rule, not because they were content.
  public private(set) var unsettled = 0
  private let promptCount: Int
  /// The last pass that froze something.
  private var lastFreeze = -1
  private var wave: [WavePosition] = []
  private var generator: TorchGenerator
  private var starts: StartStream

  /// - Throws: `CacheStrategyError` when the strategy does not fit the model, or has no sharing:
  ///   positions that differ in their iterations could not look at each other.
  /// - Precondition: counts are positive.
  public init(model: any LatentModel, prompt: [Int], options: Options) throws {
    precondition(
      options.iterations > 0 && options.innerIterations > 0 && options.headway > 0
        && options.maximumWavefront > 0, "a wavefront moves, with iterations")
    try ThinksOnce.refuse("A wavefront", of: model)
    self.model = model
    self.options = options
    ids = prompt
    promptCount = prompt.count
    memory = try model.memory(options.cache)
    generator = TorchGenerator(seed: options.seed)
    starts = try StartStream(options.start, facts: model.facts, given: options.givenState)
  }

  /// Guesses after the tokens that stand, from left to right.
  public var guesses: [Int] { wave.dropFirst().map(\.id) }

  /// One pass; the first call runs the prompt instead.
  /// - Returns: tokens that stand from now on, possibly none.
  /// - Throws: `Divergence` when a state or logits are not finite, and what the model throws.
  public mutating func next(control: StepControl = .uninterrupted) throws -> [GeneratedToken] {
    if ids.count == promptCount { return [try prefill(control)] }
    let (waveBefore, startsBefore) = (wave, starts)
    let thought: Memory
    do {
      thought = try think(control)
    } catch {
      (wave, starts) = (waveBefore, startsBefore)
      throw error
    }
    let content = settled
    let count = max(content, atCeiling)
    unsettled += count - content
    if count > 0 { lastFreeze = passes }
    let frozen = wave.prefix(count)
    wave.removeFirst(count)
    memory = thought.withoutLast(wave.count)
    try advance(after: frozen.last)
    ids += frozen.map(\.next)
    return frozen.map {
      GeneratedToken(id: $0.next, iterations: $0.iterations, exitValues: [], logits: $0.logits)
    }
  }

  private mutating func prefill(_ control: StepControl) throws -> GeneratedToken {
    var pass = TokenPass(model: model, memory: memory, control: control)
    let outcome = try pass.run(ids, iterations: options.iterations, from: &starts)
    memory = pass.memory
    let logits = Array(outcome.logits.row(0))
    let id = Self.likeliest(outcome.logits.row(0))
    ids.append(id)
    var first = WavePosition(id: id, position: ids.count - 1, state: [])
    if isDrawn {
      first.state = try drawn(ids.count - 1..<ids.count, as: nil).values
    }
    first.iterationsBefore = options.iterations
    wave = [first]
    return GeneratedToken(
      id: id, iterations: options.iterations, exitValues: [], logits: logits)
  }

  /// One pass over the wavefront.
  /// - Returns: the memory with all of its positions.
  private mutating func think(_ control: StepControl) throws -> Memory {
    let call = Call(control: control)
    let guessed = try model.begin(wave.map(\.id), after: memory, call)
    for index in wave.indices {
      wave[index].embedded = mix(guessed.embedded.row(index), wave[index].embedded, at: index)
      wave[index].injection = guessed.injection.map {
        mix($0.row(index), wave[index].injection, at: index)
      }
      if wave[index].state.isEmpty { wave[index].state = try usualState(wave[index]) }
      wave[index].earlier = (wave[index].earlier + [wave[index].state]).suffix(2)
    }
    if options.noise > 0 { try addNoise() }
    let width = guessed.embedded.columns
    func matrix(_ rows: [[Float]]) -> Matrix {
      Matrix(rows: rows.count, columns: width, values: rows.flatMap { $0 })
    }
    let context = PromptContext(
      sequences: guessed.sequences, places: guessed.places,
      embedded: matrix(wave.compactMap(\.embedded)),
      injection: guessed.injection.map { _ in matrix(wave.compactMap(\.injection)) },
      memory: guessed.memory)
    var state = context.start(matrix(wave.map(\.state)))
    // Says where inside the model it began, too.
    func locating(_ from: LatentState, _ check: () throws(Divergence) -> Void) throws {
      try Divergence.locating(
        in: model, from: from, of: context, call,
        prelude: { _ = try model.begin(wave.map(\.id), after: memory, $0) }, check: check)
    }
    for _ in 0..<options.innerIterations {
      let before = state
      state = try model.step(before, in: context, call)
      try locating(before) { () throws(Divergence) in
        try Divergence.check(
          states: state.rows, firstToken: wave[0].position,
          iteration: wave[0].iterations + state.iteration)
      }
    }
    let decoded = try model.decode(state, in: context, call)
    for index in wave.indices {
      let table = model.logits(decoded.hidden, positions: index..<index + 1)
      try locating(state) { () throws(Divergence) in
        try Divergence.check(
          logits: table, firstToken: wave[index].position,
          iteration: wave[index].iterations + options.innerIterations)
      }
      let logits = table.row(0)
      let next = Self.likeliest(logits)
      wave[index].state = Array(state.rows.row(index))
      wave[index].iterations += options.innerIterations
      wave[index].passes += 1
      wave[index].stablePasses = next == wave[index].next ? wave[index].stablePasses + 1 : 0
      wave[index].next = next
      wave[index].logits = Array(logits)
    }
    passes += 1
    positionIterations += wave.count * options.innerIterations
    return decoded.memory ?? memory
  }

  /// Mixes new initial states into those of the wavefront.
  private mutating func addNoise() throws {
    guard let first = wave.first else { return }
    var noise: Matrix?
    if isDrawn {
      noise = try drawn(first.position..<first.position + wave.count, as: nil)
    }
    for index in wave.indices {
      let place = wave[index]
      let share = options.noise / Float(1 + place.iterationsBefore + place.iterations)
      let new = try noise.map { Array($0.row(index)) } ?? usualState(place)
      wave[index].state = zip(place.state, new).map { $0 * (1 - share) + share * $1 }
    }
  }

  /// Whether new states are drawn, each time others.
  private var isDrawn: Bool { if case .seeded = starts.start { true } else { false } }

  /// States of the next draw.  // [positions, width]
  private mutating func drawn(
    _ positions: Range<Int>, as type: TorchGenerator.Storage?
  ) throws -> Matrix {
    let context = PromptContext(
      sequences: [[Int](repeating: 0, count: positions.count)],
      places: Places(counts: [positions.count], after: [positions.lowerBound]),
      embedded: Matrix(rows: positions.count, columns: model.facts.width), injection: nil,
      memory: nil)
    let rows = try starts.next(positions, as: type)
    if let rows {
      try Divergence.check(states: rows, firstToken: positions.lowerBound, iteration: 0)
    }
    return try model.initialState([rows], in: context).rows
  }

  /// s₀ of one position, where it is not drawn.
  private mutating func usualState(_ place: WavePosition) throws -> [Float] {
    let embedded = place.embedded ?? []
    let context = PromptContext(
      sequences: [[place.id]], places: Places(counts: [1], after: [place.position]),
      embedded: Matrix(rows: 1, columns: embedded.count, values: embedded), injection: nil,
      memory: nil)
    return try model.finiteInitialState(from: &starts, in: context).rows.values
  }

  /// How many positions from the left are done.
  private var settled: Int {
    if case .fixed(let after) = options.freeze { return passes > after + 1 ? 1 : 0 }
    // As published: a pass after one that froze something has no earlier states to compare with, and
    // the position that is content stays while those left of it leave.
    if lastFreeze == passes - 1 { return 0 }
    guard let done = wave.lastIndex(where: { $0.isDone(options.freeze) }) else { return 0 }
    // Where nothing can follow, nobody would push the last one out.
    return isComplete ? done + 1 : done
  }

  /// Whether no position can be added on the right.
  private var isComplete: Bool {
    options.maximumWavefront == 1
      || wave.last.map { $0.position + 1 >= model.facts.maximumTokens } ?? true
  }

  /// How many positions from the left have been thought about for as long as any may.
  private var atCeiling: Int {
    guard let ceiling = options.freeze.ceiling else { return 0 }
    return wave.prefix { $0.passes >= ceiling }.count
  }

  /// Writes new guesses into the positions that stay and adds fresh ones.
  private mutating func advance(after frozen: WavePosition?) throws {
    var before = frozen
    for index in wave.indices {
      if let before { wave[index].id = before.next }
      before = wave[index]
    }
    guard let last = before else { return }
    var position = last.position + 1
    var states: Matrix?
    if isDrawn {
      states = try drawn(position..<position + options.headway, as: .bfloat16)
    }
    for step in 0..<options.headway where wave.count < options.maximumWavefront {
      guard position < model.facts.maximumTokens else { return }
      let id =
        step == 0
        ? last.next : Int(generator.integers(1, in: 0..<model.facts.vocabularySize)[0])
      wave.append(
        WavePosition(id: id, position: position, state: states.map { Array($0.row(step)) } ?? []))
      position += 1
    }
  }

  /// What was embedded, with a share of what was before. As published, a fresh position's earlier guess
  /// is zero, so that its first e is a little short; only the very first position was embedded before.
  private func mix(_ new: ArraySlice<Float>, _ old: [Float]?, at index: Int) -> [Float] {
    let share = options.embeddingMemory
    let before = old ?? (passes == 0 && index == 0 ? Array(new) : nil)
    guard let before else { return new.map { (1 - share) * $0 } }
    return zip(new, before).map { (1 - share) * $0 + share * $1 }
  }

  private static func likeliest(_ logits: ArraySlice<Float>) -> Int {
    Operations.topK(logits, count: 1).first?.id ?? 0
  }
}
