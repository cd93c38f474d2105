import Glibc
import ParallelScaling

/// Scores of several judges as one, to find out whether a judge knows anything that votes do not.
///
/// Each score is standardised among the copies of a question; weights are fitted on half of the questions
/// that have right and wrong copies, and measured on the other half of all, both ways round, by logistic
/// regression of whether a copy is right:
///
///     L = mean over questions of the mean over copies of the cross-entropy of σ(b + Σ_f w_f · z_f)
///
/// with a little weight decay, so that what says nothing gets nothing.
public struct Blend: Sendable {
  public let name: String
  /// The judges that it is made of.
  public let parts: [String]
  /// Mean weights of both halves and all draws.
  public let weights: [Double]
  /// As of a `StudyChoice`: the copy of the highest score.  // [counts][questions]
  public let right: [[Double]]

  private static let rounds = 300
  private static let rate = 0.5
  private static let decay = 0.01

  /// - Parameter parts: names of judges, as discriminations have them; those that are not there are left
  ///   out.
  public init(_ name: String, of parts: [String], in sample: StudySample) {
    self.name = name
    let known = parts.filter {
      sample.judges.contains($0) || $0 == PathJudge.agreement.name
        || StudyWork.pathJudges.map(\.name).contains($0)
    }
    self.parts = known
    var sums = Array(repeating: 0.0, count: known.count)
    var right = sample.counts.map { _ in Array(repeating: 0.0, count: sample.questions) }
    for draw in sample.draws {
      for half in 0..<2 {
        let learned = draw.indices.filter { $0 % 2 != half }
        let weights = Self.fit(
          learned.compactMap { question in
            let copies = draw[question]
            let isRight = copies.isRight
            guard isRight.contains(true), isRight.contains(false) else { return nil }
            return (
              Self.features(known, copies, Array(copies.answers.indices), sample), isRight
            )
          }, count: known.count)
        for index in weights.indices { sums[index] += weights[index] }
        for question in draw.indices where question % 2 == half {
          for (place, count) in sample.counts.enumerated() {
            right[place][question] += Self.share(
              known, weights, draw[question], count, sample)
          }
        }
      }
    }
    let draws = Double(max(1, sample.draws.count))
    weights = sums.map { $0 / (2 * draws) }
    self.right = right.map { $0.map { $0 / draws } }
  }

  private static func share(
    _ parts: [String], _ weights: [Double], _ copies: StudyRecord.Copies, _ count: Int,
    _ sample: StudySample
  ) -> Double {
    let isRight = copies.isRight
    if count == 1 { return Double(isRight.count { $0 }) / Double(isRight.count) }
    let groups = isRight.count / count
    let hits = (0..<groups).count { group in
      let members = Array(group * count..<(group + 1) * count)
      let values = features(parts, copies, members, sample).map { dot($0, weights) }
      return Aggregator.best(values).map { isRight[members[$0]] } ?? false
    }
    return Double(hits) / Double(groups)
  }

  /// Standardised scores of some copies.  // [copies][parts]
  private static func features(
    _ parts: [String], _ copies: StudyRecord.Copies, _ members: [Int], _ sample: StudySample
  ) -> [[Double]] {
    let columns = parts.map { part -> [Double] in
      let scores: [Double?]
      if let index = sample.judges.firstIndex(of: part) {
        scores = members.map { ScoreReduction.sum.score(copies.stepScores[index][$0]) }
      } else if let index = StudyWork.pathJudges.firstIndex(where: { $0.name == part }) {
        scores = members.map { copies.pathScores[index][$0] }
      } else {
        let answers = members.map { copies.answers[$0] }
        scores = answers.map { answer in
          answer == nil ? 0 : Double(answers.count { $0 == answer }) / Double(answers.count)
        }
      }
      return standardised(scores)
    }
    return members.indices.map { copy in columns.map { $0[copy] } }
  }

  /// Less their mean, divided by their deviation; 0 of what is missing, and of scores that are all one.
  static func standardised(_ scores: [Double?]) -> [Double] {
    let known = scores.compactMap { $0 }
    let mean = StudySample.mean(known)
    let variance = StudySample.mean(known.map { ($0 - mean) * ($0 - mean) })
    guard variance > 1e-18 else { return scores.map { _ in 0 } }
    return scores.map { $0.map { ($0 - mean) / variance.squareRoot() } ?? 0 }
  }

  private static func dot(_ a: [Double], _ b: [Double]) -> Double {
    zip(a, b).reduce(0) { $0 + $1.0 * $1.1 }
  }

  /// Gradient descent from zero, which has one place to come to: the loss is convex.
  static func fit(
    _ questions: [(features: [[Double]], isRight: [Bool])], count: Int
  ) -> [Double] {
    var (weights, bias) = (Array(repeating: 0.0, count: count), 0.0)
    for _ in 0..<(questions.isEmpty ? 0 : rounds) {
      var (gradient, slope) = (weights.map { $0 * decay }, 0.0)
      for (features, isRight) in questions {
        let share = 1 / Double(questions.count * features.count)
        for (values, isRight) in zip(features, isRight) {
          let chance = 1 / (1 + exp(-(bias + dot(values, weights))))
          let error = (chance - (isRight ? 1 : 0)) * share
          slope += error
          for (part, value) in values.enumerated() { gradient[part] += error * value }
        }
      }
      bias -= rate * slope
      for part in weights.indices { weights[part] -= rate * gradient[part] }
    }
    return weights
  }
}
