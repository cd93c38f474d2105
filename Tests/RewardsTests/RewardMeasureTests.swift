import Foundation
import Testing
import Training

@testable import Rewards

@Suite struct RewardMeasureTests {
  private static func question(_ labels: [Float], _ correct: [Bool]) -> RewardData.Question {
    .init(ids: [1], states: labels, labels: labels, correct: correct)
  }

  /// Two questions, three rollouts, one step; scores of the first are equal at the top.
  @Test func recallIsOfTheHighestScore() {
    let questions = [
      Self.question([1, 0, 0.5], [true, false, false]),
      Self.question([0, 0.25, 1], [false, false, true]),
    ]
    let scores = StepTable(questions: 2, candidates: 3, steps: 1, values: [2, 2, 1, -1, 3, 0])
    let measures = RewardMeasures(scores, of: questions, objective: .contrastive)
    #expect(measures.recall == 0.25 && abs(measures.random - 1.0 / 3) < 1e-12)
    let right = StepTable(questions: 2, candidates: 3, steps: 1, values: [2, 1, 1, -1, 0, 3])
    #expect(RewardMeasures(right, of: questions, objective: .bce).recall == 1)
  }

  @Test func sumsAreOfWhatTheLossMeans() {
    // By the sum the first is better, by the logarithms of chances the second.
    let questions = [Self.question([0, 0, 1, 1], [true, false])]
    let scores = StepTable(questions: 1, candidates: 2, steps: 2, values: [9, -3, 1, 1])
    #expect(RewardMeasures(scores, of: questions, objective: .best).recall == 1)
    #expect(RewardMeasures(scores, of: questions, objective: .bce).recall == 0)
  }

  @Test func calibrationIsOfBins() {
    func logit(_ chance: Double) -> Double { log(chance / (1 - chance)) }
    // Of two in one bin the mean counts.
    let error = Calibration.error(
      [logit(0.81), logit(0.85), logit(0.1)], labels: [1, 0.6, 0.4])
    #expect(abs(error - (abs(1.66 - 1.6) + 0.3) / 3) < 1e-9)
    #expect(Calibration.error([800, -800], labels: [1, 0]) == 0)
    #expect(Calibration.error([], labels: []) == 0)
  }

  /// Scores that are all too high by one number are as good as right.
  @Test func aShiftFitsTheMean() {
    let scores = [-1.0, 0.3, 2.5]
    let labels = scores.map { 1 / (1 + exp(-$0)) }
    let shift = Calibration.shift(scores.map { $0 + 7 }, labels: labels)
    #expect(abs(shift + 7) < 1e-9)
    let questions = [
      RewardData.Question(
        ids: [1], states: [0, 0, 0], labels: labels.map { Float($0) },
        correct: [true, false, true])
    ]
    let table = StepTable(
      questions: 1, candidates: 3, steps: 1, values: scores.map { $0 + 7 })
    #expect(RewardMeasures(table, of: questions, objective: .contrastive).calibration < 1e-6)
    #expect(RewardMeasures(table, of: questions, objective: .bce).calibration > 0.3)
  }
}

@Suite struct RewardSplitTests {
  /// A prompt that two files have is not learned from and measured on.
  @Test func promptsAreOnOneSide() throws {
    let data = SyntheticRollouts.data(questions: 30)
    let twice = RewardData(
      questions: data.questions + data.questions, rollouts: data.rollouts, steps: data.steps,
      width: data.width)
    let split = try #require(RewardSplit(twice, share: 0.2, seed: 4))
    #expect((split.training + split.validation).sorted() == Array(0..<60))
    #expect(split.validation.count == 12)
    let held = Set(split.validation.map { twice.questions[$0].ids })
    #expect(split.training.allSatisfy { !held.contains(twice.questions[$0].ids) })
    #expect(RewardSplit(twice, share: 0.2, seed: 5) != split)
    #expect(RewardSplit(data.selecting([0]), share: 0.2, seed: 1) == nil)
    #expect(RewardSplit(data.selecting([0, 1]), share: 0.9, seed: 1) == nil)
  }

  @Test func epochsHaveOrdersOfTheirOwn() throws {
    let split = try #require(
      RewardSplit(SyntheticRollouts.data(questions: 30), share: 0.2, seed: 4))
    let (first, second) = (split.order(epoch: 1, seed: 4), split.order(epoch: 2, seed: 4))
    #expect(first != second && first.sorted() == split.training)
    #expect(second.sorted() == split.training)
    #expect(split.order(epoch: 1, seed: 4) == first && split.order(epoch: 1, seed: 5) != first)
  }
}
