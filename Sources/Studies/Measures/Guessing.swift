import Glibc
import ParallelScaling

/// What coverage would be if copies knew nothing of their question: with few possible answers and many
/// copies some guess is right.
public struct Guessing: Sendable {
  /// Copies that draw one of the answers there are, all alike.  // [counts]
  public let uniform: [Double]
  /// Copies that draw an answer as often as copies of all questions give it.  // [counts]
  public let marginal: [Double]
  /// The copies of another question: as different from one another as these are.  // [counts]
  public let other: [Double]
  /// Different right answers of all questions.
  public let answers: Int

  /// - Parameter sample: with one question or more.
  public init(_ sample: StudySample) {
    let keys = (sample.draws.first ?? []).map(\.key)
    let kinds = Set(keys)
    answers = kinds.count
    var given: [Rollout.Answer: Double] = [:]
    var all = 0.0
    for copies in sample.draws.joined() {
      for answer in copies.answers {
        all += 1
        if let answer { given[answer, default: 0] += 1 }
      }
    }
    // How many copies of each question give each answer.  // [seeds][questions]
    let tallies = sample.draws.map { draw in
      draw.map { copies in
        copies.answers.reduce(into: [Rollout.Answer: Int]()) { tally, answer in
          if let answer { tally[answer, default: 0] += 1 }
        }
      }
    }
    let asked = kinds.map { key in (key: key, questions: keys.indices.filter { keys[$0] == key }) }
    func missed(_ share: Double, _ count: Int) -> Double { pow(1 - share, Double(count)) }
    uniform = sample.counts.map { 1 - missed(1 / Double(max(1, kinds.count)), $0) }
    marginal = sample.counts.map { count in
      StudySample.mean(keys.map { 1 - missed((given[$0] ?? 0) / max(1, all), count) })
    }
    other = sample.counts.map { count in
      var (sum, pairs) = (0.0, 0.0)
      for draw in tallies {
        for (question, tally) in draw.enumerated() {
          for (key, questions) in asked {
            let others = Double(questions.count - (keys[question] == key ? 1 : 0))
            sum +=
              others
              * Coverage.passAtK(copies: sample.copies, right: tally[key] ?? 0, k: count)
            pairs += others
          }
        }
      }
      return pairs > 0 ? sum / pairs : 0
    }
  }
}
