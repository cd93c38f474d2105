import Checkpoints

/// The lines of a file that a run may go on from, schema `muninn.eval.run/2`: a head that says of
/// which run it is, then a result a line, each with a check that fits this run alone.
public struct RunFile {
  static let schema = "muninn.eval.run/2"
  private static let uncheckedSchema = "muninn.eval.run/1"

  /// The first line.
  public let head: String
  /// The results there are, each once.
  public private(set) var records: [ProblemRecord] = []
  private let run: EvaluationRun
  private let shard: Shard
  private let name: String
  private var places: [Int: (line: Int, record: Int)] = [:]
  private var lines = 0

  /// - Parameter name: what the file is called, in errors.
  public init(_ run: EvaluationRun, shard: Shard, name: String) {
    (self.run, self.shard, self.name) = (run, shard, name)
    head = CheckedLine.seal([
      JSONMember("schema", .string(Self.schema)), JSONMember("shard", .string(shard.description)),
      JSONMember("plan", run.plan.document),
    ])
  }

  /// The most bytes a line has.
  public var longestLine: Int {
    let numbers = run.plan.iterations.count * (run.plan.starts.count + 5)
    return head.utf8.count + 8192 + 24 * (numbers + 6 * run.plan.exits.count)
  }

  /// A result as a line.
  public func line(_ record: ProblemRecord) -> String { record.line(file: head) }

  /// Takes in the next whole line of the file.
  /// - Throws: `ResultFailure`: not of this run, changed, or at odds with another.
  public mutating func add(_ line: [UInt8]) throws(ResultFailure) {
    lines += 1
    guard lines > 1 else { return try check(head: line) }
    guard let record = ProblemRecord(line, plan: run.plan, file: head),
      run.set.problems.indices.contains(record.number), shard.contains(record.number)
    else {
      throw failure("is no result of this run, or was changed since; delete the line")
    }
    if let place = places[record.number] {
      guard records[place.record] == record else {
        throw failure(
          "says of problem \(record.number + 1) something else than line \(place.line); delete both"
        )
      }
      return
    }
    places[record.number] = (lines, records.count)
    records.append(record)
  }

  private func check(head line: [UInt8]) throws(ResultFailure) {
    if line.elementsEqual(head.utf8) { return }
    guard let found = try? JSONValue(parsing: line), let schema = found["schema"]?.string,
      schema.hasPrefix("muninn.eval.run/")
    else { throw failure("does not begin a file of results; give another file") }
    guard schema == Self.schema else {
      throw failure(
        schema == Self.uncheckedSchema
          ? "is of an earlier version of muninn: its lines have no check; give another file"
          : "is of a version of muninn that this one does not know; give another file")
    }
    guard CheckedLine.open(line) != nil else {
      throw failure("was changed since muninn eval wrote it; give another file")
    }
    guard found["plan"]?.serialized() == run.plan.document.serialized() else {
      throw failure("was made with other options, problems or weights; give another file")
    }
    let other = found["shard"]?.string.flatMap(Shard.init)?.description ?? "?"
    throw failure("holds shard \(other), not \(shard); give another file")
  }

  private func failure(_ problem: String) -> ResultFailure {
    ResultFailure(name: name, line: lines, problem: problem)
  }
}
