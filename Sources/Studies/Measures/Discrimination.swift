import ParallelScaling

/// How well the scores of a judge tell right copies from wrong ones of the same question, on questions that
/// have both.
public struct Discrimination: Sendable {
  public let judge: String
  /// The chance that a right copy has a higher score than a wrong one, equal ones counting half (area under
  /// the curve), of every question that has both in some draw.
  public let area: [Double]
  /// Whether the copy of the highest score is right, of equal ones the share that is: recall@1.
  public let recall: [Double]

  /// Of every judge, trained or not.
  public static func all(_ sample: StudySample) -> [Discrimination] {
    var found = sample.judges.indices.map { index in
      Discrimination(sample.judges[index], sample) { copies in
        copies.stepScores[index].map { ScoreReduction.sum.score($0) }
      }
    }
    found += StudyWork.pathJudges.indices.map { index in
      Discrimination(StudyWork.pathJudges[index].name, sample) { $0.pathScores[index] }
    }
    found.append(
      Discrimination(PathJudge.agreement.name, sample) { copies in
        PathJudge.agreement.verdicts(
          on: StudySample.rollouts(copies).map(JudgedCopy.init)
        ).map(\.score)
      })
    return found
  }

  /// The share of right copies, of every question that has both: recall@1 of one at random.
  public static func random(_ sample: StudySample) -> [Double] {
    Discrimination("random", sample) { $0.answers.map { _ in 0 } }.recall
  }

  private init(
    _ judge: String, _ sample: StudySample, _ scores: (StudyRecord.Copies) -> [Double?]
  ) {
    self.judge = judge
    var (areas, recalls): ([Double], [Double]) = ([], [])
    for question in 0..<sample.questions {
      var (area, recall, draws) = (0.0, 0.0, 0.0)
      for draw in sample.draws {
        let copies = draw[question]
        let scored = zip(copies.isRight, scores(copies)).map { ($0, $1 ?? -.infinity) }
        guard let own = Self.measure(scored) else { continue }
        area += own.area
        recall += own.recall
        draws += 1
      }
      guard draws > 0 else { continue }
      areas.append(area / draws)
      recalls.append(recall / draws)
    }
    (self.area, self.recall) = (areas, recalls)
  }

  /// nil where all are right, or none is.
  static func measure(_ copies: [(isRight: Bool, score: Double)]) -> (area: Double, recall: Double)?
  {
    let right = copies.filter(\.isRight).map(\.score)
    let wrong = copies.filter { !$0.isRight }.map(\.score)
    guard let best = copies.map(\.score).max(), !right.isEmpty, !wrong.isEmpty else { return nil }
    var wins = 0.0
    for score in right {
      for other in wrong { wins += score > other ? 1 : score == other ? 0.5 : 0 }
    }
    let first = copies.filter { $0.score == best }
    return (
      wins / Double(right.count * wrong.count),
      Double(first.count { $0.isRight }) / Double(first.count)
    )
  }
}
