import ParallelScaling

/// A way to choose among copies, and how often it was right of every question.
public struct StudyChoice: Sendable {
  /// Of the aggregator: `majority`, `best-of-n-sum`, `search`.
  public let aggregator: String
  /// Whose scores it goes by; nil where it needs none.
  public let judge: String?
  /// Share of draws, and of groups of so many copies in each, in which it is right; nil where it does not
  /// depend on copies.  // [counts][questions]
  public let right: [[Double]]

  public var name: String { judge.map { "\($0): \(aggregator)" } ?? aggregator }
}

extension StudySample {
  /// Every aggregator that can choose, by every judge; then the searches.
  ///
  /// Among fewer copies than there are, each choice is made in every group of so many in a row, and the share
  /// of groups counts.
  public func choices() -> [StudyChoice] {
    guard questions > 0 else { return [] }
    var sums: [Sums] = []
    for (draw, questions) in draws.enumerated() {
      for (number, copies) in questions.enumerated() {
        let table = Aggregator.table(
          Aggregator.Options(seed: UInt64(draw * questions.count + number)))
        add(copies, number, table, to: &sums)
      }
    }
    return sums.map { sum in
      StudyChoice(
        aggregator: sum.aggregator, judge: sum.judge,
        right: sum.values.map { $0.map { $0 / Double(draws.count) } })
    }
  }

  /// What is added up of a choice.
  private struct Sums {
    let aggregator: String
    let judge: String?
    var values: [[Double]]  // [counts][questions]
  }

  private func add(
    _ copies: StudyRecord.Copies, _ question: Int, _ table: [Aggregator], to sums: inout [Sums]
  ) {
    var place = 0
    /// The rows come in one order for all questions.
    func add(_ aggregator: String, _ judge: String?, _ right: (Int) -> Double) {
      if place == sums.count {
        sums.append(
          Sums(
            aggregator: aggregator, judge: judge,
            values: counts.map { _ in Array(repeating: 0, count: questions) }))
      }
      for (index, count) in counts.enumerated() {
        sums[place].values[index][question] += right(count)
      }
      place += 1
    }
    func choose(_ judge: String?, _ rollouts: [Rollout], _ needs: Set<Aggregator.Need>) {
      for aggregator in table where needs.contains(aggregator.needs) {
        add(aggregator.name, judge) { count in
          share(of: rollouts, count, copies.key) { aggregator.answer(of: $0) }
        }
      }
    }
    let plain = Self.rollouts(copies)
    choose(nil, plain, [.answers, .residuals, .entropy])
    for (index, judge) in judges.enumerated() {
      let rollouts = zip(plain, copies.stepScores[index]).map { $0.judged(Verdict(steps: $1)) }
      choose(judge, rollouts, [.score, .scores])
    }
    for (index, judge) in StudyWork.pathJudges.enumerated() {
      let rollouts = zip(plain, copies.pathScores[index]).map { $0.judged(Verdict(score: $1)) }
      choose(judge.name, rollouts, [.score])
    }
    // It depends on who is asked.
    for aggregator in table where aggregator.needs == .score {
      add(aggregator.name, PathJudge.agreement.name) { count in
        share(of: plain, count, copies.key) { group in
          let verdicts = PathJudge.agreement.verdicts(on: group.map(JudgedCopy.init))
          return aggregator.answer(of: zip(group, verdicts).map { $0.judged($1) })
        }
      }
    }
    for (index, judge) in searching.enumerated() {
      add("search", judge) { _ in copies.searched[index] == copies.key ? 1 : 0 }
    }
  }

  /// The share of groups of so many copies in a row among which what is chosen is right.
  func share(
    of rollouts: [Rollout], _ count: Int, _ key: Rollout.Answer,
    _ choose: ([Rollout]) -> Rollout.Answer?
  ) -> Double {
    // Of one copy there is nothing to choose, and all are the same.
    if count == 1 {
      return Double(rollouts.count { $0.answer == key }) / Double(rollouts.count)
    }
    let groups = rollouts.count / count
    let right = (0..<groups).count { group in
      choose(Array(rollouts[group * count..<(group + 1) * count])) == key
    }
    return Double(right) / Double(groups)
  }

  /// Copies with what needs no judge.
  static func rollouts(_ copies: StudyRecord.Copies) -> [Rollout] {
    func scores(_ name: String) -> [Double?] {
      StudyWork.pathJudges.firstIndex { $0.name == name }.map { copies.pathScores[$0] }
        ?? copies.answers.map { _ in nil }
    }
    let (residuals, entropies) = (scores("residual"), scores("entropy"))
    return copies.answers.indices.map { copy in
      Rollout(
        copy: copy, answer: copies.answers[copy],
        residuals: residuals[copy].map { [-$0] } ?? [], entropy: entropies[copy].map { -$0 })
    }
  }
}
