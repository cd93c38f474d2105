import Checkpoints

/// Adds tables of the shards of one plan: the sum is the table of the whole.
public struct MergedTables {
  private var table: ResultTable?
  private var shards = MergedShards()

  public init() {}

  /// Takes in the lines of one shard's table; they must be all of them, in their order.
  /// - Parameter next: the lines of the file, one by one; nil after the last.
  /// - Throws: `ResultFailure` for a file that is not whole or not of these shards.
  public mutating func add(name: String, next: () throws -> [UInt8]?) throws {
    var place = 0
    var found: (shard: Shard, rows: Int)?
    var expected = 1
    // What a file adds counts when all of it was read.
    var sum = table
    var asked: (group: ProblemGroup, tally: Tally)?
    func refuse(_ problem: String) -> ResultFailure {
      ResultFailure(name: name, line: max(1, place), problem: problem)
    }
    while let line = try next() {
      place += 1
      if line.isEmpty {
        guard place < 1000 + ResultRow.mostRows else { throw refuse("has no end") }
        continue
      }
      let row: ResultRow
      do throws(RowProblem) {
        row = try ResultRow(line)
      } catch {
        throw refuse(error.words)
      }
      if let found {
        guard found == (row.shard, row.rows) else {
          throw refuse("is of another file of results than the lines before; give one a part")
        }
      } else {
        try shards.check(row.shard, refuse)
        found = (row.shard, row.rows)
      }
      guard row.number == expected else {
        throw refuse(
          row.number < expected
            ? "is result \(row.number) of \(row.rows) once more, or lines have changed places; "
              + MergedShards.again
            : "is result \(row.number) of \(row.rows), and "
              + Self.missing(expected..<row.number) + " before it; " + MergedShards.again)
      }
      expected += 1
      var whole = sum ?? ResultTable(plan: row.plan, starts: row.starts)
      sum = nil  // So that adding does not copy.
      guard whole.plan == row.plan, whole.starts == row.starts else {
        throw refuse(
          "was made with other options, problems or weights than "
            + (shards.first.isEmpty ? "the lines before" : DisplayText.escape(shards.first))
            + "; merge parts of one command")
      }
      // The lines of all shards of a plan are about the same things.
      let isNew = table == nil
      let isInPlace = isNew ? !whole.contains(row.key) : whole.key(row.number - 1) == row.key
      guard isInPlace, isNew || table?.rows.count == row.rows else {
        throw refuse("is about other levels or depths than its place says; " + MergedShards.again)
      }
      if let asked, asked.group == row.key.group {
        guard asked.tally.asked == row.tally.asked, asked.tally.leftOut == row.tally.leftOut else {
          throw refuse("counts other problems than the line before; " + MergedShards.again)
        }
      }
      asked = (row.key.group, row.tally)
      whole.add(row.tally, at: row.key)
      sum = whole
    }
    guard let found else {
      throw ResultFailure(
        name: name, line: nil,
        problem: "holds no results: it is empty or was cut; " + MergedShards.again)
    }
    guard expected == found.rows + 1 else {
      place += 1
      throw refuse(
        "is not there: " + Self.missing(expected..<found.rows + 1) + " of \(found.rows); "
          + MergedShards.again)
    }
    table = sum
    shards.add(found.shard, name: name)
  }

  private static func missing(_ rows: Range<Int>) -> String {
    rows.count == 1
      ? "result \(rows.lowerBound) is missing"
      : "results \(rows.lowerBound) to \(rows.upperBound - 1) are missing"
  }

  /// The whole.
  public func finish() throws(ResultFailure) -> ResultTable {
    try shards.checkComplete()
    guard let table else {
      throw ResultFailure(name: "--merge", line: nil, problem: "was given no files")
    }
    return table
  }
}
