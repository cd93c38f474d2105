import Checkpoints
import Tasks

/// A table as lines, one object each, schema `muninn.eval/2`.
///
/// Each line says which of how many it is and carries a check, so that a file that lost some, or
/// was changed, is not taken for a whole one.
public enum ResultFiles {
  static let rowSchema = "muninn.eval/2"
  /// A file of this schema does not say whether it is whole.
  static let uncheckedRowSchema = "muninn.eval/1"

  /// The most bytes a line of a table has: names and sums of a thousand starts fit well.
  public static let longestRow = 1 << 20

  /// All lines of a table. Means are for readers, sums for merging.
  public static func lines(of table: ResultTable, shard: Shard) -> some Sequence<String> {
    table.rows.indices.lazy.map { row($0, of: table, shard: shard) }
  }

  private static func row(_ index: Int, of table: ResultTable, shard: Shard) -> String {
    let row = table.rows[index]
    let tally = row.tally
    func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
    var members = [
      JSONMember("schema", .string(rowSchema)), JSONMember("plan", .string(table.plan)),
      JSONMember("shard", .string(shard.description)), JSONMember("row", .integer(index + 1)),
      JSONMember("rows", .integer(table.rows.count)),
    ]
    members += row.key.group.members
    switch row.key.measure {
    case .iterations(let count): members.append(JSONMember("r", .integer(count)))
    case .exit(let rule, let scope, let threshold):
      members += [
        JSONMember("exit", .string(rule)), JSONMember("scope", .string(scope)),
        JSONMember("threshold", .number(Double(threshold))),
      ]
    }
    members += [
      JSONMember("n", .integer(tally.problems)), JSONMember("diverged", .integer(tally.diverged)),
      JSONMember("left_out", .integer(tally.leftOut)),
      JSONMember("accuracy", number(tally.accuracy)),
      JSONMember("low", number(tally.interval?.lowerBound)),
      JSONMember("high", number(tally.interval?.upperBound)),
    ]
    if case .iterations = row.key.measure {
      members.append(JSONMember("entropy", number(tally.entropyInNats)))
      if table.starts.count > 1 {
        members.append(JSONMember("agreement", number(tally.agreement)))
      }
    }
    members += [
      JSONMember("iterations", number(tally.iterationsPerToken)),
      JSONMember("tokens", number(tally.tokensPerProblem)),
      JSONMember("flops", number(tally.flopsPerProblem)),
      JSONMember("starts", .array(table.starts.map { .string($0) })),
      JSONMember(
        "sums",
        .object([
          JSONMember("right", .array(tally.right.map { .integer($0) })),
          JSONMember("agree", .integer(tally.agree)),
          JSONMember("entropy", .integer(tally.entropy)),
          JSONMember("flops", .integer(tally.flops)), JSONMember("tokens", .integer(tally.tokens)),
          JSONMember("iterations", .integer(tally.iterations)),
        ])),
    ]
    return CheckedLine.seal(members)
  }
}
