import Checkpoints

/// Puts files of the shards of one plan together: the whole is what one run would have written.
public struct MergedSamples {
  private var plan: JSONValue?
  private var copies = 0
  private var problems = 0
  private var records: [SampledRecord] = []
  private var shards = MergedShards()

  public init() {}

  /// Takes in the lines of one shard; they must be all of them, in their order.
  /// - Parameter next: the lines of the file, one by one; nil after the last.
  /// - Throws: `ResultFailure` for a file that is not whole or not of this plan.
  public mutating func add(name: String, next: () throws -> [UInt8]?) throws {
    var place = 1
    func refuse(_ problem: String) -> ResultFailure {
      ResultFailure(name: name, line: place, problem: problem)
    }
    guard let first = try next() else {
      throw refuse("holds no results: it is empty or was cut; " + MergedShards.again)
    }
    let head = try head(first, refuse)
    try shards.check(head.shard, refuse)
    let mark = head.plan.serialized()
    var expected = (0..<head.problems).lazy.filter { head.shard.contains($0) }.makeIterator()
    // What a file adds counts when all of it was read.
    var found: [SampledRecord] = []
    var isEnded = false
    while let line = try next() {
      place += 1
      guard !isEnded else { throw refuse("stands behind the totals; " + MergedShards.again) }
      guard let document = CheckedLine.open(line, file: mark) else {
        throw refuse(
          "was cut, changed or taken from another file since muninn eval wrote it: its check does "
            + "not fit; " + MergedShards.again)
      }
      let wanted = expected.next()
      if document["totals"] != nil {
        guard wanted == nil else {
          throw refuse(
            "comes too early: problem \(wanted.map { $0 + 1 } ?? 0) is missing before it; "
              + MergedShards.again)
        }
        isEnded = true
        continue
      }
      guard let record = SampledRecord(document, samples: head.copies) else {
        throw refuse("holds a name or a number that cannot be; run this part again")
      }
      guard record.number == wanted else {
        throw refuse(
          "is of problem \(record.number + 1)"
            + (wanted.map { ", where problem \($0 + 1) should be; " }
              ?? ", where nothing should be; ")
            + MergedShards.again)
      }
      found.append(record)
    }
    guard isEnded else {
      place += 1
      throw refuse("is not there: the file was cut; " + MergedShards.again)
    }
    (plan, copies, problems) = (head.plan, head.copies, head.problems)
    records += found
    shards.add(head.shard, name: name)
  }

  private struct Head {
    let plan: JSONValue
    let copies: Int
    let shard: Shard
    let problems: Int
  }

  private func head(_ line: [UInt8], _ refuse: (String) -> ResultFailure) throws -> Head {
    guard SampledFile.begins(with: line) else {
      let schema = (try? JSONValue(parsing: line))?["schema"]?.string ?? ""
      throw refuse(
        schema.hasPrefix("muninn.eval/")
          ? "is of muninn eval without --samples, and the files before are of one with; merge parts "
            + "of one command"
          : "begins no file of muninn eval --jsonl; copy the file again or run this part again")
    }
    guard let document = CheckedLine.open(line) else {
      throw refuse(
        "was cut or changed since muninn eval wrote it: its check does not fit; "
          + MergedShards.again)
    }
    guard document["schema"]?.string == SampledFile.schema else {
      throw refuse("is of a version of muninn that this one does not know")
    }
    guard let plan = document["plan"], plan.members != nil,
      let copies = plan["samples"]?.integer, (1...SampledPlan.mostSamples).contains(copies),
      let shard = document["shard"]?.string.flatMap(Shard.init),
      let problems = document["problems"]?.integer,
      (1...ResultRow.mostProblems).contains(problems)
    else { throw refuse("holds a name or a number that cannot be; run this part again") }
    if let own = self.plan {
      let differences = PlanDifference.words(plan, beside: own)
      guard differences.isEmpty, problems == self.problems else {
        throw refuse(
          "was made with other options, problems or weights than "
            + "\(DisplayText.escape(shards.first)): "
            + (differences.isEmpty ? "problems \(problems), not \(self.problems)" : differences)
            + "; merge parts of one command")
      }
    }
    return Head(plan: plan, copies: copies, shard: shard, problems: problems)
  }

  /// The whole, and how many problems it is of.
  public func finish() throws(ResultFailure) -> (table: SampledTable, problems: Int) {
    try shards.checkComplete()
    return (SampledTable(plan: plan ?? .null, copies: copies, records: records), problems)
  }
}
