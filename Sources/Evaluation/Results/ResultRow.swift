import Checkpoints
import Tasks
import Trajectories

/// A line of a table, read back. It was written by who knows whom: every number is checked for
/// what it can be, and no text is kept but names this program has.
struct ResultRow {
  let plan: String
  let shard: Shard
  /// From 1 to `rows`.
  let number: Int
  let rows: Int
  let starts: [String]
  let key: ResultTable.Key
  let tally: Tally

  /// The most lines a table may say it has, and problems one of its lines.
  static let mostRows = 1 << 24
  static let mostProblems = 1 << 32
  private static let mostStarts = 2000

  /// - Throws: the end of a sentence about the line.
  init(_ line: [UInt8]) throws(RowProblem) {
    let schema = (try? JSONValue(parsing: line))?["schema"]?.string
    if let schema, schema.hasPrefix(SampledFile.schemaName) {
      throw RowProblem("is of muninn eval with --samples, the lines before of one without")
    }
    guard let schema, schema.hasPrefix("muninn.eval/") else {
      throw RowProblem(
        "is no whole line of muninn eval --jsonl; copy the file again or run this part again")
    }
    if schema == ResultFiles.uncheckedRowSchema {
      throw RowProblem(
        "is of an earlier version of muninn: the number of lines and a check are missing, so that "
          + "nothing says whether the file is whole; run this part again")
    }
    guard schema == ResultFiles.rowSchema else {
      throw RowProblem("is of a version of muninn that this one does not know")
    }
    guard let document = CheckedLine.open(line) else {
      throw RowProblem(
        "was cut or changed since muninn eval wrote it: its check does not fit; copy the file "
          + "again or run this part again")
    }
    let impossible = RowProblem("holds a name or a number that cannot be; run this part again")
    guard let plan = document["plan"]?.string, plan.utf8.count <= 64,
      let shardText = document["shard"]?.string, let shard = Shard(shardText),
      shard.description == shardText,
      let rows = document["rows"]?.integer, (1...Self.mostRows).contains(rows),
      let number = document["row"]?.integer, (1...rows).contains(number),
      let starts = document["starts"]?.array, (1...Self.mostStarts).contains(starts.count),
      let key = Self.key(document), let tally = Self.tally(document, key, starts: starts.count)
    else { throw impossible }
    let labels = starts.compactMap(\.string)
    guard labels.count == starts.count, labels.allSatisfy({ $0.utf8.count <= 100 }) else {
      throw impossible
    }
    (self.plan, self.shard, self.number, self.rows) = (plan, shard, number, rows)
    (self.starts, self.key, self.tally) = (labels, key, tally)
  }

  private static func key(_ document: JSONValue) -> ResultTable.Key? {
    guard let group = ProblemGroup(document) else { return nil }
    if let depth = document["r"] {
      guard let count = depth.integer, (1...1_000_000).contains(count) else { return nil }
      return ResultTable.Key(group: group, measure: .iterations(count))
    }
    guard let rule = document["exit"]?.string,
      ExitRule.rules(hasGate: true).contains(where: { $0.name == rule }),
      let scope = document["scope"]?.string, ExitRule.Scope(rawValue: scope) != nil,
      let threshold = document["threshold"]?.number.map(Float.init), threshold.isFinite
    else { return nil }
    return ResultTable.Key(
      group: group, measure: .exit(rule: rule, scope: scope, threshold: threshold))
  }

  private static func tally(
    _ document: JSONValue, _ key: ResultTable.Key, starts: Int
  ) -> Tally? {
    var tally = Tally(starts: starts)
    func count(_ value: JSONValue?, upTo most: Int) -> Int? {
      value?.integer.flatMap { (0...most).contains($0) ? $0 : nil }
    }
    guard let sums = document["sums"],
      let problems = count(document["n"], upTo: mostProblems),
      let diverged = count(document["diverged"], upTo: mostProblems),
      let leftOut = count(document["left_out"], upTo: mostProblems),
      let right = sums["right"]?.array, right.count == starts,
      let agree = count(sums["agree"], upTo: problems),
      let entropy = count(sums["entropy"], upTo: .max),
      let flops = count(sums["flops"], upTo: .max),
      let tokens = count(sums["tokens"], upTo: .max),
      let iterations = count(sums["iterations"], upTo: .max),
      // An answer has a token, and a token an iteration.
      tokens >= problems, iterations >= tokens, problems > 0 || iterations == 0
    else { return nil }
    tally.right = right.compactMap { count($0, upTo: problems) }
    guard tally.right.count == starts else { return nil }
    (tally.problems, tally.diverged, tally.leftOut) = (problems, diverged, leftOut)
    (tally.agree, tally.entropy, tally.flops) = (agree, entropy, flops)
    (tally.tokens, tally.iterations) = (tokens, iterations)
    if case .iterations(let count) = key.measure {
      let (product, overflow) = tokens.multipliedReportingOverflow(by: count)
      guard overflow || product == iterations else { return nil }
    }
    return tally
  }
}

/// What is wrong with a line, as the end of a sentence.
struct RowProblem: Error {
  let words: String
  init(_ words: String) { self.words = words }
}
