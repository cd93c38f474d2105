import Checkpoints
import Tasks

/// Results as lines: those of a table, one object each, and those of a run that may go on.
public enum ResultFiles {
  static let rowSchema = "muninn.eval/1"
  static let runSchema = "muninn.eval.run/1"

  /// A line of a table, schema `muninn.eval/1`. Means are for readers, sums for merging.
  public static func row(_ row: ResultTable.Row, of table: ResultTable, shard: Shard) -> String {
    let tally = row.tally
    func number(_ value: Double?) -> JSONValue { value.map { .number($0) } ?? .null }
    var members = [
      JSONMember("schema", .string(rowSchema)), JSONMember("plan", .string(table.plan)),
      JSONMember("shard", .string(shard.description)),
    ]
    members += group(row.key.group)
    switch row.key.measure {
    case .iterations(let count): members.append(JSONMember("r", .integer(count)))
    case .exit(let rule, let scope, let threshold):
      members += [
        JSONMember("exit", .string(rule)), JSONMember("scope", .string(scope)),
        JSONMember("threshold", .number(Double(threshold))),
      ]
    }
    members += [
      JSONMember("n", .integer(tally.problems)), JSONMember("accuracy", number(tally.accuracy)),
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
    return JSONValue.object(members).serialized()
  }

  private static func group(_ group: ProblemGroup) -> [JSONMember] {
    [
      JSONMember("task", .string(group.task)),
      JSONMember("difficulty", group.difficulty.map { .integer($0) } ?? .null),
      JSONMember("form", group.form.map { .string($0.rawValue) } ?? .null),
    ]
  }

  /// The first line of a file that a run may go on from.
  public static func head(_ run: EvaluationRun, shard: Shard) -> String {
    JSONValue.object([
      JSONMember("schema", .string(runSchema)), JSONMember("shard", .string(shard.description)),
      JSONMember("plan", run.plan.document),
    ]).serialized()
  }

  /// Why lines are not those of this run.
  public struct Failure: Error, Equatable, CustomStringConvertible {
    public let name: String
    public let line: Int?
    public let problem: String
    public var description: String {
      "\(name)\(line.map { ", line \($0)" } ?? "") \(problem)."
    }
  }

  /// The results in a file that a run may go on from.
  /// - Parameter lines: all whole lines of the file; the first is its head.
  public static func records(
    _ lines: [[UInt8]], of run: EvaluationRun, shard: Shard, name: String
  ) throws(Failure) -> [ProblemRecord] {
    guard let first = lines.first else { return [] }
    guard let head = try? JSONValue(parsing: first), head["schema"]?.string == runSchema else {
      throw Failure(
        name: name, line: 1, problem: "does not begin a file of results; give another file")
    }
    guard head["plan"]?.serialized() == run.plan.document.serialized() else {
      throw Failure(
        name: name, line: nil,
        problem: "was made with other options, problems or weights; give another file")
    }
    guard head["shard"]?.string == shard.description else {
      throw Failure(
        name: name, line: nil,
        problem: "holds shard \(head["shard"]?.string ?? "?"), not \(shard); give another file")
    }
    var records: [ProblemRecord] = []
    var seen: Set<Int> = []
    for (index, line) in lines.enumerated().dropFirst() {
      guard let document = try? JSONValue(parsing: line),
        let record = ProblemRecord(document, plan: run.plan),
        run.set.problems.indices.contains(record.number), shard.contains(record.number)
      else {
        throw Failure(
          name: name, line: index + 1, problem: "is no result of this run; delete the line")
      }
      if seen.insert(record.number).inserted { records.append(record) }
    }
    return records
  }
}
