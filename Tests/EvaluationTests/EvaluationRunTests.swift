import Generation
import LatentModels
import Tasks
import Tensors
import Testing
import Trajectories

@testable import Evaluation

@Suite struct EvaluationRunTests {
  @Test func depthBuysAccuracyAndAStartDoesNotMatter() throws {
    let starts = [
      Embedded.start, .seed(1), .zero, .seed(0, scale: 4),
    ]
    let table = try Embedded.table(
      try Embedded.problems("arith", [1, 8], count: 24), iterations: [1, 4, 32], starts: starts)
    let easy = table.curve(of: table.groups[0]).map(\.tally)
    let hard = table.curve(of: table.groups[1]).map(\.tally)
    #expect(easy.map(\.accuracy) == [1, 1, 1])
    #expect((hard[0].accuracy ?? 1) < 0.5)
    #expect(hard[2].accuracy == 1)
    #expect(hard[2].agreement == 1 && hard[2].right == [24, 24, 24, 24])
    #expect((hard[0].agreement ?? 1) < 1)
    #expect((hard[0].entropyInNats ?? 0) > 2 && (hard[2].entropyInNats ?? 1) < 0.2)
    #expect(hard.map(\.iterationsPerToken) == [1, 4, 32])
  }

  /// The rule that looks at the last position leaves before the answer has arrived there; the same
  /// rule over all positions does not.
  @Test func theLastPositionLeavesTooEarly() throws {
    let rule = try #require(ExitRule.named("kl"))
    let exits = [ExitRule.Scope.last, .all].map {
      ExitChoice(rule, scope: $0, threshold: 5e-4)
    }
    let problems = try Embedded.problems("swap", [9], count: 24)
    let table = try Embedded.table(problems, iterations: [8, 40], exits: exits)
    let rows = table.rows(of: table.groups[0])
    let (last, all) = (rows[2].tally, rows[3].tally)
    #expect((last.accuracy ?? 1) < 0.7 && (last.iterationsPerToken ?? 9) < 6)
    #expect(all.accuracy == 1)
    #expect((8...20).contains(all.iterationsPerToken ?? 0))
    #expect(last.flops < all.flops)
    // Keeping a trajectory for the rules changes nothing of what is read.
    let plain = try Embedded.table(problems, iterations: [8, 40])
    #expect(plain.rows(of: plain.groups[0]).map(\.tally.right) == rows.prefix(2).map(\.tally.right))
  }

  /// An answer of several tokens counts as right when, and only when, the generator writes it.
  @Test(arguments: [1, 8]) func answersAreWhatIsWritten(_ iterations: Int) throws {
    let problems =
      try Embedded.problems("add", [4], count: 12)
      + Embedded.problems(
        "swap", [4], form: .verbal, count: 12)
    let model = try Embedded.model()
    let generating = model.model
    let set = ProblemSet(kind: .exact, problems: problems)
    // From zeros, so that both start every token in the same place.
    let plan = EvaluationPlan(
      model: "m", problems: set, iterations: [iterations],
      starts: [.zero], exits: [])
    let runner = AnswerRunner(model: model, plan: plan, control: .uninterrupted)
    var written = 0
    for (number, problem) in problems.enumerated() {
      let record = try runner.run(problem, number: number)
      var generator = try Generator(
        model: generating,
        prompt: try model.encode(prompt: problem.prompt, answer: problem.answer).prompt,
        options: GenerationOptions(
          iterations: .fixed(iterations), start: .zero, cache: try CacheStrategy(parsing: "full")))
      let answer = try model.encode(prompt: problem.prompt, answer: problem.answer).answer
      let ids = try answer.map { _ in try generator.next().id }
      let isRight = ids == answer
      #expect(record.right == [isRight ? 1 : 0], "\(problem.prompt)")
      written += isRight ? 1 : 0
    }
    // At one iteration some are wrong, at eight most are right: both sides are tested.
    #expect(iterations == 1 ? written < problems.count : written > problems.count / 2)
  }

  @Test func threadsChangeNothing() throws {
    let problems = try Embedded.problems("parity", [3, 9], count: 10)
    let one = try Embedded.table(problems, iterations: [1, 6], threads: 1)
    let three = try Embedded.table(problems, iterations: [1, 6], threads: 3)
    #expect(one == three)
  }

  @Test func shardsAddUpToTheWhole() throws {
    let rule = try #require(ExitRule.named("argmax-stability"))
    let exits = [ExitChoice(rule, scope: .last, threshold: 3)]
    // Seven problems a level: no shard has as many of each as another.
    let problems = try Embedded.problems("add", [2, 3], count: 7)
    func table(_ shard: Shard) throws -> ResultTable {
      try Embedded.table(problems, iterations: [1, 5], exits: exits, shard: shard)
    }
    func lines(_ table: ResultTable, _ shard: Shard) -> [String] {
      Array(ResultFiles.lines(of: table, shard: shard))
    }
    let whole = try table(.whole)
    var merged = MergedTables()
    for index in [3, 1, 2] {
      let shard = try #require(Shard("\(index)/3"))
      let part = lines(try table(shard), shard).map { Array($0.utf8) }
      try merged.add(part, name: "part\(index)")
      if index == 3 {
        #expect(throws: ResultFailure.self) { try merged.finish() }
        var again = merged
        #expect(throws: ResultFailure.self) { try again.add(part, name: "again") }
      }
    }
    #expect(lines(try merged.finish(), .whole) == lines(whole, .whole))
    var other = merged
    let foreign = try Embedded.table(problems, iterations: [1, 6], exits: exits)
    #expect(throws: ResultFailure.self) {
      try other.add(lines(foreign, .whole).map { Array($0.utf8) }, name: "foreign")
    }
  }

  @Test func questionsAreAnsweredInWriting() throws {
    let group = ProblemGroup(task: "problems")
    let set = ProblemSet(
      kind: .lastNumber,
      problems: [("37+85=", "122"), ("876+345=", "1221"), ("37+85=", "123")].map {
        EvaluationProblem(group: group, prompt: $0.0, answer: $0.1)
      })
    let rule = try #require(ExitRule.named("argmax-stability"))
    let plan = EvaluationPlan(
      model: "m", problems: set, iterations: [1, 8], starts: [Embedded.start],
      exits: [ExitChoice(rule, scope: .all)], tokenLimit: 8)
    let model = try Embedded.model()
    let runner = TextRunner(model: model, plan: plan, control: .uninterrupted)
    let records = try set.problems.enumerated().map { try runner.run($1, number: $0) }
    #expect(records.map { $0.right[1] } == [1, 1, 0])
    // Three or four digits and the line's end.
    #expect(records.map { $0.tokens[1] } == [4, 5, 4])
    #expect(records.map { $0.exits[0].right } == [1, 1, 0])
    let (fixed, left) = (records[0].tokens[1] * 8, records[0].exits[0].iterations)
    #expect(left > 0 && left <= fixed)
  }

  /// A problem that is too long is counted apart, and the others are worked on.
  @Test func whatCannotBeAskedIsLeftOut() throws {
    let group = ProblemGroup(task: "problems")
    let problems = [
      EvaluationProblem(group: group, prompt: "3+4?", answer: "7"),
      EvaluationProblem(group: group, prompt: String(repeating: "1", count: 400), answer: "1"),
      EvaluationProblem(group: group, line: 3, defect: "\"answer\" is missing"),
    ]
    let table = try Embedded.table(problems, iterations: [1, 8])
    for row in table.rows {
      #expect(row.tally.problems == 1 && row.tally.leftOut == 2 && row.tally.accuracy == 1)
    }
    #expect(table.asked == 3 && table.leftOut == 2 && table.diverged == 0)
  }
}
