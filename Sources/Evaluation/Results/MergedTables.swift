import Checkpoints
import Tasks

/// Adds tables of the shards of one plan: the sum is the table of the whole.
public struct MergedTables {
  private var table: ResultTable?
  private var shards: [Shard: String] = [:]

  public init() {}

  /// Takes in the lines of one shard's table.
  public mutating func add(_ lines: [[UInt8]], name: String) throws(ResultFiles.Failure) {
    var found: Set<Shard> = []
    var keys: Set<ResultTable.Key> = []
    for (index, line) in lines.enumerated() where !line.isEmpty {
      let refuse = { (problem: String) in
        ResultFiles.Failure(name: name, line: index + 1, problem: problem)
      }
      guard let document = try? JSONValue(parsing: line),
        let plan = document["plan"]?.string, document["schema"]?.string == ResultFiles.rowSchema,
        let shard = document["shard"]?.string.flatMap(Shard.init),
        let starts = document["starts"]?.array?.compactMap(\.string),
        let key = Self.key(document), let tally = Self.tally(document, starts: starts.count)
      else { throw refuse("is no line that muninn eval --jsonl wrote") }
      var sum = table ?? ResultTable(plan: plan, starts: starts)
      guard sum.plan == plan, sum.starts == starts else {
        throw refuse("was made with other options, problems or weights than the lines before")
      }
      if let other = shards.keys.first, other.count != shard.count {
        throw refuse("is of shard \(shard), the files before of \(other.count) shards")
      }
      if let other = shards[shard], !found.contains(shard) {
        throw refuse("is of shard \(shard), which \(other) holds already")
      }
      // A file is of one shard.
      guard found.isEmpty || found.contains(shard), keys.insert(key).inserted else {
        throw refuse("repeats a line, or is of another shard")
      }
      found.insert(shard)
      shards[shard] = name
      sum.add(tally, at: key)
      table = sum
    }
    if found.isEmpty {
      throw ResultFiles.Failure(name: name, line: nil, problem: "holds no results")
    }
  }

  /// The whole.
  public func finish() throws(ResultFiles.Failure) -> ResultTable {
    guard let table, let count = shards.keys.first?.count else {
      throw ResultFiles.Failure(name: "--merge", line: nil, problem: "was given no files")
    }
    let missing = (0..<count).filter { index in !shards.keys.contains { $0.index == index } }
    guard missing.isEmpty else {
      let list = missing.map { "\($0)/\(count)" }.joined(separator: ", ")
      throw ResultFiles.Failure(
        name: "--merge", line: nil, problem: "lacks the results of shard \(list)")
    }
    return table
  }

  private static func key(_ document: JSONValue) -> ResultTable.Key? {
    guard let task = document["task"]?.string else { return nil }
    let form = document["form"]?.string.flatMap(AnswerForm.init(rawValue:))
    let group = ProblemGroup(task: task, difficulty: document["difficulty"]?.integer, form: form)
    if let count = document["r"]?.integer {
      return ResultTable.Key(group: group, measure: .iterations(count))
    }
    guard let rule = document["exit"]?.string, let scope = document["scope"]?.string,
      let threshold = document["threshold"]?.number
    else { return nil }
    return ResultTable.Key(
      group: group, measure: .exit(rule: rule, scope: scope, threshold: Float(threshold)))
  }

  private static func tally(_ document: JSONValue, starts: Int) -> Tally? {
    guard let sums = document["sums"], let problems = document["n"]?.integer, problems >= 0,
      let right = sums["right"]?.array?.compactMap(\.integer), right.count == starts,
      right.allSatisfy({ (0...problems).contains($0) }),
      let agree = sums["agree"]?.integer, let entropy = sums["entropy"]?.integer,
      let flops = sums["flops"]?.integer, let tokens = sums["tokens"]?.integer,
      let iterations = sums["iterations"]?.integer,
      [agree, entropy, flops, tokens, iterations].allSatisfy({ $0 >= 0 })
    else { return nil }
    var tally = Tally(starts: starts)
    (tally.problems, tally.right, tally.agree) = (problems, right, agree)
    (tally.entropy, tally.flops) = (entropy, flops)
    (tally.tokens, tally.iterations) = (tokens, iterations)
    return tally
  }
}
