import Checkpoints
import LatentModels
import ParallelScaling
import Synchronization
import Tasks
import TestSupport
import Testing
import Trajectories

@testable import Evaluation

/// Many copies of every problem.
@Suite struct SampledRunTests {
  /// A model, what is asked of it, and what makes its copies different.
  struct Example: CustomTestStringConvertible, Sendable {
    let model: String?
    let kind: String
    let strength: Float
    var starts = false
    var positions = EnsemblePlan.Positions.all

    var testDescription: String { "\(model ?? "embedded") \(kind)\(starts ? " starts" : "")" }

    func set() throws -> ProblemSet {
      guard model != nil else {
        return ProblemSet(
          kind: .exact,
          problems: try Embedded.problems("arith", [8], count: 3)
            + Embedded.problems("add", [2], count: 2))
      }
      let group = ProblemGroup(task: ProblemFile.task)
      return ProblemSet(
        kind: .lastNumber,
        problems: [("Tom has 3 apples and buys 4.", "7"), ("Two dozen eggs.", "24")].map {
          EvaluationProblem(group: group, prompt: $0.0, answer: $0.1)
        })
    }

    func plan(_ samples: Int, _ set: ProblemSet, seed: UInt64 = 0) throws -> SampledPlan {
      let model = try Embedded.model(model).model
      return SampledPlan(
        model: "m", problems: set, samples: samples, iterations: 5, start: model.facts.usualStart,
        drawsStarts: starts,
        perturbations: strength == 0
          ? []
          : [
            try Perturbation(
              try #require(PerturbationKind.named(kind)), strength: strength, of: model)
          ], positions: positions, seed: seed, tokenLimit: 6)
    }
  }

  static let examples = [
    Example(model: nil, kind: "relative-noise", strength: 0.5),
    Example(model: nil, kind: "relative-noise", strength: 0.5, positions: .last),
    Example(model: nil, kind: "dropout", strength: 0.1, starts: true),
    Example(model: "ouro-tiny", kind: "noise", strength: 1),
    Example(model: "codi-tiny", kind: "noise", strength: 1.4),
    Example(model: "coconut-tiny", kind: "dropout-both", strength: 0.2),
  ]

  static func records(
    _ plan: SampledPlan, _ set: ProblemSet, model: String? = nil, threads: Int = 1,
    batch: Int? = nil, numbers: [Int]? = nil
  ) throws -> [SampledRecord] {
    let records = Mutex<[SampledRecord]>([])
    try SampledRun(plan: plan, set: set, batch: batch).run(
      numbers ?? Array(set.problems.indices),
      models: (0..<threads).map { _ in try Embedded.model(model) }
    ) { record in
      records.withLock { $0.append(record) }
    }
    return records.withLock { $0 }.sorted { $0.number < $1.number }
  }

  private func sample(_ record: SampledRecord) throws -> SampledRecord.Sample {
    guard case .answered(let sample) = record.outcome else {
      throw ResultFailure(name: "", line: nil, problem: "\(record.outcome)")
    }
    return sample
  }

  /// A copy is the same whatever their number, their batch, the threads and the other problems.
  @Test(arguments: examples)
  func copiesAreTheSameInAnyCompany(_ example: Example) throws {
    let set = try example.set()
    let sixteen = try Self.records(example.plan(16, set), set, model: example.model)
    #expect(sixteen.count == set.problems.count)
    let eight = try example.plan(8, set)
    let own = try Self.records(eight, set, model: example.model, threads: 2)
    for (few, many) in zip(own, sixteen) {
      let (few, many) = (try sample(few), try sample(many))
      #expect(few.answers == Array(many.answers.prefix(8)))
      #expect(few.entropies == Array(many.entropies.prefix(8)))
      #expect(few.residuals == Array(many.residuals.prefix(8)))
      #expect(few.greedy == many.greedy && few.key == many.key && few.seed == many.seed)
      #expect(Set(many.entropies).count == 16, "copies differ")
    }
    for batch in [1, 3] {
      #expect(try Self.records(eight, set, model: example.model, batch: batch) == own, "\(batch)")
    }
    let last = set.problems.count - 1
    #expect(try Self.records(eight, set, model: example.model, numbers: [last]) == [own[last]])
    #expect(
      try Self.records(example.plan(8, set, seed: 1), set, model: example.model) != own)
  }

  /// Every problem has numbers of its own, which every reader of JSON keeps.
  @Test func seedsAreOfTheProblemAndTheSeed() throws {
    let set = try Self.examples[2].set()
    let plans = try [0, 1].map { try Self.examples[2].plan(4, set, seed: $0) }
    let seeds = plans.flatMap { plan in (0..<500).map(plan.seed(of:)) }
    let starts = plans.flatMap { plan in (0..<500).compactMap(plan.firstSeed(of:)) }
    #expect(Set(seeds + starts).count == 2000 && (seeds + starts).allSatisfy { $0 < 1 << 48 })
    #expect(plans[0].start == Embedded.start)
    #expect(plans[0].start(of: 3) == .seed(try #require(plans[0].firstSeed(of: 3))))
  }

  /// The run without noise is right where an evaluation without copies says so.
  @Test func greedyIsWhatAnEvaluationFinds() throws {
    let problems =
      try Embedded.problems("arith", [8, 10], count: 10)
      + Embedded.problems("parity", [9], count: 4)
    let set = ProblemSet(kind: .exact, problems: problems)
    let model = try Embedded.model().model
    let plan = SampledPlan(
      model: "m", problems: set, samples: 2, iterations: 5, start: Embedded.start,
      perturbations: [
        try Perturbation(
          try #require(PerturbationKind.named("relative-noise")), strength: 0.3, of: model)
      ])
    let table = SampledTable(plan, records: try Self.records(plan, set))
    let plain = try Embedded.table(problems, iterations: [5])
    let right = plain.rows.map { $0.tally.right[0] }
    #expect(table.groups.map { table.tally(of: $0).greedyRight } == right)
    #expect(right.contains { (1..<10).contains($0) }, "\(right)")
    // Without noise every copy is that run.
    var quiet = plan
    quiet.perturbations = []
    for record in try Self.records(quiet, set) {
      let sample = try sample(record)
      #expect(sample.answers == [sample.greedy, sample.greedy])
    }
  }

  /// What is written counts until it is as long as the answer; questions end with a number.
  @Test func answersAreReadAsAnEvaluationReadsThem() throws {
    let group = ProblemGroup(task: ProblemFile.task)
    func greedy(_ kind: AnswerKind, _ prompt: String, _ answer: String) throws -> [Bool] {
      let set = ProblemSet(
        kind: kind, problems: [EvaluationProblem(group: group, prompt: prompt, answer: answer)])
      let plan = SampledPlan(
        model: "m", problems: set, samples: 1, iterations: 12, start: .seed(0), tokenLimit: 8)
      let sample = try sample(try Self.records(plan, set)[0])
      return [sample.greedy == sample.key, sample.greedy == .text(answer)]
    }
    #expect(try greedy(.exact, "37+85=", "122") == [true, true])
    #expect(try greedy(.exact, "37+85=", "12") == [true, true])
    #expect(try greedy(.exact, "37+85=", "1222") == [false, false])
    #expect(try greedy(.lastNumber, "37+85=", "122") == [true, true])
    #expect(try greedy(.lastNumber, "37+85=", "12") == [false, false])
  }

  @Test func whatDivergesIsCounted() throws {
    let group = ProblemGroup(task: ProblemFile.task)
    let tokenizer = try ChainModel.tokenizer()
    let ids = try tokenizer.encode("yes", addSpecialTokens: true)
    var chain = ChainModel()
    let problems = [
      EvaluationProblem(group: group, prompt: "yes", answer: "no"),
      EvaluationProblem(group: group, line: 3, defect: "\"answer\" is missing"),
    ]
    let set = ProblemSet(kind: .lastNumber, problems: problems)
    let plan = SampledPlan(
      model: "m", problems: set, samples: 1, iterations: 2, start: .zero, tokenLimit: 2)
    func table() throws -> SampledTable {
      let records = Mutex<[SampledRecord]>([])
      try SampledRun(plan: plan, set: set).run([0, 1], models: [try chain.evaluated()]) { record in
        records.withLock { $0.append(record) }
      }
      return SampledTable(plan, records: records.withLock { $0 })
    }
    let fine = try table()
    #expect(fine.diverged == 0 && fine.leftOut == 1 && fine.tally(of: group).problems == 1)
    chain.diverging[try #require(ids.last)] = 1
    let diverged = try table()
    #expect(diverged.diverged == 1 && diverged.leftOut == 1 && diverged.asked == 2)
    #expect(diverged.tally(of: group).problems == 0 && diverged.tally(of: group).random == nil)
  }

  @Test func copiesThatDoNotFitAreRefused() throws {
    let set = try Self.examples[0].set()
    let plan = try Self.examples[0].plan(8, set)
    let each = try Embedded.model().model
    func run(room: Int, batch: Int?) throws -> Bool {
      let run = SampledRun(plan: plan, set: set, room: room, batch: batch)
      let model = EvaluationModel(
        model: each, tokenizer: try Embedded.model().tokenizer, stops: [10],
        cost: try Embedded.model().cost)
      do {
        try run.run([0], models: [model]) { _ in }
        return true
      } catch let error as CopiesDoNotFit {
        #expect(error.room == room && error.each > 1000 && error.copies == batch ?? 1)
        return false
      }
    }
    #expect(try run(room: 1000, batch: nil) == false)
    #expect(try run(room: 400_000, batch: nil) == true)
    #expect(try run(room: 400_000, batch: 8) == false)
    #expect(try run(room: 1 << 30, batch: 8) == true)
  }
}
