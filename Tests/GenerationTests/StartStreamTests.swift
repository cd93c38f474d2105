import Checkpoints
import Generation
import LatentModels
import Synchronization
import Tensors
import Testing

@testable import Trajectories

/// Initial states of one text come out of one running stream, in the order of the published code.
@Suite struct StartStreamTests {
  private let prompt = [10] + "3+4-2?".utf8.map(Int.init)
  private let start = Start.seed(5)

  /// What `calls` draw from the seed, one after another.
  private func drawn(
    _ calls: [(tokens: Int, type: TorchGenerator.Storage)], facts: ModelFacts
  ) throws -> [Matrix] {
    var generator = TorchGenerator(seed: 5)
    let distribution = try #require(facts.initialStates)
    return calls.map {
      generator.initialState(
        tokens: $0.tokens, width: facts.width, from: distribution, form: SeedForm(type: $0.type))
    }
  }

  @Test func everyTokenStartsFromTheNextDraw() throws {
    let exits = IterationPolicy.adaptive(ExitPolicy(.kl), maximum: 9)
    for policy in [.fixed(2), exits, .scheduled([3, 1])] {
      let model = try WatchedModel()
      var generator = try Generator(
        model: model, prompt: prompt,
        options: GenerationOptions(iterations: policy, start: start, cache: CacheStrategy()))
      for _ in 0..<4 { _ = try generator.next() }
      let calls = [
        (7, TorchGenerator.Storage.float32), (1, .float32), (1, .float32), (1, .float32),
      ]
      #expect(model.starts == (try drawn(calls, facts: model.facts)))
    }
  }

  /// A token that starts where the one before it ended draws nothing.
  @Test func warmTokensDrawNothing() throws {
    let model = try WatchedModel()
    var options = GenerationOptions(iterations: .fixed(2), start: start, cache: CacheStrategy())
    options.warmStart = .raw
    var generator = try Generator(model: model, prompt: prompt, options: options)
    for _ in 0..<3 { _ = try generator.next() }
    #expect(model.starts.first == (try drawn([(7, .float32)], facts: model.facts)).first)
    #expect(model.starts.map(\.rows) == [7, 1, 1])
    #expect(model.starts[1] != model.starts[2])
  }

  /// Guesses and the look at them all draw: the guesses one by one, then all at once.
  @Test func guessesAndChecksDrawInTurn() throws {
    let model = try WatchedModel()
    var generator = try SpeculativeGenerator(
      model: model, prompt: prompt,
      options: SpeculativeGenerator.Options(
        draftIterations: 2, lookahead: 3, iterations: 4, start: start, cache: CacheStrategy()))
    for _ in 0..<3 { _ = try generator.next() }
    let round = [1, 1, 1, 3].map { ($0, TorchGenerator.Storage.float32) }
    #expect(
      model.starts == (try drawn([(7, .float32)] + round + round, facts: model.facts)))
  }

  /// The prompt, the first position; then noise for all of the wavefront and fresh positions in turn.
  @Test func aWavefrontDrawsNoiseAndFreshPositionsInTurn() throws {
    let model = try WatchedModel()
    var options = WavefrontGenerator.Options(
      iterations: 4, start: start, cache: try CacheStrategy(parsing: "latest-compress-s1"))
    (options.headway, options.freeze) = (2, .tokenStability(99))
    var generator = try WavefrontGenerator(model: model, prompt: prompt, options: options)
    for _ in 0..<4 { _ = try generator.next() }
    let calls = [
      (7, TorchGenerator.Storage.float32), (1, .float32), (1, .float32), (2, .bfloat16),
      (3, .float32), (2, .bfloat16), (5, .float32), (2, .bfloat16),
    ]
    #expect(model.starts == (try drawn(calls, facts: model.facts)))
    // The first pass: the first position's own state, mixed with noise after four iterations.
    let first = zip(model.starts[1].values, model.starts[2].values).map {
      $0 * (1 - Float(0.1)) + Float(0.1) * $1
    }
    let stepped = try #require(model.stepped.dropFirst(4).first)
    #expect(stepped.values == first)
  }

  /// A pass that was cut short draws again what it had drawn.
  @Test func anInterruptedPassDrawsAgain() throws {
    let model = try WatchedModel()
    let options = WavefrontGenerator.Options(
      iterations: 4, start: start, cache: try CacheStrategy(parsing: "latest-compress-s1"))
    var generator = try WavefrontGenerator(model: model, prompt: prompt, options: options)
    _ = try generator.next()
    #expect(throws: CancellationRequested.self) {
      try generator.next(control: StepControl(isCancelled: { model.starts.count > 2 }))
    }
    _ = try generator.next()
    #expect(model.starts.count == 5 && model.starts[2] == model.starts[3])
  }
}

/// The embedded model, keeping the initial states it was given and the states it stepped from.
private final class WatchedModel: LatentModel {
  private let model: any LatentModel
  private let kept = Mutex<(starts: [Matrix], stepped: [Matrix])>(([], []))

  init() throws { model = try RecurrentDepthModel(try Checkpoint.embedded(), team: .single) }

  var starts: [Matrix] { kept.withLock { $0.starts } }
  var stepped: [Matrix] { kept.withLock { $0.stepped } }
  var facts: ModelFacts { model.facts }
  var cacheLayout: CacheLayout { model.cacheLayout }

  func begin(_ sequences: [[Int]], after memory: Memory?, _ call: Call) throws -> PromptContext {
    try model.begin(sequences, after: memory, call)
  }

  func initialState(
    _ rows: [Matrix?], in context: PromptContext
  ) throws -> LatentState {
    let state = try model.initialState(rows, in: context)
    kept.withLock { $0.starts.append(state.rows) }
    return state
  }

  func step(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> LatentState {
    kept.withLock { $0.stepped.append(state.rows) }
    return try model.step(state, in: context, call)
  }

  func decode(
    _ state: LatentState, in context: PromptContext, _ call: Call
  ) throws -> Decoded {
    try model.decode(state, in: context, call)
  }

  func logits(_ hidden: Matrix, positions: Range<Int>) -> Matrix {
    model.logits(hidden, positions: positions)
  }

  func normalized(_ rows: Matrix) -> Matrix { model.normalized(rows) }
}
