import Checkpoints
import Generation
import LatentModels
import Synchronization
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import Engine

/// What the engine gives of many runs at once and under any budget, against one run alone.
@Suite struct EngineTests {
  static let embedded = ""
  static let models = Fixtures.ravenModels + Fixtures.familyModels + [embedded]
  /// Also one whose prompts look both ways, so that earlier tokens know of later ones.
  static let withClocks = models + [Fixtures.hierarchicalModel]
  /// Also those whose other rows than the last do not change from iteration to iteration.
  static let withThoughts = withClocks + Fixtures.thoughtModels

  static func workbench(_ name: String, stops: Set<Int> = []) throws -> Workbench {
    let checkpoint =
      name == embedded ? try Checkpoint.embedded() : try Checkpoint.open(Fixtures.path(name))
    let model = try ModelPlan(checkpoint)
      .open(WeightPacking(team: ThreadTeam(count: 1)))
    let summary = ModelSummary(
      name: name, defaultIterations: 4, parameters: 1, width: model.facts.width,
      vocabularySize: model.facts.vocabularySize, maximumTokens: model.facts.maximumTokens)
    return Workbench(
      model: model, summary: summary, codec: .idsOnly(problem: ""), stopTokens: stops)
  }

  /// Beginnings of several lengths, from several starts where the model has them.
  static func beginnings(_ bench: Workbench) -> [Beginning] {
    [5, 1, 40, 3].enumerated().map { index, count in
      let ids = (0..<count).map { ($0 * 31 + index * 17 + 3) % bench.model.facts.vocabularySize }
      let start: Start =
        bench.model.facts.hasFixedStart ? .usual : index == 1 ? .zero : .seed(UInt64(index))
      return .source(.ids(ids), start)
    }
  }

  /// All but the time it took.
  static func expectSame(_ a: Step, _ b: Step, _ what: String) {
    #expect(a.iteration == b.iteration, "iteration: \(what)")
    #expect(a.measures == b.measures && a.readings == b.readings, "readings: \(what)")
    #expect(a.gates == b.gates, "gates: \(what)")
  }

  private func text(_ engine: Engine, _ schedule: [Int]) throws -> [Lineage] {
    var lineage = Lineage(try engine.begin([Self.beginnings(engine.workbench)[0]])[0].0)
    var all = [lineage]
    for iterations in schedule {
      for _ in 0..<iterations { _ = try engine.step([lineage]) }
      let next = try engine.next(after: lineage, at: iterations, choice: .said(Sampling()))
      lineage = lineage.appending(try #require(taken(next)), at: iterations)
      all.append(lineage)
    }
    return all
  }

  private func taken(_ next: Engine.Next) -> TokenCause? {
    if case .token(let cause, _) = next { cause } else { nil }
  }

  @Test(arguments: withThoughts) func aBatchIsItsRunsAlone(name: String) throws {
    let bench = try Self.workbench(name)
    let engine = Engine(bench, candidates: 3)
    let begun = try engine.begin(Self.beginnings(bench))
    let lineages = begun.map { Lineage($0.0) }
    // The second run is two iterations behind the others.
    _ = try engine.step([lineages[0], lineages[2], lineages[3]])
    var steps = lineages.map { _ in [Step]() }
    _ = try engine.step([lineages[0], lineages[2], lineages[3]])
    for _ in 0..<3 {
      for (index, step) in try engine.step(lineages).enumerated() { steps[index].append(step) }
    }
    for index in begun.indices {
      let prompt = begun[index].0
      let recorder = try Recorder(
        model: bench.model, ids: prompt.ids, start: prompt.start, candidates: 3,
        vocabulary: bench.vocabulary)
      let tokens = prompt.ids.map(bench.codec.token)
      let alone = try recorder.begin(prompt: "", tokens: tokens, start: "")
      Self.expectSame(begun[index].1.steps[0], alone.steps[0], "\(index) at 0")
      var states = [recorder.liveState]
      if index != 1 {
        for _ in 0..<2 {
          _ = try recorder.advance()
          states.append(recorder.liveState)
        }
      }
      for step in steps[index] {
        Self.expectSame(step, try recorder.advance(), "\(index) at \(step.iteration)")
        states.append(recorder.liveState)
      }
      let last = try #require(engine.lastIteration(of: lineages[index]))
      #expect(last == (index == 1 ? 3 : 5) && states.count == last + 1)
      for (iteration, state) in states.enumerated() {
        #expect(try engine.state(lineages[index], iteration) == state)
      }
      let normalized = states.map(bench.model.normalized)
      #expect(
        try engine.distancesToLast(lineages[index])
          == StateMetrics.distances(to: normalized[last], of: normalized))
    }
  }

  @Test(arguments: withClocks) func aTextIsTheGenerators(name: String) throws {
    let schedule = [6, 2, 5, 1, 3]
    for budget in [1 << 30, 0] {
      let engine = Engine(try Self.workbench(name), candidates: 3, budget: budget)
      let last = try #require(try text(engine, schedule).last)
      guard case .prompt(let prompt) = last.links[0].cause else { continue }
      let bench = engine.workbench
      var generator = try Generator(
        model: bench.model, prompt: prompt.ids,
        options: GenerationOptions(
          iterations: .scheduled(schedule), start: prompt.start,
          cache: Engine.strategy))
      let written = try schedule.map { _ in try generator.next().id }
      #expect(last.ids == prompt.ids + written, "budget \(budget)")
    }
  }

  @Test(arguments: models) func drawnTokensAreTheGenerators(name: String) throws {
    let engine = Engine(try Self.workbench(name), candidates: 1)
    var sampling = Sampling()
    sampling.temperature = 1.3
    sampling.seed = 5
    var lineage = Lineage(try engine.begin([.source(.ids([3, 17, 42]), .usual)])[0].0)
    var options = GenerationOptions(
      iterations: .fixed(2), start: engine.workbench.resolved(.usual),
      cache: Engine.strategy)
    options.sampling = sampling
    var generator = try Generator(
      model: engine.workbench.model, prompt: [3, 17, 42], options: options)
    for _ in 0..<3 {
      let next = try engine.next(after: lineage, at: 2, choice: .said(sampling))
      let cause = try #require(taken(next))
      #expect(cause.id == (try generator.next()).id)
      lineage = lineage.appending(cause, at: 2)
    }
  }

  /// A table goes on where the prompt ends, as far as it has rows.
  @Test func appendedTokensStartInTheTable() throws {
    let bench = try Self.workbench("raven-tiny-a")
    let width = bench.model.facts.width
    let table = Matrix(
      rows: 4, columns: width, values: (0..<4 * width).map { Float($0 % 13) / 7 })
    let engine = Engine(
      Workbench(
        model: bench.model, summary: bench.summary, codec: bench.codec, givenState: table),
      candidates: 3)
    let prompt = Lineage(
      try engine.begin([.source(.ids([3, 17, 42]), .given(label: "table"))])[0].0)
    #expect(try engine.state(prompt, 0) == table.rows(0..<3))
    _ = try engine.step([prompt])
    _ = try engine.next(after: prompt, at: 1, choice: .chosen(9))
    let text = prompt.appending(TokenCause(id: 9, sampling: nil), at: 1)
    #expect(try engine.state(text, 0) == table.rows(3..<4))
    _ = try engine.step([text])
    #expect(throws: StartError.tableTooShort(rows: 4, position: 4)) {
      try engine.next(after: text, at: 1, choice: .chosen(9))
    }
  }

  /// Whatever was let go comes back with the same bits, in whatever order it is asked for.
  @Test(arguments: withThoughts) func aSmallBudgetChangesNoNumber(name: String) throws {
    let bench = try Self.workbench(name)
    let free = Engine(bench, candidates: 3, budget: 1 << 30)
    // A few states.
    let tight = Engine(bench, candidates: 3, budget: 4 * 4 * 5 * bench.model.facts.width)
    let schedule = [20, 3, 6]
    let lineages = try text(free, schedule)
    #expect(try text(tight, schedule) == lineages)
    var choices = Dice(seed: 7)
    var edges = schedule + [0]
    for turn in 0..<60 {
      let index = choices.below(lineages.count)
      let (lineage, what) = (lineages[index], "turn \(turn)")
      let iteration = choices.below(edges[index] + 1)
      switch choices.below(5) {
      case 0: #expect(try tight.state(lineage, iteration) == free.state(lineage, iteration))
      case 1:
        #expect(try tight.normalized(lineage, iteration) == free.normalized(lineage, iteration))
      case 2:
        let rows = 0..<(index == 0 ? 5 : 1)
        #expect(
          try tight.logits(lineage, iteration, rows: rows)
            == free.logits(lineage, iteration, rows: rows), "\(what)")
      case 3:
        let both = choices.below(2) == 0 ? [lineage] : [lineage, lineages[0]]
        guard Set(both).count == both.count else { continue }
        for (a, b) in zip(try tight.step(both), try free.step(both)) { Self.expectSame(a, b, what) }
        for stepped in both { edges[lineages.firstIndex(of: stepped) ?? 0] += 1 }
      default:
        let at = max(1, iteration)
        let choice: Engine.Choice =
          choices.below(2) == 0 ? .chosen(choices.below(9)) : .said(Sampling())
        let (a, b) = (
          try tight.next(after: lineage, at: at, choice: choice),
          try free.next(after: lineage, at: at, choice: choice)
        )
        #expect(taken(a) == taken(b))
        if case (.token(_, let a), .token(_, let b)) = (a, b) {
          Self.expectSame(a.steps[0], b.steps[0], what)
        }
      }
      #expect(tight.used < free.used)
    }
    // One that has seen nothing knows all of it from the causes.
    let fresh = Engine(bench, candidates: 3)
    let last = lineages[lineages.count - 1]
    #expect(try fresh.state(last, 3) == free.state(last, 3))
    Self.expectSame(
      try fresh.step([lineages[1]], to: 3)[0], try free.step([lineages[1]], to: 3)[0], "fresh")
  }

  @Test func theBudgetHoldsWhatTheWorkNeedsAside() throws {
    let bench = try Self.workbench("raven-tiny-a")
    let state = 4 * 40 * bench.model.facts.width
    let engine = Engine(bench, candidates: 3, budget: 40 * state)
    let lineage = Lineage(try engine.begin([Self.beginnings(bench)[2]])[0].0)
    for _ in 0..<200 {
      _ = try engine.step([lineage])
      #expect(engine.used <= engine.budget)
    }
    #expect(engine.used > engine.budget / 2, "it is used")
    #expect(engine.lastIteration(of: lineage) == 200)
  }

  @Test(arguments: withThoughts) func whatIsInterruptedLeavesNoTrace(name: String) throws {
    let bench = try Self.workbench(name)
    let (engine, other) = (Engine(bench, candidates: 3, budget: 0), Engine(bench, candidates: 3))
    let lineages = try text(engine, [4, 4])
    #expect(try text(other, [4, 4]) == lineages)
    let last = lineages[2]
    for layers in 0..<12 {
      for act in 0..<(layers < 3 ? 4 : 3) {
        let count = Counter()
        let control = StepControl(isCancelled: { count.next() > layers })
        do {
          switch act {
          case 0: _ = try engine.state(last, 3, control: control)
          case 1:
            _ = try engine.next(after: lineages[1], at: 3, choice: .chosen(1), control: control)
          case 2: _ = try engine.distancesToLast(lineages[0], control: control)
          default:
            _ = try engine.step([last, lineages[0]], control: control)
            Issue.record("a step of fewer layers than it has")
          }
        } catch is CancellationRequested {}
      }
    }
    #expect(engine.lastIteration(of: last) == 0)
    for (a, b) in zip(
      try engine.step([last, lineages[0]]), try other.step([last, lineages[0]]))
    {
      Self.expectSame(a, b, "after interruptions")
    }
  }

  @Test func aTokenThatEndsTheTextChangesNothing() throws {
    let free = Engine(try Self.workbench("raven-tiny-a"), candidates: 1)
    let lineages = try text(free, [4, 4])
    let stop = lineages[2].ids[lineages[2].ids.count - 1]
    try #require(stop != lineages[1].ids.last, "the text must not end before")
    let engine = Engine(try Self.workbench("raven-tiny-a", stops: [stop]), candidates: 1)
    _ = try text(engine, [4])
    guard
      case .end(let token) = try engine.next(after: lineages[1], at: 4, choice: .said(Sampling()))
    else {
      Issue.record("the text went on")
      return
    }
    #expect(token.id == stop)
    #expect(
      taken(try engine.next(after: lineages[1], at: 4, choice: .chosen(stop)))?.id == stop,
      "what a person chooses is run")
  }

  @Test func theUsualStartIsNoCause() throws {
    let engine = Engine(try Self.workbench("raven-tiny-a"), candidates: 1)
    let begun = try engine.begin([
      .source(.ids([1, 2]), .usual), .source(.ids([1, 2]), .seed(0)),
      .prompt(PromptCause(text: nil, ids: [1, 2], start: .usual)),
    ])
    #expect(Set(begun.map(\.0)).count == 1)
    #expect(begun[0].0.start == .seeded(seed: 0, form: SeedForm(), scale: 1))
  }

  @Test func whatIsToBeReadFirstIsToldEarly() throws {
    let engine = Engine(try Self.workbench("raven-tiny-a"), candidates: 1)
    let lineages = try engine.begin(Self.beginnings(engine.workbench)).map { Lineage($0.0) }
    var told: [(Int, Int)] = []
    let steps = try engine.step(
      [lineages[2], lineages[0]], reading: 35..<37,
      early: {
        if case .read(let first, let readings) = $0 { told.append((first, readings.count)) }
      })
    #expect(told.map(\.0) == [32] && told.map(\.1) == [8])
    #expect(steps[0].readings.count == 40)
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
