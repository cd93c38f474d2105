import Checkpoints
import LatentModels
import ParallelScaling
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import Evaluation

/// Copies of problems that are scored, and searched for.
@Suite struct SampledJudgingTests {
  private static func reward() throws -> (any Judge, String) {
    let checkpoint = try Checkpoint.open(Fixtures.path("latentrm-tiny"))
    return (
      try TrainedJudge.open(checkpoint, packing: WeightPacking(team: .single)),
      SampledJudging.mark(of: checkpoint)
    )
  }

  private static let questions = SampledRunTests.Example(
    model: "coconut-tiny", kind: "noise", strength: 1)

  /// - Parameter beams: of a reward model; nil for none.
  private static func plan(
    _ samples: Int, _ set: ProblemSet, beams: SampledJudging.Beams? = nil
  ) throws -> SampledPlan {
    var plan = try questions.plan(samples, set)
    let (judge, mark) = try reward()
    plan.judging = SampledJudging(judge, weights: mark, beams: beams)
    plan.exit = try ExitPolicy(parsingScoped: "latent-diff=0.7")
    return plan
  }

  private static func sample(_ record: SampledRecord) throws -> SampledRecord.Sample {
    guard case .answered(let sample) = record.outcome else {
      throw ResultFailure(name: "", line: nil, problem: "\(record.outcome)")
    }
    return sample
  }

  /// What is chosen by scores follows from those in the record, and those are a judge's of the same copies.
  @Test func scoresAreInTheRecordAndChoose() throws {
    let set = try Self.questions.set()
    let plan = try Self.plan(8, set)
    let (judge, _) = try Self.reward()
    let model = try Embedded.model("coconut-tiny")
    for record in try SampledRunTests.records(plan, set, model: "coconut-tiny") {
      let sample = try Self.sample(record)
      let (reader, copies) = try plan.asked(record.number, set.problems[record.number], model)
      let done = try EnsembleRunner(model: model.model, plan: copies).run(Array(0..<8))
      let verdicts = try judge.verdicts(
        on: done.map { JudgedCopy($0, reader.rollout($0)) }, of: reader.ids,
        control: .uninterrupted)
      #expect(sample.scores == verdicts.map(\.score))
      #expect(sample.stepScores == verdicts.map(\.steps))
      #expect(sample.exits == done.map(\.exit) && Set(sample.exits).count > 1)
      #expect(Set(sample.scores).count == 8 && sample.stepScores.allSatisfy { $0.count == 5 })
      for (name, reduction) in [
        ("sum", ScoreReduction.sum), ("mean", .mean), ("last", .last), ("min", .min),
      ] {
        let choice = try #require(
          sample.choices.first { $0.aggregator == "best-of-n-\(name)" })
        let scores = try sample.stepScores.map { try #require(reduction.score($0)) }
        let right = try [1, 2, 4, 8].map { count in
          sample.answers[try #require(Aggregator.best(Array(scores.prefix(count))))]
            == sample.key
        }
        #expect(choice.rightOfFirst == right, "\(name)")
        #expect(choice.answer == sample.answers[try #require(Aggregator.best(scores))])
      }
      // As `muninn sample` with the seed of the problem draws it.
      let rollouts = zip(done, verdicts).map { reader.rollout($0).judged($1) }
      let lto = try #require(
        Aggregator.table(Aggregator.Options(seed: sample.seed)).first { $0.name == "lto" })
      #expect(
        sample.choices.first { $0.aggregator == "lto" }?.answer == lto.answer(of: rollouts))
      #expect(sample.choices.contains { $0.aggregator == "earliest-exit" })
      #expect(sample.beam == nil)
    }
  }

  /// Whatever the batch, the threads and the other problems; the search is that of the plan.
  @Test func scoresAndBeamsAreTheSameInAnyCompany() throws {
    let set = try Self.questions.set()
    let plan = try Self.plan(4, set, beams: .init(count: 2, ways: 3))
    let all = try SampledRunTests.records(plan, set, model: "coconut-tiny")
    #expect(all.count == 2)
    #expect(
      try SampledRunTests.records(plan, set, model: "coconut-tiny", threads: 2, batch: 3) == all)
    #expect(
      try SampledRunTests.records(plan, set, model: "coconut-tiny", numbers: [1]) == [all[1]])
    let model = try Embedded.model("coconut-tiny")
    let (judge, _) = try Self.reward()
    for record in all {
      let (reader, copies) = try plan.asked(record.number, set.problems[record.number], model)
      let search = try BeamSearch(
        EnsembleRunner(model: model.model, plan: copies), judge: judge, beams: 2, candidates: 3
      ).run()
      let beam = try #require(try Self.sample(record).beam)
      #expect(beam.answer == reader.rollout(search.copy).answer)
      #expect(beam.stepScores == search.scores && search.scores.count == 5)
      // Through its line and back, as in a file; a beam that was not right is not made so.
      let line = record.line(file: "f")
      let run = SampledRun(plan: plan, set: set)
      #expect(run.record(Array(line.utf8), file: "f") == record)
    }
    let tally = SampledTable(plan, records: all).tally(of: set.problems[0].group)
    #expect(tally.searched == 2 && tally.beam != nil)
    let report = SampledReport(SampledTable(plan, records: all)).lines
    #expect(report[0].hasSuffix("r = 5, judged by latentrm-tiny, beam 2 × 3"))
    #expect(report.contains { $0.contains("  beam  ") })
    // Nobody searched: nothing is said of it.
    let without = try Self.plan(4, set)
    let table = SampledTable(
      without, records: try SampledRunTests.records(without, set, model: "coconut-tiny"))
    #expect(table.tally(of: set.problems[0].group).beam == nil)
    #expect(!SampledReport(table).lines.contains { $0.contains("  beam  ") })
    #expect(without.document.serialized() != plan.document.serialized())
  }

  /// Parts of a run put together are the whole, to the byte.
  @Test func shardsOfScoredCopiesAddUp() throws {
    let set = try Self.questions.set()
    let plan = try Self.plan(4, set, beams: .init(count: 1, ways: 2))
    let all = try SampledRunTests.records(plan, set, model: "coconut-tiny")
    func lines(_ table: SampledTable, _ shard: Shard) -> [[UInt8]] {
      var lines: [[UInt8]] = []
      SampledFile.write(table, shard: shard, problems: 2) { lines.append(Array($0.utf8)) }
      return lines
    }
    let whole = lines(SampledTable(plan, records: all), .whole)
    var merged = MergedSamples()
    for number in [1, 0] {
      let shard = try #require(Shard("\(number)/2"))
      var rest = lines(
        SampledTable(plan, records: all.filter { shard.contains($0.number) }), shard)[...]
      try merged.add(name: "part \(number)") { rest.popFirst() }
    }
    let (table, problems) = try merged.finish()
    #expect(problems == 2 && lines(table, .whole) == whole)
    #expect(String(decoding: whole[3], as: UTF8.self).contains("\"beam\":{\"right\":"))
    // Another judge is another plan.
    var other = plan
    other.judging = SampledJudging(PathJudge.named("entropy") ?? PathJudge.all[0])
    var rest = lines(SampledTable(other, records: []), try #require(Shard("0/2")))[...]
    var first = lines(SampledTable(plan, records: [all[1]]), try #require(Shard("1/2")))[...]
    var mixed = MergedSamples()
    try mixed.add(name: "a") { first.popFirst() }
    #expect(throws: ResultFailure.self) { try mixed.add(name: "b") { rest.popFirst() } }
  }

  /// Lines of before there were exits, scores and beams are read as they were.
  @Test func oldLinesAreRead() throws {
    let set = try Self.questions.set()
    let plan = try Self.questions.plan(2, set)
    let record = try SampledRunTests.records(plan, set, model: "coconut-tiny")[0]
    let members = record.members.filter { $0.name != "exit" }
    #expect(members.count == record.members.count - 1)
    let run = SampledRun(plan: plan, set: set)
    let old = Array(CheckedLine.seal(members, file: "f").utf8)
    #expect(run.record(old, file: "f") == record)
    // What cannot be is refused.
    for (name, value) in [
      ("exit", JSONValue.array([.integer(0), .null])), ("exit", .array([.null])),
      ("score", .array([.string("x"), .null])), ("step_scores", .array([.array([])])),
      ("beam", .object([JSONMember("correct", .bool(true))])),
    ] {
      let line = Array(
        CheckedLine.seal(members + [JSONMember(name, value)], file: "f").utf8)
      #expect(run.record(line, file: "f") == nil, "\(name)")
    }
  }

  /// Agreement among the first copies is of those alone.
  @Test func whatIsSaidOfCopiesBesideOthersIsSaidOfTheFirstAlone() throws {
    let answers = ["2", "1", "1", "2", "2", "1", "2", "2"]
    let judging = SampledJudging(try #require(PathJudge.named("agreement")))
    func sample(_ count: Int) throws -> SampledRecord.Sample {
      let rollouts = answers.prefix(count).enumerated().map {
        Rollout(copy: $0, answer: .text($1))
      }
      let firsts = try Coverage.counts(upTo: count).map {
        try judging.judged(rollouts.prefix($0).map { JudgedCopy($0) }, of: [], .uninterrupted)
      }
      return SampledRecord.Sample(
        key: .text("1"), seed: 1, firstSeed: nil, firsts: firsts, lost: 0, greedy: nil)
    }
    let all = try sample(8)
    let best = try #require(all.choices.first { $0.aggregator == "best-of-n-sum" })
    #expect(best.rightOfFirst == [false, false, false, false] && best.answer == .text("2"))
    #expect(all.scores[0] == 5.0 / 8 && all.scores[1] == 3.0 / 8)
    // Of one and of two the first wins its ties; of three the other.
    #expect(
      try sample(3).choices.first { $0.aggregator == "best-of-n-sum" }?.rightOfFirst
        == [false, false, true])
  }

  /// A prompt that is too long for the judge is left out, and the others go on; beams that do not fit are
  /// refused with the number.
  @Test func whatCannotBeJudgedIsSaid() throws {
    let group = ProblemGroup(task: ProblemFile.task)
    let long = String(repeating: "Tom has 3 apples. ", count: 40)
    let set = ProblemSet(
      kind: .lastNumber,
      problems: [long, "Two dozen eggs."].map {
        EvaluationProblem(group: group, prompt: $0, answer: "24")
      })
    let plan = try Self.plan(2, set, beams: .init(count: 64, ways: 8))
    let model = try Embedded.model("coconut-tiny")
    do {
      try SampledRun(plan: plan, set: set, room: 50_000_000).run([1], models: [model]) { _ in }
      Issue.record("512 candidates do not fit")
    } catch let error as CopiesDoNotFit {
      #expect(error.copies == 512 && error.areOfBeams && error.room == 50_000_000)
    }
    let small = try Self.plan(2, set, beams: .init(count: 1, ways: 2))
    let records = try SampledRunTests.records(small, set, model: "coconut-tiny")
    let reason = try #require(records[0].leftOut)
    #expect(reason.contains("tokens"), "\(reason)")
    #expect(records[1].leftOut == nil)
  }
}
