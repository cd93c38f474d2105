import Checkpoints
import LatentModels
import Tensors
import TestSupport
import Testing

@testable import ParallelScaling

/// What follows from answers and scores alone; the reference's cases are in the verifier's tests.
@Suite struct AggregatorTests {
  private func rollouts(_ answers: [Double?], _ scores: [[Double]] = []) -> [Rollout] {
    answers.enumerated().map { copy, answer in
      Rollout(
        copy: copy, answer: answer.map { .number($0) },
        stepScores: scores.isEmpty ? [] : scores[copy])
    }
  }

  @Test func aggregatorsChooseByName() throws {
    let copies = rollouts([3, nil, 4, 4, nil, nil], [[9], [8], [1, 2], [2, 1], [0], [0]])
    func chosen(_ name: String) throws -> Rollout.Answer? {
      try #require(Aggregator.named(name)).answer(of: copies)
    }
    #expect(try chosen("majority") == .number(4))
    #expect(try chosen("majority-released") == nil)
    #expect(try chosen("best-of-n-sum") == .number(3))
    #expect(try chosen("weighted") == .number(3))
    #expect(Aggregator.all.allSatisfy { $0.answer(of: []) == nil })
    let names = Aggregator.all.map(\.name)
    #expect(Set(names).count == names.count)
  }

  @Test func whatIsNotKnownCannotChoose() throws {
    let copies = rollouts([3, 4])
    for name in ["weighted", "best-of-n-last", "lowest-residual", "lowest-entropy"] {
      #expect(!(try #require(Aggregator.named(name)).canChoose(copies)), "\(name)")
    }
  }

  @Test func coverageIsUnbiased() {
    // Against all ways to choose, counted out.
    for n in 1...7 {
      for c in 0...n {
        for k in 1...n {
          let subsets = (0..<1 << n).filter { $0.nonzeroBitCount == k }
          let hits = subsets.filter { $0 & (1 << c - 1) != 0 }.count
          let expected = Double(hits) / Double(subsets.count)
          #expect(abs(Coverage.passAtK(copies: n, right: c, k: k) - expected) < 1e-12)
        }
      }
    }
    #expect(Coverage.counts(upTo: 12) == [1, 2, 4, 8, 12] && Coverage.counts(upTo: 1) == [1])
  }

  /// Where |p − share| = z·√(p(1 − p)/n), found by bisection elsewhere.
  @Test(arguments: [
    (8, 10, 0.4901624715, 0.9433178485), (0, 20, 0, 0.1611251581), (100, 100, 0.9630065017, 1),
    (50, 100, 0.4038315303, 0.5961684697),
  ]) func intervalIsWilsons(_ hits: Int, _ count: Int, _ low: Double, _ high: Double) throws {
    let interval = try #require(ShareInterval(hits: hits, of: count))
    #expect(abs(interval.lower - low) < 1e-8, "\(interval)")
    #expect(abs(interval.upper - high) < 1e-8, "\(interval)")
    #expect(ShareInterval(hits: 0, of: 0) == nil)
  }

  /// Of shares it is Agresti and Coull's, of 8 in 10 as tables have it; it holds the mean, has a width
  /// where all come to the same, and is the normal one where there are many problems.
  @Test func theIntervalOfAMeanTakesProblemsAsTheUnit() throws {
    let shares = try #require(MeanInterval([(0, 2), (1, 8)]))
    #expect(shares.mean == 0.8)
    #expect(abs(shares.lower - 0.47937) < 1e-4 && abs(shares.upper - 0.95411) < 1e-4, "\(shares)")
    let same = try #require(MeanInterval([(1, 20)]))
    #expect(same.mean == 1 && same.upper == 1 && same.lower > 0.7 && same.lower < 0.95)
    #expect(MeanInterval([(0.5, 0)]) == nil)
    let many = try #require(MeanInterval([(0.25, 50_000), (0.5, 50_000)]))
    let normal = 1.96 * 0.125 / 100_000.0.squareRoot()
    #expect(abs(many.upper - many.mean - normal) < 1e-4)
    #expect(abs(many.mean - many.lower - normal) < 1e-4)
    var dice = Dice(seed: 3)
    for _ in 0..<200 {
      let values = (0..<1 + dice.below(5)).map { _ in
        (value: Double(dice.below(11)) / 10, count: 1 + dice.below(3))
      }
      let interval = try #require(MeanInterval(values))
      #expect(interval.lower <= interval.mean && interval.mean <= interval.upper, "\(values)")
      #expect(interval.lower < interval.upper)
    }
  }

  /// Words stand where numbers would, and are what is read where the right answer is one.
  @Test func wordsAreReadWhereTheAnswerIsOne() throws {
    #expect(AnswerReading.text.answer(in: "so ### left \n", .coconut) == .text("left"))
    #expect(AnswerReading.text.answer(in: "The answer is: left", .codi) == .text("left"))
    #expect(AnswerReading.text.answer(in: " left ") == .text("left"))
    let coconut = try ModelPlan(try Checkpoint.open(Fixtures.path("coconut-tiny"))).facts
    #expect(AnswerReading.usual(of: coconut) == .number)
    #expect(AnswerReading.usual(of: coconut, expecting: "-3.5") == .number)
    #expect(AnswerReading.usual(of: coconut, expecting: "left") == .text)
    let plain = try ModelPlan(try Checkpoint.open(Fixtures.path("parcae-tiny"))).facts
    #expect(AnswerReading.usual(of: plain, expecting: "3") == .text)
    #expect("\(Rollout.Answer.number(1e300))" == "1e+300")
    #expect("\(Rollout.Answer.number(18))" == "18" && "\(Rollout.Answer.number(-0.5))" == "-0.5")
  }

  /// Four hundred digits are no number that can be held: no answer, and nothing that falls over.
  @Test func numbersThatAreTooLargeAreNoAnswers() {
    let digits = String(repeating: "9", count: 400)
    #expect(AnswerReading.number.answer(in: "it is \(digits)", .codi) == nil)
  }

  @Test func spreadKnowsDriftFromFirework() throws {
    let copies = Matrix(rows: 4, columns: 3, values: [1, 0, 0, -1, 0, 0, 0, 1, 0, 0, -1, 0])
    let scattered = try #require(CopySpread(copies, plain: [0, 0, 0][...]))
    #expect(scattered.drift == 0 && scattered.driftRatio == 0)
    #expect(abs(scattered.dispersion - 1) < 1e-12)
    #expect(abs(try #require(scattered.participationRatio) - 2) < 1e-9)
    let away = Matrix(rows: 2, columns: 3, values: [0, 0, 5, 0, 0, 5])
    let drifted = try #require(CopySpread(away, plain: [0, 0, 0][...]))
    #expect(drifted.driftRatio == 1 && drifted.participationRatio == nil)
    #expect(CopySpread(Matrix(rows: 1, columns: 3, values: [1, 2, 3])) == nil)
  }

  /// Sums alone say what the states together say; a copy that is not finite counts only where it is.
  @Test func runningSpreadIsThatOfAllStates() throws {
    let plain: [Float] = [3, -1, 100]
    let paths: [[Float]] = [[3.5, -1, 101], [2, 0.5, 100.5], [4, 4, 99], [3, -2, 100]]
    var running = RunningSpread(plain: [plain, plain])
    #expect(running.moment(0) == nil)
    for path in paths { running.add([path, path]) }
    running.add([plain, [.nan, 0, 0]])
    let moment = try #require(running.moment(1))
    let whole = try #require(
      CopySpread(Matrix(rows: 4, columns: 3, values: paths.flatMap(\.self)), plain: plain[...]))
    #expect(moment.count == 4 && running.moment(0)?.count == 5)
    #expect(abs(moment.drift - (try #require(whole.drift))) < 1e-9)
    #expect(abs(moment.dispersion - whole.dispersion) < 1e-9)
    #expect(abs(try #require(moment.driftRatio) - (try #require(whole.driftRatio))) < 1e-9)
    #expect(moment.driftRatioOfNoise == 1.0 / 3)
    #expect(abs(moment.size - 10_010.0.squareRoot()) < 1e-9)
  }
}
