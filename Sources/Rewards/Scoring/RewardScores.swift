import LatentModels
import ParallelScaling
import Tensors

/// What a judge says of every step of every rollout of a file.
public struct RewardScores: Sendable {
  public let data: RewardData
  /// Of every question; none of a rollout of which some score is not finite.
  // [questions][rollouts][steps]
  public let steps: [[[Double]]]

  /// - Parameter steps: of every rollout of every question.
  /// - Precondition: as many as there are.
  public init(_ data: RewardData, steps: [[[Double]]]) {
    precondition(
      steps.count == data.questions.count && steps.allSatisfy { $0.count == data.rollouts },
      "scores of every rollout")
    (self.data, self.steps) = (data, steps)
  }

  /// Asks a judge.
  /// - Parameter progress: told how many questions are done.
  /// - Throws: `JudgeError` where it cannot read these steps, `CancellationRequested`.
  public init(
    _ data: RewardData, by judge: any StepJudge, control: StepControl = .uninterrupted,
    progress: (Int) -> Void = { _ in }
  ) throws {
    guard judge.width == data.width else {
      throw JudgeError.width(judge: judge.width, model: data.width)
    }
    var steps: [[[Double]]] = []
    for number in data.questions.indices {
      steps.append(try Self.scores(data, number, judge, control))
      progress(number + 1)
    }
    self.init(data, steps: steps)
  }

  /// Of a question.  // [rollouts][steps]
  private static func scores(
    _ data: RewardData, _ question: Int, _ judge: any StepJudge, _ control: StepControl
  ) throws -> [[Double]] {
    let prompt = try judge.begin(data.questions[question].ids, control: control)
    var scores: [[Double]] = []
    for first in stride(from: 0, to: data.rollouts, by: sideBySide) {
      let some = first..<min(data.rollouts, first + sideBySide)
      var ways = prompt.selecting(some.map { _ in 0 })
      var own = some.map { _ in [Double]() }
      for step in 0..<data.steps {
        let rows = Matrix(
          rows: some.count, columns: data.width,
          values: some.flatMap { data.state(question, $0, step) })
        for (way, score) in try ways.next(rows, control: control).enumerated() {
          own[way].append(score)
        }
      }
      scores += own.map { Verdict(steps: $0).steps }
    }
    return scores
  }

  /// Rollouts that are judged at once, so that memory does not grow with their number.
  private static let sideBySide = 64

  /// Whether the rollout that a score prefers is right, of every question; of equal ones it is the first.
  /// One that has no score is not preferred.
  /// - Parameter score: of the scores of a rollout's steps.
  public func chosenIsRight(by score: ([Double]) -> Double?) -> [Bool] {
    zip(data.questions, steps).map { question, rollouts in
      var best: (rollout: Int, score: Double)?
      for (rollout, steps) in rollouts.enumerated() {
        if let score = score(steps), score > best?.score ?? -.infinity {
          best = (rollout, score)
        }
      }
      return best.map { question.correct[$0.rollout] } ?? false
    }
  }
}
