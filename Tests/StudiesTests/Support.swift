import ParallelScaling
import Testing

@testable import Studies

/// Records that nobody had to run a model for.
enum Synthetic {
  /// Copies of a question whose right answer is `key`, with the scores of one judge a copy and step.
  static func copies(
    _ answers: [String?], key: String, greedy: String? = nil, scores: [[Double]]? = nil,
    entropies: [Double]? = nil
  ) -> StudyRecord.Copies {
    let path = StudyWork.pathJudges.map { judge -> [Double?] in
      judge.name == "entropy"
        ? (entropies ?? answers.map { _ in 1 }).map { -$0 } : answers.map { _ in nil }
    }
    return StudyRecord.Copies(
      key: .text(key), greedy: greedy.map { .text($0) },
      answers: answers.map { $0.map { .text($0) } }, pathScores: path,
      stepScores: [scores ?? answers.map { _ in [0] }],
      spreads: [
        StudyRecord.Spread(cosineDistance: 0.25, drift: 1, dispersion: 3, largestShare: nil)
      ], searched: [])
  }

  /// One draw of some questions.
  static func sample(_ questions: [StudyRecord.Copies], counts: [Int]) -> StudySample {
    StudySample(
      judges: ["judge"], searching: [], counts: counts,
      records: [
        questions.enumerated().map {
          StudyRecord(number: $0.offset, outcome: .answered($0.element))
        }
      ])
  }
}
