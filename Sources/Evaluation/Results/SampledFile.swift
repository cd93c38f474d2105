import Checkpoints
import ParallelScaling

/// A file of what copies came to, schema `muninn.eval.samples/1`: a line that says of which plan and
/// shard it is, a line a problem, and a last one with the totals, which follow from the others.
///
/// Each line carries a check that fits this plan alone.
public enum SampledFile {
  static let schemaName = "muninn.eval.samples"
  static let schema = "\(schemaName)/1"

  /// The most bytes a line has.
  public static let longestLine = 1 << 30

  /// Whether a line begins such a file, of whatever version.
  public static func begins(with line: [UInt8]) -> Bool {
    (try? JSONValue(parsing: line))?["schema"]?.string?.hasPrefix(schemaName + "/") ?? false
  }

  /// Gives all lines.
  /// - Parameters:
  ///   - problems: how many the whole set has, whatever the shard.
  ///   - write: takes the next line.
  public static func write(
    _ table: SampledTable, shard: Shard, problems: Int, _ write: (String) throws -> Void
  ) rethrows {
    let mark = table.plan.serialized()
    try write(
      CheckedLine.seal([
        JSONMember("schema", .string(schema)), JSONMember("plan", table.plan),
        JSONMember("shard", .string(shard.description)), JSONMember("problems", .integer(problems)),
      ]))
    for record in table.records { try write(record.line(file: mark)) }
    let groups = table.groups.map { group -> JSONValue in
      .object(group.members + totals(of: table.tally(of: group)))
    }
    try write(
      CheckedLine.seal(
        [JSONMember("schema", .string(schema)), JSONMember("totals", .array(groups))], file: mark))
  }

  private static func totals(of tally: SampledTally) -> [JSONMember] {
    func list(_ values: [Double?]) -> JSONValue {
      .array(values.map { $0.map { .number($0) } ?? .null })
    }
    func share(_ interval: ShareInterval?, right: Int) -> [JSONMember] {
      [
        JSONMember("right", .integer(right)), JSONMember("accuracy", number(interval?.share)),
        JSONMember("low", number(interval?.lower)), JSONMember("high", number(interval?.upper)),
      ]
    }
    func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
    let coverage = (1...tally.copies).map { tally.coverage($0) }
    let random = tally.random
    let last = tally.counts.count - 1
    let beam =
      tally.beam.map {
        [JSONMember("beam", .object(share($0, right: tally.beamRight)))]
      } ?? []
    return [
      JSONMember("n", .integer(tally.problems)), JSONMember("diverged", .integer(tally.diverged)),
      JSONMember("left_out", .integer(tally.leftOut)),
      JSONMember("copies", .integer(tally.copies)),
      JSONMember("greedy", .object(share(tally.greedy, right: tally.greedyRight))),
      JSONMember(
        "random",
        .object([
          JSONMember("accuracy", number(random?.mean)), JSONMember("low", number(random?.lower)),
          JSONMember("high", number(random?.upper)),
        ])),
      JSONMember(
        "aggregators",
        .object(
          tally.choices.map { choice in
            let first = tally.counts.indices.map { tally.accuracy(choice, $0) }
            return JSONMember(
              choice.aggregator,
              .object(
                share(tally.accuracy(choice, last), right: choice.right[last]) + [
                  JSONMember("chose", .integer(choice.chose)),
                  JSONMember("of_first", list(first.map { $0?.share })),
                  JSONMember("of_first_low", list(first.map { $0?.lower })),
                  JSONMember("of_first_high", list(first.map { $0?.upper })),
                ]))
          })),
    ] + beam + [
      JSONMember("first", .array(tally.counts.map { .integer($0) })),
      JSONMember("pass_at_k", list(coverage.map { $0?.mean })),
      JSONMember("pass_at_k_low", list(coverage.map { $0?.lower })),
      JSONMember("pass_at_k_high", list(coverage.map { $0?.upper })),
      JSONMember("unreadable", .integer(tally.unreadable)),
      JSONMember("diverged_copies", .integer(tally.lost)),
      JSONMember("distinct", number(tally.distinctAnswers)),
      JSONMember("problems_by_right_copies", .array(tally.byRight.map { .integer($0) })),
    ]
  }
}
