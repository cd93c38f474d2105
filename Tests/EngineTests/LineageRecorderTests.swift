import Checkpoints
import Generation
import LatentModels
import Synchronization
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import Engine

/// A text that is being written: the runs of its passages, so far as they are in it.
private final class Writer {
  let recorder: LineageRecorder
  var path: [Lineage]

  init(_ workbench: Workbench, _ source: PromptSource) throws {
    recorder = LineageRecorder(workbench, candidates: 3)
    path = [Lineage(try recorder.begin(source, start: .usual).0)]
  }

  var live: Recorder { get throws { try recorder.recorder(path[path.count - 1]) } }

  func advance(control: StepControl = .uninterrupted) throws -> Step {
    try recorder.advance(path[path.count - 1], control: control)
  }

  func append(
    after passage: Int, at iteration: Int, sampling: Sampling = Sampling(),
    control: StepControl = .uninterrupted
  ) throws -> LineageRecorder.Answer {
    let answer = try recorder.append(
      to: path[passage], at: iteration, sampling: sampling, control: control)
    if case .token(let cause, _) = answer {
      path = path[...passage] + [path[passage].appending(cause, at: iteration)]
    }
    return answer
  }

  func rewind(to passage: Int) { path = Array(path[...passage]) }
}

/// Texts written token by token, branching, against the generator's.
@Suite struct LineageRecorderTests {
  private static let prompt = [3, 17, 42, 9, 28]

  private func workbench(_ name: String, stops: Set<Int> = []) throws -> Workbench {
    let model = try ModelPlan(try Checkpoint.open(Fixtures.path(name)))
      .open(WeightPacking(team: ThreadTeam(count: 1)))
    let summary = ModelSummary(
      name: name, defaultIterations: 4, parameters: 1, width: model.facts.width,
      vocabularySize: model.facts.vocabularySize, maximumTokens: model.facts.maximumTokens)
    return Workbench(
      model: model, summary: summary, codec: .idsOnly(problem: ""), stopTokens: stops)
  }

  private func recorder(
    _ name: String, stops: Set<Int> = []
  ) throws -> Writer {
    try Writer(try workbench(name, stops: stops), .ids(Self.prompt))
  }

  /// Runs the last passage so far; gives the last step.
  @discardableResult private func run(_ recorder: Writer, _ iterations: Int) throws
    -> Step?
  {
    var last: Step?
    while try recorder.live.iteration < iterations { last = try recorder.advance() }
    return last
  }

  private func id(_ answer: LineageRecorder.Answer) -> Int? {
    if case .token(let cause, _) = answer { cause.id } else { nil }
  }

  /// Writes a text with so many iterations for the prompt and each token but the last.
  private func write(
    _ recorder: Writer, from passage: Int = 0, _ schedule: [Int],
    _ sampling: Sampling = Sampling()
  ) throws -> [Int] {
    try schedule.enumerated().map { index, iterations in
      try run(recorder, iterations)
      let answer = try recorder.append(
        after: passage + index, at: iterations, sampling: sampling)
      return try #require(id(answer))
    }
  }

  private func generate(
    _ name: String, _ iterations: IterationPolicy, count: Int, _ sampling: Sampling = Sampling(),
    cache: CacheStrategy = LineageRecorder.strategy
  ) throws -> [GeneratedToken] {
    let bench = try workbench(name)
    var options = GenerationOptions(
      iterations: iterations, start: try bench.tokenStart(.usual), cache: cache)
    options.sampling = sampling
    var generator = try Generator(
      model: bench.model, prompt: Self.prompt,
      options: options)
    return try (0..<count).map { _ in try generator.next() }
  }

  private static let models = Fixtures.ravenModels + ["ouro-tiny", "retrofit-llama-tiny"]

  @Test(arguments: models) func aTextIsTheGenerators(name: String) throws {
    let written = try write(try recorder(name), [4, 4, 4, 4, 4])
    let fixed = try generate(name, .fixed(4), count: 5, cache: CacheStrategy())
    #expect(written == fixed.map(\.id), "as `muninn generate --steps 4`")
    let ragged = [6, 2, 5, 1, 3]
    #expect(
      try write(try recorder(name), ragged)
        == (try generate(name, .scheduled(ragged), count: 5)).map(\.id))
  }

  @Test(arguments: models) func logitsAreTheGenerators(name: String) throws {
    let schedule = [5, 3, 6]
    let tokens = try generate(name, .scheduled(schedule), count: 3)
    let recorder = try recorder(name)
    for (index, iterations) in schedule.enumerated() {
      try run(recorder, iterations)
      #expect(
        try recorder.live.ending(at: iterations, control: .uninterrupted).logits
          == tokens[index].logits)
      _ = try recorder.append(after: index, at: iterations)
    }
  }

  @Test(arguments: models) func drawnTokensAreTheGenerators(name: String) throws {
    var sampling = Sampling()
    sampling.temperature = 1.3
    sampling.topK = 20
    sampling.seed = 5
    let schedule = [3, 4, 2, 4]
    let expected = try generate(name, .scheduled(schedule), count: 4, sampling).map(\.id)
    let recorder = try recorder(name)
    #expect(try write(recorder, schedule, sampling) == expected)
    // The third token again, after others were drawn in its place.
    var others = sampling
    others.seed = 6
    recorder.rewind(to: 2)
    _ = try write(recorder, from: 2, [2, 4], others)
    recorder.rewind(to: 2)
    try run(recorder, 2)
    #expect(id(try recorder.append(after: 2, at: 2, sampling: sampling)) == expected[2])
  }

  /// Taken from an earlier iteration of an earlier token, a text is the one that a fresh run with
  /// these choices writes.
  @Test(arguments: models) func rewoundTextsAreAsIfWrittenSo(name: String) throws {
    let recorder = try recorder(name)
    let first = try write(recorder, [6, 5, 6, 4])
    try run(recorder, 4)
    let straightPath = recorder.path
    // Back to the second token, taken after 2 of its 5 iterations.
    _ = try recorder.append(after: 1, at: 2)
    let rewound = try write(recorder, from: 2, [3, 5])
    let expected = try generate(name, .scheduled([6, 2, 3, 5]), count: 4)
    #expect(rewound == expected.suffix(2).map(\.id))
    try run(recorder, 4)
    let read = try recorder.live.ending(at: 4, control: .uninterrupted).logits
    #expect(read == (try generate(name, .scheduled([6, 2, 3, 5, 4]), count: 5)).last?.logits)
    // The text before goes on as if nothing had happened.
    recorder.path = straightPath
    let straight = try generate(name, .scheduled([6, 5, 6, 4, 7, 3]), count: 6)
    #expect(first == straight.prefix(4).map(\.id))
    #expect(
      try write(recorder, from: 4, [7, 3]) == straight.suffix(2).map(\.id))
  }

  @Test(arguments: models) func aRewoundPassageThinksOn(name: String) throws {
    let recorder = try recorder(name)
    _ = try write(recorder, [4, 3, 3])
    recorder.rewind(to: 1)
    let written = try write(recorder, from: 1, [6, 2])
    #expect(
      written == (try generate(name, .scheduled([4, 6, 2]), count: 3)).suffix(2).map(\.id))
  }

  @Test(arguments: models) func whatIsInterruptedLeavesNoTrace(name: String) throws {
    let recorder = try recorder(name)
    _ = try write(recorder, [4, 4])
    try run(recorder, 2)
    for layers in 0..<2 {
      let count = Counter()
      let control = StepControl(isCancelled: { count.next() > layers })
      #expect(throws: CancellationRequested.self) {
        _ = try recorder.advance(control: control)
      }
      let other = Counter()
      #expect(throws: CancellationRequested.self) {
        _ = try recorder.append(
          after: 1, at: 3, control: StepControl(isCancelled: { other.next() >= layers }))
      }
    }
    #expect(
      try write(recorder, from: 2, [4, 4])
        == (try generate(name, .fixed(4), count: 4)).suffix(2).map(\.id))
  }

  @Test func aTokenThatEndsTheTextChangesNothing() throws {
    let name = "raven-tiny-a"
    let tokens = try generate(name, .fixed(4), count: 3).map(\.id)
    let stop = try #require(tokens.last)
    try #require(!tokens.dropLast().contains(stop), "the text must not end before")
    let recorder = try recorder(name, stops: [stop])
    _ = try write(recorder, [4, 4])
    try run(recorder, 4)
    guard case .end(let token) = try recorder.append(after: 2, at: 4) else {
      Issue.record("the text went on")
      return
    }
    #expect(try token.id == stop && recorder.live.iteration == 4)
    #expect(try recorder.advance().iteration == 5)
  }

  @Test func theProjectionKnowsEveryStateOfEveryToken() throws {
    let recorder = try recorder("raven-tiny-a")
    _ = try write(recorder, [5, 3])
    try run(recorder, 4)
    let fit = ProjectionFit(token: nil, iterations: 0...5)
    let text = recorder.path[2]
    let projection = try recorder.recorder.project(
      try recorder.recorder.projector(fit, of: text, isCancelled: { false }), text)
    let depths = (0..<7).map { token in
      projection.coordinates.filter { token < $0.count && !$0[token].isEmpty }.count
    }
    #expect(depths == [6, 6, 6, 6, 6, 4, 5])
    let own = ProjectionFit(token: 6, iterations: 0...4)
    let projector = try recorder.recorder.projector(own, of: text, isCancelled: { false })
    #expect(try recorder.recorder.project(projector, text).components > 0)
  }
}

/// Counts up, from any thread.
private final class Counter: Sendable {
  private let value = Mutex(0)
  func next() -> Int {
    value.withLock { value in
      value += 1
      return value
    }
  }
}
