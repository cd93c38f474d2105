import ParallelScaling

/// What all draws of a sampler at a strength came to, question by question: what every number of a report
/// is found in.
public struct StudySample: Sendable {
  /// Names of the judges that were trained, as records have them.
  public let judges: [String]
  /// Those of them that search.
  public let searching: [String]
  /// Numbers of copies that are reported.
  public let counts: [Int]
  /// Of questions that were answered in every draw.  // [seeds][questions]
  public let draws: [[StudyRecord.Copies]]

  /// - Parameter records: of each seed.
  /// - Precondition: `counts` are of a plan.
  public init(
    judges: [String], searching: [String], counts: [Int], records: [[StudyRecord]]
  ) {
    (self.judges, self.searching, self.counts) = (judges, searching, counts)
    let byNumber = records.map { draw in
      Dictionary(draw.map { ($0.number, $0) }, uniquingKeysWith: { first, _ in first })
    }
    let numbers = (byNumber.first ?? [:]).keys.sorted().filter { number in
      byNumber.allSatisfy { $0[number]?.copies != nil }
    }
    draws = byNumber.map { draw in numbers.compactMap { draw[$0]?.copies } }
  }

  public var questions: Int { draws.first?.count ?? 0 }

  /// Copies of every problem.
  public var copies: Int { counts.last ?? 1 }

  /// A number of every question: the mean over draws.  // [questions]
  func perQuestion(_ value: (StudyRecord.Copies) -> Double) -> [Double] {
    (0..<questions).map { question in
      draws.reduce(0) { $0 + value($1[question]) } / Double(draws.count)
    }
  }

  /// The share of questions that the run without noise answers.
  public var greedy: [Double] { perQuestion { $0.greedy == $0.key ? 1 : 0 } }

  /// pass@k of every question.  // [questions]
  public func coverage(_ count: Int) -> [Double] {
    perQuestion { copies in
      Coverage.passAtK(
        copies: copies.answers.count, right: copies.isRight.count { $0 }, k: count)
    }
  }

  /// Different answers of a question, in the mean.
  public var distinct: Double {
    Self.mean(perQuestion { Double(Set($0.answers.compactMap { $0 }).count) })
  }

  /// Share of copies without an answer.
  public var unreadable: Double {
    Self.mean(perQuestion { Double($0.answers.count { $0 == nil }) / Double($0.answers.count) })
  }

  /// A measure of how far copies are apart, at every step: the mean over questions and draws of those that
  /// have it.  // [steps]
  public func spread(_ value: (StudyRecord.Spread) -> Double?) -> [Double?] {
    let steps = draws.joined().map(\.spreads.count).max() ?? 0
    return (0..<steps).map { step in
      let values = draws.joined().compactMap { copies in
        copies.spreads.indices.contains(step) ? copies.spreads[step].flatMap(value) : nil
      }
      return values.isEmpty ? nil : Self.mean(values)
    }
  }

  /// Mean pairwise cosine distance of every question, over steps and draws: its diversity.
  public var diversity: [Double] {
    perQuestion { copies in
      let values = copies.spreads.compactMap { $0?.cosineDistance }
      return values.isEmpty ? 0 : Self.mean(values)
    }
  }

  static func mean(_ values: [Double]) -> Double {
    values.isEmpty ? 0 : values.reduce(0, +) / Double(values.count)
  }
}
