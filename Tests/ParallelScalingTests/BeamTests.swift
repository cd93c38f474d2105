import LatentModels
import Tensors
import Testing

@testable import ParallelScaling

/// Beams that a judge keeps.
@Suite struct BeamTests {
  private static let kinds: [[(String, Float)]] = [
    [("noise", 0.5)], [("relative-noise", 0.5)], [("dropout-both", 0.3)],
    [("noise", 0.5), ("dropout", 0.3)],
  ]

  @Test(arguments: kinds.indices) func scoresAreThoseOfTheWayThatWasKept(index: Int) throws {
    let runner = try JudgeTests.runner(Self.kinds[index])
    let judge = try JudgeTests.reward()
    let search = try BeamSearch(runner, judge: judge, beams: 2, candidates: 3)
    let result = try search.run()
    #expect(result.copy.thoughts.count == 4 && result.copy.path.count == 5)
    // What the judge says of the best way when it is shown the whole.
    let copy = JudgedCopy(result.copy, Rollout(copy: 0, answer: nil))
    #expect(try judge.verdicts(on: [copy], of: JudgeTests.ids)[0].steps == result.scores)
    #expect(result.scores.reduce(0, +) == result.steps[3].totals[result.steps[3].kept[0]])
    var totals = [0.0]
    for (number, step) in result.steps.enumerated() {
      #expect(step.scores.count == (number == 0 ? 3 : 6))
      #expect(Set(step.scores).count == step.scores.count, "candidates differ")
      for (place, total) in step.totals.enumerated() {
        #expect(total == totals[place / 3] + step.scores[place])
      }
      let order = step.totals.indices.sorted { step.totals[$0] > step.totals[$1] }
      #expect(step.kept == Array(order.prefix(2)))
      totals = step.kept.map { step.totals[$0] }
    }
    // The same again, and on two threads.
    let again = try BeamSearch(
      runner, judge: try JudgeTests.reward(threads: 2), beams: 2, candidates: 3
    ).run()
    #expect(again.steps == result.steps && again.copy.written == result.copy.written)
  }

  /// Beside a search that forks, runs every candidate and judges whole ways.
  @Test func theSearchIsTheObviousOne() throws {
    let runner = try JudgeTests.runner([("noise", 0.5)])
    let judge = try JudgeTests.reward()
    let result = try BeamSearch(runner, judge: judge, beams: 2, candidates: 3).run()
    var beams = try runner.begin([0])
    var totals = [0.0]
    for step in 0..<4 {
      var pool = beams.selecting(beams.lanes.flatMap { [$0, $0, $0] })
      pool.numbers = Array(pool.lanes)
      try runner.advance(&pool)
      let verdicts = try judge.verdicts(
        on: pool.copies.map { JudgedCopy($0, Rollout(copy: 0, answer: nil)) }, of: JudgeTests.ids)
      #expect(verdicts.compactMap(\.steps.last) == result.steps[step].scores)
      totals = verdicts.enumerated().map { totals[$0.offset / 3] + ($0.element.steps.last ?? 0) }
      let kept = Array(totals.indices.sorted { totals[$0] > totals[$1] }.prefix(2))
      #expect(kept == result.steps[step].kept)
      (beams, totals) = (pool.selecting(kept), kept.map { totals[$0] })
    }
    let best = try runner.finish(beams.selecting([0]))[0]
    #expect(best.path == result.copy.path && best.thoughts == result.copy.thoughts)
    #expect(best.written == result.copy.written && !best.written.isEmpty)
  }

  @Test(arguments: ["noise", "dropout-both"]) func oneBeamOfOneWayIsTheFirstCopy(kind: String)
    throws
  {
    let runner = try JudgeTests.runner([(kind, 0.3)])
    let result = try BeamSearch(
      runner, judge: try JudgeTests.reward(), beams: 1, candidates: 1
    ).run()
    let copy = try runner.run([0])[0]
    #expect(result.copy.thoughts == copy.thoughts && result.copy.path == copy.path)
    #expect(result.copy.written == copy.written && result.steps.allSatisfy { $0.kept == [0] })
  }

  /// Prefers states far from the origin, of models that think without thoughts.
  private struct Sizes: StepJudge, JudgedWays {
    let width = 0
    let name = "sizes"
    let explanation = "of a test"
    func check(_ facts: ModelFacts) throws(JudgeError) {}
    func begin(_ ids: [Int], control: StepControl) throws -> any JudgedWays { self }
    func selecting(_ ways: [Int]) -> Sizes { self }
    mutating func next(_ steps: Matrix, control: StepControl) throws -> [Double] {
      (0..<steps.rows).map { steps.row($0).reduce(0.0) { $0 + Double(abs($1)) } }
    }
  }

  @Test func statesAreJudgedWhereThereAreNoThoughts() throws {
    let runner = try JudgeTests.runner([("relative-noise", 0.3)], name: "")
    let result = try BeamSearch(runner, judge: Sizes(), beams: 2, candidates: 3).run()
    let sizes = result.copy.path.dropFirst().map { $0.reduce(0.0) { $0 + Double(abs($1)) } }
    #expect(result.scores == sizes && result.copy.path.count == 5 && !result.copy.written.isEmpty)
    #expect(result.steps.allSatisfy { Set($0.scores).count == $0.scores.count })
  }

  @Test func tiesAreWonByTheEarlierAndWhatIsNoNumberIsLast() {
    #expect(BeamSearch.best([1, 3, 3, 2], count: 2) == [1, 2])
    #expect(BeamSearch.best([.nan, -5, .nan, -7], count: 3) == [1, 3, 0])
    #expect(BeamSearch.best([2, 2], count: 4) == [0, 1])
  }

  @Test func aJudgeWithoutStepsKeepsNoBeams() throws {
    let runner = try JudgeTests.runner([("noise", 0.5)])
    #expect(throws: JudgeError.noSteps(judge: "entropy")) {
      _ = try BeamSearch(runner, judge: PathJudge.entropy, beams: 2, candidates: 2)
    }
    let codi = try JudgeTests.runner([("noise", 0.5)], name: "codi-tiny")
    #expect(throws: JudgeError.width(judge: 64, model: 32)) {
      _ = try BeamSearch(codi, judge: try JudgeTests.reward(), beams: 2, candidates: 2)
    }
  }
}
