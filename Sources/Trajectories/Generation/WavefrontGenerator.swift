import LatentModels
import Tensors

/// Diffusion-style sampling: many positions are thought about at once, later ones on top of guesses
/// for earlier ones, and leave the wavefront from the left as they settle
/// (`generate_diffusion_style` of seal-rg/recurrent-pretraining; "Efficient Parallel Samplers for
/// Recurrent-Depth Models", arXiv 2510.14961).
///
/// One pass embeds the guesses, iterates the whole wavefront a few times, reads a new guess out of
/// every position and adds a fresh one on the right. Keys and values of positions that stay in the
/// wavefront are dropped after each pass.
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
    /// Share of a new initial state mixed into the states before a pass, divided by 1 + the
    /// iterations a position has had.
    public var noise: Float = 0.5
    public var freeze = FreezeRule.latentDifference(0.03)
    /// Positions in the wavefront at most.
    public var maximumWavefront = 128
    public var start: TokenStart
    public var cache: CacheStrategy
    public var seed: UInt64 = 0

    public init(iterations: Int, start: TokenStart, cache: CacheStrategy) {
      self.iterations = iterations
      self.start = start
      self.cache = cache
    }
  }

  public let model: any GeneratingModel
  public let options: Options
  public let cache: KeyValueCache
  /// The prompt, then tokens that will not change any more.
  public private(set) var ids: [Int]
  /// Passes of the wavefront so far.
  public private(set) var passes = 0
  /// Iterations of the core so far that were computed for some position.
  public private(set) var positionIterations = 0
  private let promptCount: Int
  /// The last pass that froze something.
  private var lastFreeze = -1
  private var wave: [WavePosition] = []
  private var generator: TorchGenerator

  /// - Throws: `CacheStrategyError` when the strategy does not fit the model, or has no sharing:
  ///   positions that differ in their iterations could not look at each other.
  /// - Precondition: counts are positive.
  public init(model: any GeneratingModel, prompt: [Int], options: Options) throws {
    precondition(
      options.iterations > 0 && options.innerIterations > 0 && options.headway > 0
        && options.maximumWavefront > 0, "a wavefront moves, with iterations")
    self.model = model
    self.options = options
    ids = prompt
    promptCount = prompt.count
    cache = try KeyValueCache(layout: model.cacheLayout, strategy: options.cache)
    generator = TorchGenerator(seed: options.seed)
  }

  /// Guesses after the tokens that stand, from left to right.
  public var guesses: [Int] { wave.dropFirst().map(\.id) }

  /// One pass; the first call runs the prompt instead.
  /// - Returns: tokens that stand from now on, possibly none.
  public mutating func next(control: StepControl = .uninterrupted) throws -> [GeneratedToken] {
    if ids.count == promptCount { return [try prefill(control)] }
    let (before, waveBefore) = (cache.seen, wave)
    do {
      try think(control)
    } catch {
      wave = waveBefore
      cache.clearLast(cache.seen - before)
      throw error
    }
    let count = settled
    if count > 0 { lastFreeze = passes }
    let frozen = wave.prefix(count)
    wave.removeFirst(count)
    cache.clearLast(wave.count)
    advance(after: frozen.last)
    ids += frozen.map(\.next)
    return frozen.map {
      GeneratedToken(id: $0.next, iterations: $0.iterations, exitValues: [], logits: $0.logits)
    }
  }

  private mutating func prefill(_ control: StepControl) throws -> GeneratedToken {
    let pass = TokenPass(model: model, cache: cache, start: options.start, control: control)
    let outcome = try pass.run(ids, iterations: options.iterations)
    let logits = Array(outcome.logits.row(0))
    let id = Self.likeliest(outcome.logits.row(0))
    ids.append(id)
    wave = [fresh(id, at: ids.count - 1)]
    return GeneratedToken(
      id: id, iterations: options.iterations, exitValues: [], logits: logits)
  }

  /// One pass over the wavefront.
  private mutating func think(_ control: StepControl) throws {
    let guessed = try model.begin(wave.map(\.id), cache: cache, control: control)
    for index in wave.indices {
      wave[index].embedded = Self.mix(
        guessed.embedded.row(index), wave[index].embedded, share: options.embeddingMemory)
      wave[index].injection = guessed.injection.map {
        Self.mix($0.row(index), wave[index].injection, share: options.embeddingMemory)
      }
      try prepareState(index)
    }
    let width = guessed.embedded.columns
    func matrix(_ rows: [[Float]]) -> Matrix {
      Matrix(rows: rows.count, columns: width, values: rows.flatMap { $0 })
    }
    let context = PromptContext(
      ids: guessed.ids, embedded: matrix(wave.compactMap(\.embedded)),
      injection: guessed.injection.map { _ in matrix(wave.compactMap(\.injection)) })
    var state = matrix(wave.map(\.state))
    for iteration in 0..<options.innerIterations {
      state = try model.step(
        state, in: context, iteration: iteration, cache: cache, control: control)
    }
    let decoded = try model.decode(state, in: context, cache: cache, control: control)
    for index in wave.indices {
      let logits = model.logits(decoded, positions: index..<index + 1).row(0)
      let next = Self.likeliest(logits)
      wave[index].earlier = (wave[index].earlier + [wave[index].state]).suffix(2)
      wave[index].state = Array(state.row(index))
      wave[index].iterations += options.innerIterations
      wave[index].stablePasses = next == wave[index].next ? wave[index].stablePasses + 1 : 0
      wave[index].next = next
      wave[index].logits = Array(logits)
    }
    passes += 1
    positionIterations += wave.count * options.innerIterations
  }

  /// Gives a fresh position its initial state, and mixes noise into that of others.
  private mutating func prepareState(_ index: Int) throws {
    let place = wave[index]
    if place.state.isEmpty {
      wave[index].state = try initialState(place, drawn: nil)
    } else if options.noise > 0 {
      let share = options.noise / Float(1 + place.iterations)
      let noise = try initialState(place, drawn: UInt64(passes))
      for i in noise.indices {
        wave[index].state[i] = (1 - share) * place.state[i] + share * noise[i]
      }
    }
  }

  /// s₀ of one position.
  /// - Parameter drawn: the pass a new state is drawn for; nil for the first.
  private func initialState(_ place: WavePosition, drawn pass: UInt64?) throws -> [Float] {
    let embedded = place.embedded ?? []
    let context = PromptContext(
      ids: [place.id], embedded: Matrix(rows: 1, columns: embedded.count, values: embedded),
      injection: nil)
    let start: InitialState
    switch options.start {
    case .zero: start = .zero
    case .embedded: start = .embedded
    case .seeded(let seed, let form, let scale):
      let own = seed &+ UInt64(place.position) &+ (pass.map { ($0 &+ 1) << 32 } ?? 0)
      start = .seeded(own, form: form, scale: scale)
    case .table(let table):
      guard place.position < table.rows else {
        throw StartTableTooShort(rows: table.rows, position: place.position)
      }
      start = .given(table.rows(place.position..<place.position + 1))
    }
    return try model.initialState(start, in: context).values
  }

  /// How many positions from the left are done.
  private var settled: Int {
    if case .fixed(let after) = options.freeze { return passes > after + 1 ? 1 : 0 }
    // As published: a pass after one that froze something has no earlier states to compare with, and
    // the position that is content stays while those left of it leave.
    if lastFreeze == passes - 1 { return 0 }
    return wave.lastIndex { $0.isDone(options.freeze) } ?? 0
  }

  /// Writes new guesses into the positions that stay and adds fresh ones.
  private mutating func advance(after frozen: WavePosition?) {
    var before = frozen
    for index in wave.indices {
      if let before { wave[index].id = before.next }
      before = wave[index]
    }
    guard let last = before else { return }
    var position = last.position + 1
    for step in 0..<options.headway where wave.count < options.maximumWavefront {
      guard position < model.facts.maximumTokens else { return }
      let id =
        step == 0
        ? last.next : Int(generator.integers(1, in: 0..<model.facts.vocabularySize)[0])
      wave.append(fresh(id, at: position))
      position += 1
    }
  }

  private func fresh(_ id: Int, at position: Int) -> WavePosition {
    WavePosition(id: id, position: position, state: [])
  }

  private static func mix(_ new: ArraySlice<Float>, _ old: [Float]?, share: Float) -> [Float] {
    // As published, a fresh position's earlier guess is zero: its first e is a little short.
    guard let old else { return new.map { (1 - share) * $0 } }
    return zip(new, old).map { (1 - share) * $0 + share * $1 }
  }

  private static func likeliest(_ logits: ArraySlice<Float>) -> Int {
    Operations.topK(logits, count: 1).first?.id ?? 0
  }
}
