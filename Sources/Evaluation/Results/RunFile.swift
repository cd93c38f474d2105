import Checkpoints

/// The lines of a file that a run may go on from, such as of schema `muninn.eval.run/2`: a head that
/// says of which run it is, then a result a line, each with a check that fits this run alone.
public struct RunFile<Work: EvaluationWork> {
  /// The first line.
  public let head: String
  /// The results there are, each once.
  public private(set) var records: [Work.Record] = []
  private let run: Work
  private let shard: Shard
  private let name: String
  private var places: [Int: (line: Int, record: Int)] = [:]
  private var lines = 0

  /// - Parameter name: what the file is called, in errors.
  public init(_ run: Work, shard: Shard, name: String) {
    (self.run, self.shard, self.name) = (run, shard, name)
    head = CheckedLine.seal([
      JSONMember("schema", .string("\(Work.schema.name)/\(Work.schema.version)")),
      JSONMember("shard", .string(shard.description)), JSONMember("plan", run.document),
    ])
  }

  /// The most bytes a line has.
  public var longestLine: Int { head.utf8.count + run.longestRecord }

  /// A result as a line.
  public func line(_ record: Work.Record) -> String { record.line(file: head) }

  /// Takes in the next whole line of the file.
  /// - Throws: `ResultFailure`: not of this run, changed, or at odds with another.
  public mutating func add(_ line: [UInt8]) throws(ResultFailure) {
    lines += 1
    guard lines > 1 else { return try check(head: line) }
    guard let record = run.record(line, file: head),
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
    guard let found = try? JSONValue(parsing: line),
      let parts = found["schema"]?.string?.split(separator: "/"), parts.count == 2,
      parts[0].hasPrefix("muninn."), let version = Int(parts[1])
    else { throw failure("does not begin a file of results; give another file") }
    guard parts[0] == Work.schema.name else {
      throw failure(
        "begins a file of another kind of run, with or without --samples; give another file")
    }
    guard version == Work.schema.version else {
      throw failure(
        version < Work.schema.version
          ? "is of an earlier version of muninn: its lines have no check; give another file"
          : "is of a version of muninn that this one does not know; give another file")
    }
    guard CheckedLine.open(line) != nil else {
      throw failure("was changed since it was written; give another file")
    }
    let differences = PlanDifference.words(found["plan"] ?? .null, beside: run.document)
    guard differences.isEmpty else {
      throw failure(
        "was made with other options, problems or weights (\(differences)); give another file")
    }
    let other = found["shard"]?.string.flatMap(Shard.init)?.description ?? "?"
    throw failure("holds shard \(other), not \(shard); give another file")
  }

  private func failure(_ problem: String) -> ResultFailure {
    ResultFailure(name: name, line: lines, problem: problem)
  }
}
