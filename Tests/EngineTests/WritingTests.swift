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
  let engine: Engine
  var path: [Lineage]

  init(_ workbench: Workbench, _ source: PromptSource, budget: Int) throws {
    engine = Engine(workbench, candidates: 3, budget: budget)
    path = [Lineage(try engine.begin([.source(source, .usual)])[0].0)]
  }

  var live: Lineage { path[path.count - 1] }
  var iteration: Int { engine.lastIteration(of: live) ?? 0 }

  func advance(control: StepControl = .uninterrupted) throws -> Step {
    try engine.step([live], control: control)[0]
  }

  /// Of the last position.
  func logits(at iteration: Int) throws -> [Float] {
    let rows = try engine.state(live, iteration).rows
    return Array(try engine.logits(live, iteration, rows: rows - 1..<rows).row(0))
  }

  func append(
    after passage: Int, at iteration: Int, sampling: Sampling = Sampling(),
    control: StepControl = .uninterrupted
  ) throws -> Engine.Next {
    let next = try engine.next(
      after: path[passage], at: iteration, choice: .said(sampling), control: control)
    if case .token(let cause, _) = next {
      path = path[...passage] + [path[passage].appending(cause, at: iteration)]
    }
    return next
  }

  func rewind(to passage: Int) { path = Array(path[...passage]) }
}

/// Texts written token by token, branching, against the generator's.
@Suite struct WritingTests {
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

  private func writer(
    _ name: String, stops: Set<Int> = [], budget: Int = 1 << 30
  ) throws -> Writer {
    try Writer(try workbench(name, stops: stops), .ids(Self.prompt), budget: budget)
  }

  /// Runs the last passage so far; gives the last step.
  @discardableResult private func run(_ writer: Writer, _ iterations: Int) throws
    -> Step?
  {
    var last: Step?
    while writer.iteration < iterations { last = try writer.advance() }
    return last
  }

  private func id(_ answer: Engine.Next) -> Int? {
    if case .token(let cause, _) = answer { cause.id } else { nil }
  }

  /// Writes a text with so many iterations for the prompt and each token but the last.
  private func write(
    _ writer: Writer, from passage: Int = 0, _ schedule: [Int],
    _ sampling: Sampling = Sampling()
  ) throws -> [Int] {
    try schedule.enumerated().map { index, iterations in
      try run(writer, iterations)
      let answer = try writer.append(
        after: passage + index, at: iterations, sampling: sampling)
      return try #require(id(answer))
    }
  }

  private func generate(
    _ name: String, _ iterations: IterationPolicy, count: Int, _ sampling: Sampling = Sampling(),
    cache: CacheStrategy = Engine.strategy
  ) throws -> [GeneratedToken] {
    let bench = try workbench(name)
    var options = GenerationOptions(
      iterations: iterations, start: bench.resolved(.usual), cache: cache)
    options.sampling = sampling
    var generator = try Generator(
      model: bench.model, prompt: Self.prompt,
      options: options)
    return try (0..<count).map { _ in try generator.next() }
  }

  private static let models = Fixtures.ravenModels + ["ouro-tiny", "retrofit-llama-tiny"]

  @Test(arguments: models) func aTextIsTheGenerators(name: String) throws {
    let written = try write(try writer(name), [4, 4, 4, 4, 4])
    let fixed = try generate(name, .fixed(4), count: 5, cache: CacheStrategy())
    #expect(written == fixed.map(\.id), "as `muninn generate --steps 4`")
    let ragged = [6, 2, 5, 1, 3]
    #expect(
      try write(try writer(name), ragged)
        == (try generate(name, .scheduled(ragged), count: 5)).map(\.id))
  }

  @Test(arguments: models) func logitsAreTheGenerators(name: String) throws {
    let schedule = [5, 3, 6]
    let tokens = try generate(name, .scheduled(schedule), count: 3)
    let writer = try writer(name)
    for (index, iterations) in schedule.enumerated() {
      try run(writer, iterations)
      #expect(
        try writer.logits(at: iterations)
          == tokens[index].logits)
      _ = try writer.append(after: index, at: iterations)
    }
  }

  @Test(arguments: models) func drawnTokensAreTheGenerators(name: String) throws {
    var sampling = Sampling()
    sampling.temperature = 1.3
    sampling.topK = 20
    sampling.seed = 5
    let schedule = [3, 4, 2, 4]
    let expected = try generate(name, .scheduled(schedule), count: 4, sampling).map(\.id)
    let writer = try writer(name)
    #expect(try write(writer, schedule, sampling) == expected)
    // The third token again, after others were drawn in its place.
    var others = sampling
    others.seed = 6
    writer.rewind(to: 2)
    _ = try write(writer, from: 2, [2, 4], others)
    writer.rewind(to: 2)
    try run(writer, 2)
    #expect(id(try writer.append(after: 2, at: 2, sampling: sampling)) == expected[2])
  }

  /// Taken from an earlier iteration of an earlier token, a text is the one that a fresh run with
  /// these choices writes.
  @Test(arguments: models) func rewoundTextsAreAsIfWrittenSo(name: String) throws {
    let writer = try writer(name)
    let first = try write(writer, [6, 5, 6, 4])
    try run(writer, 4)
    let straightPath = writer.path
    // Back to the second token, taken after 2 of its 5 iterations.
    _ = try writer.append(after: 1, at: 2)
    let rewound = try write(writer, from: 2, [3, 5])
    let expected = try generate(name, .scheduled([6, 2, 3, 5]), count: 4)
    #expect(rewound == expected.suffix(2).map(\.id))
    try run(writer, 4)
    let read = try writer.logits(at: 4)
    #expect(read == (try generate(name, .scheduled([6, 2, 3, 5, 4]), count: 5)).last?.logits)
    // The text before goes on as if nothing had happened.
    writer.path = straightPath
    let straight = try generate(name, .scheduled([6, 5, 6, 4, 7, 3]), count: 6)
    #expect(first == straight.prefix(4).map(\.id))
    #expect(
      try write(writer, from: 4, [7, 3]) == straight.suffix(2).map(\.id))
  }

  @Test(arguments: models) func aRewoundPassageThinksOn(name: String) throws {
    let writer = try writer(name)
    _ = try write(writer, [4, 3, 3])
    writer.rewind(to: 1)
    let written = try write(writer, from: 1, [6, 2])
    #expect(
      written == (try generate(name, .scheduled([4, 6, 2]), count: 3)).suffix(2).map(\.id))
  }

  @Test(arguments: models) func whatIsInterruptedLeavesNoTrace(name: String) throws {
    let writer = try writer(name)
    _ = try write(writer, [4, 4])
    try run(writer, 2)
    for layers in 0..<2 {
      let count = Counter()
      let control = StepControl(isCancelled: { count.next() > layers })
      #expect(throws: CancellationRequested.self) {
        _ = try writer.advance(control: control)
      }
      let other = Counter()
      #expect(throws: CancellationRequested.self) {
        _ = try writer.append(
          after: 1, at: 3, control: StepControl(isCancelled: { other.next() >= layers }))
      }
    }
    #expect(
      try write(writer, from: 2, [4, 4])
        == (try generate(name, .fixed(4), count: 4)).suffix(2).map(\.id))
  }

  @Test func aTokenThatEndsTheTextChangesNothing() throws {
    let name = "raven-tiny-a"
    let tokens = try generate(name, .fixed(4), count: 3).map(\.id)
    let stop = try #require(tokens.last)
    try #require(!tokens.dropLast().contains(stop), "the text must not end before")
    let writer = try writer(name, stops: [stop])
    _ = try write(writer, [4, 4])
    try run(writer, 4)
    guard case .end(let token) = try writer.append(after: 2, at: 4) else {
      Issue.record("the text went on")
      return
    }
    #expect(token.id == stop && writer.iteration == 4)
    #expect(try writer.advance().iteration == 5)
  }

  @Test func theProjectionKnowsEveryStateOfEveryToken() throws {
    let writer = try writer("raven-tiny-a")
    _ = try write(writer, [5, 3])
    try run(writer, 4)
    let last = [5, 3, 4]
    let fit = ProjectionFit(token: nil, iterations: 0...5)
    func projection(_ fit: ProjectionFit) throws -> Projection {
      let projector = try writer.engine.projector(fit, of: writer.live, last: last)
      return try writer.engine.projection(projector, of: writer.live, last: last).0
    }
    let whole = try projection(fit)
    let depths = (0..<7).map { token in
      whole.coordinates.filter { token < $0.count && !$0[token].isEmpty }.count
    }
    #expect(depths == [6, 6, 6, 6, 6, 4, 5])
    // Of the states it was fitted on a plane shows what it says; of others less.
    let own = try projection(ProjectionFit(token: 6, iterations: 0...99))
    #expect(own.fit.iterations == 0...99)
    let said = Double(own.explainedVarianceRatio[..<2].reduce(0, +))
    #expect(abs(try #require(own.share(ofComponents: 0..<2, token: 6)) - said) < 1e-4)
    #expect(try #require(own.share(ofComponents: 0..<2, token: 2)) < said - 0.05)
    let everything = try #require(whole.share(ofComponents: 0..<6, token: nil))
    #expect(abs(everything - Double(whole.explainedVarianceRatio.reduce(0, +))) < 1e-4)
  }

  /// A basis of one token is the principal components of that token's states, and nothing else; one of
  /// several texts those of all of them, what they have in common counted once.
  @Test func aBasisIsThatOfTheStatesItNames() throws {
    let writer = try writer("raven-tiny-a")
    _ = try write(writer, [5, 3])
    try run(writer, 4)
    let last = [5, 3, 4]
    let engine = writer.engine
    let text = writer.live
    func states(_ text: Lineage, _ last: [Int], token: Int? = nil) throws -> [[Float]] {
      try zip(text.passages, last).flatMap { passage, last in
        try (0...last).flatMap { iteration in
          let state = try engine.normalized(passage.lineage, iteration)
          return (0..<state.rows).filter { token == nil || $0 + passage.firstToken == token }
            .map { Array(state.row($0)) }
        }
      }
    }
    func expect(_ fit: ProjectionFit, beside: [Engine.Text] = [], _ rows: [[Float]]) throws {
      let fitted = try engine.projector(fit, of: text, last: last, beside: beside)
      let samples = Matrix(
        rows: rows.count, columns: rows[0].count, values: rows.flatMap { $0 })
      let own = try PrincipalComponents(of: samples, count: 6)
      for (ours, theirs) in zip(fitted.explainedVarianceRatio, own.explainedVarianceRatio) {
        #expect(abs(Double(ours) - theirs) < 1e-5)
      }
      let places = (fitted.project(samples).flatMap { $0 }, own.project(samples).values)
      #expect(zip(places.0, places.1).allSatisfy { abs($0 - $1) < 1e-3 })
    }
    try expect(
      ProjectionFit(token: 2, iterations: 0...99), try states(text, last, token: 2))
    let prompt = try #require(text.passages.first?.lineage)
    let all = ProjectionFit(token: nil, iterations: 0...99, texts: 2)
    try expect(
      all, beside: [Engine.Text(prompt, last: [5])], try states(text, last))
    let (cause, _) = try engine.begin([.source(.ids([7, 8, 9]), .seed(3))])[0]
    let other = Lineage(cause)
    for _ in 0..<6 { _ = try engine.step([other]) }
    try expect(
      all, beside: [Engine.Text(other, last: [6])],
      try states(text, last) + states(other, [6]))
    let far = try engine.projector(
      ProjectionFit(token: nil, iterations: 6...9), of: text, last: last,
      beside: [Engine.Text(other, last: [6])])
    #expect(far.explainedVarianceRatio.count == 6, "iterations that one of them has not")
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
