import Checkpoints
import LatentModels
import ParallelScaling
import Tensors
import TestSupport
import Testing

@testable import Rewards

/// A judge held against rollouts.
@Suite struct RewardScoresTests {
  private func data(width: Int, rollouts: Int, ids: [Int] = [5, 6, 7]) -> RewardData {
    RewardData(
      questions: (0..<3).map { question in
        RewardData.Question(
          ids: ids + [question],
          states: (0..<rollouts * 2 * width).map { Float($0 % 7 + question) },
          labels: .init(repeating: 0.5, count: rollouts * 2),
          correct: (0..<rollouts).map { $0 == question })
      }, rollouts: rollouts, steps: 2, width: width)
  }

  private func judge() throws -> LatentRewardJudge {
    LatentRewardJudge(
      try LatentReward(
        Checkpoint.open(Fixtures.path("latentrm-tiny")), packing: WeightPacking(team: .single)),
      name: "j")
  }

  /// Rollouts that are judged beside many others have the scores they have alone.
  @Test func scoresAreThoseOfEveryRolloutAlone() throws {
    let judge = try judge()
    let data = data(width: judge.width, rollouts: 70)
    let scores = try RewardScores(data, by: judge)
    for (question, rollout) in [(0, 0), (1, 63), (2, 64), (2, 69)] {
      var way = try judge.begin(data.questions[question].ids, control: .uninterrupted)
      for step in 0..<2 {
        let row = Matrix(
          rows: 1, columns: data.width, values: Array(data.state(question, rollout, step)))
        let score = try way.next(row, control: .uninterrupted)
        #expect(scores.steps[question][rollout][step] == score[0])
      }
    }
    #expect(Set(scores.steps.joined().joined()).count > 10)
  }

  @Test func choicesAreCounted() throws {
    // Right are 0, 1 and 2; the sum prefers 0, 0 (the first of equal ones) and 2, the last step 1, 1, 2.
    let steps: [[[Double]]] = [
      [[3, 0], [0, 1], [0, -1]], [[2, 0], [1, 1], [0, 0]], [[0, 0], [], [0, 2]],
    ]
    let scores = RewardScores(data(width: 2, rollouts: 3), steps: steps)
    #expect(scores.chosenIsRight(by: ScoreReduction.sum.score) == [true, false, true])
    #expect(scores.chosenIsRight(by: ScoreReduction.last.score) == [false, true, true])
    #expect(scores.chosenIsRight { _ in nil } == [false, false, false])
    let report = RewardScoreReport(scores)
    func recall(_ name: String) -> Double? { report.rows.first { $0.name == name }?.recall }
    #expect(recall("sum") == 2.0 / 3 && recall("best possible") == 1)
    #expect(recall("step 1 alone") == 1.0 / 3 && recall("step 2 alone") == 2.0 / 3)
    #expect(recall("step 3 alone") == nil)
    #expect(abs(try #require(recall("random")) - 1.0 / 3) < 1e-12)
    for row in report.rows { #expect(row.interval.contains(row.recall), "\(row)") }
    #expect(report.lines[0] == "3 questions, 3 rollouts each, 3 of 9 right, 2 steps")
    #expect(report.lines[3] == "sum                    0.67    0.21–0.94")
  }

  @Test func stepsThatAJudgeCannotReadAreRefused() throws {
    let judge = try judge()
    #expect(throws: JudgeError.width(judge: judge.width, model: 3)) {
      try RewardScores(data(width: 3, rollouts: 2), by: judge)
    }
    #expect(throws: JudgeError.self) {
      try RewardScores(
        data(width: judge.width, rollouts: 2, ids: [1 << 30]), by: judge)
    }
  }
}
