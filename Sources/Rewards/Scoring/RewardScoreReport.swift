import Evaluation
import ParallelScaling

/// How well a judge chooses, for people: the share of questions of which the rollout that it prefers is
/// right (recall@1), held against one drawn at random and the best that could be.
public struct RewardScoreReport {
  /// A way to choose, how often what it chooses is right, and 95 % intervals: Wilson's of a share of
  /// questions, that of `MeanInterval` for rollouts drawn at random.
  public struct Row: Sendable, Equatable {
    public let name: String
    public let recall: Double
    public let interval: ClosedRange<Double>
  }

  public let rows: [Row]
  private let data: RewardData

  public init(_ scores: RewardScores) {
    data = scores.data
    var rows: [Row] = []
    for reduction in ScoreReduction.allCases {
      rows += Self.row(reduction.rawValue, scores.chosenIsRight(by: reduction.score))
    }
    for step in 0..<data.steps {
      rows += Self.row(
        "step \(step + 1) alone",
        scores.chosenIsRight { $0.indices.contains(step) ? $0[step] : nil })
    }
    let shares = data.questions.map { question in
      Double(question.correct.filter { $0 }.count) / Double(question.correct.count)
    }
    if let mean = MeanInterval(shares.map { (value: $0, count: 1) }) {
      rows.append(Row(name: "random", recall: mean.mean, interval: mean.lower...mean.upper))
    }
    rows += Self.row("best possible", data.questions.map { $0.correct.contains(true) })
    self.rows = rows
  }

  private static func row(_ name: String, _ right: [Bool]) -> [Row] {
    let hits = right.filter { $0 }.count
    return ShareInterval(hits: hits, of: right.count).map {
      [Row(name: name, recall: $0.share, interval: $0.lower...$0.upper)]
    } ?? []
  }

  public var lines: [String] {
    let right = data.questions.flatMap(\.correct).filter { $0 }.count
    let all = data.questions.count * data.rollouts
    return [
      "\(RewardWords.count(data.questions.count, "question")), \(data.rollouts) rollouts each, "
        + "\(right) of \(all) right, \(RewardWords.count(data.steps, "step"))", "",
      Self.line("chosen by", "recall@1", "95 %"),
    ]
      + rows.map {
        Self.line($0.name, TableText.share($0.recall), TableText.interval($0.interval))
      }
  }

  private static func line(_ name: String, _ recall: String, _ interval: String) -> String {
    name.padding(toLength: max(17, name.count), withPad: " ", startingAt: 0)
      + TableText.cell(recall, 10) + TableText.cell(interval, 13)
  }
}
