import Checkpoints
import Training

extension StudySummary {
  /// Every number, as `tables.json` has it; schema `muninn.study.tables/1`.
  public var json: JSONValue {
    func rounded(_ value: Double) -> JSONValue { .number((value * 1e4).rounded() / 1e4) }
    func numbers(_ values: [Double?]) -> JSONValue {
      .array(values.map { $0.map(rounded) ?? .null })
    }
    /// Mean, lower and upper end.
    func interval(_ value: StudyInterval?) -> JSONValue {
      value.map { numbers([$0.mean, $0.lower, $0.upper]) } ?? .null
    }
    func intervals(_ values: [StudyInterval?]) -> JSONValue { .array(values.map(interval)) }
    return .members([
      ("setting", .string(setting)), ("sampler", .string(sampler)), ("kind", .string(kind)),
      ("strength", .number(strength)), ("learned_at", .bool(isLearned)),
      ("questions", .integer(questions)), ("mixed", .integer(mixed)),
      ("greedy", interval(greedy)), ("coverage", intervals(coverage)),
      (
        "guessing",
        .members([
          ("answers", .integer(guessing.answers)), ("uniform", numbers(guessing.uniform)),
          ("marginal", numbers(guessing.marginal)), ("other", numbers(guessing.other)),
        ])
      ),
      ("beyond_guessing", interval(beyondGuessing)), ("distinct_answers", rounded(distinct)),
      ("no_answer", rounded(unreadable)), ("diversity", rounded(diversity)),
      ("cosine_distance", numbers(cosineDistance)), ("drift_ratio", numbers(driftRatio)),
      ("largest_share", numbers(largestShare)), ("random_recall", interval(random)),
      (
        "chosen",
        .array(
          rows.map { row in
            .members([
              ("aggregator", .string(row.aggregator)),
              ("judge", row.judge.map { .string($0) } ?? .null),
              ("accuracy", intervals(row.accuracy)),
              ("beyond_majority", interval(row.beyondMajority)),
              ("beyond_greedy", interval(row.beyondGreedy)),
            ])
          })
      ),
      (
        "judges",
        .array(
          judges.map { row in
            .members([
              ("judge", .string(row.judge)), ("area", interval(row.area)),
              ("recall_at_1", interval(row.recall)),
            ])
          })
      ),
      (
        "blends",
        .array(
          blends.map { row in
            .members([
              ("blend", .string(row.name)), ("of", .array(row.parts.map { .string($0) })),
              ("weights", numbers(row.weights)), ("accuracy", intervals(row.accuracy)),
              ("beyond_majority", interval(row.beyondMajority)),
            ])
          })
      ),
    ])
  }

  /// The file of all results of a plan.
  public static func document(_ results: [StudySummary], plan: StudyPlan) -> JSONValue {
    .members([
      ("schema", .string("muninn.study.tables/1")), ("name", .string(plan.name)),
      ("copies", .array(plan.counts.map { .integer($0) })),
      ("seeds", .array(plan.seeds.map { .string("\($0)") })),
      ("results", .array(results.map(\.json))),
    ])
  }
}
