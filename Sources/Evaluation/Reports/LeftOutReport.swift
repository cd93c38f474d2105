/// What is said of problems that gave no answer.
public struct LeftOutReport {
  private let set: ProblemSet
  private let records: [(number: Int, reason: String)]
  private let name: String?

  /// - Parameters:
  ///   - records: those that were left out, in any order.
  ///   - set: what they are of.
  ///   - name: what the file of problems is called; nil for problems that were drawn.
  public init(_ records: [some KeptRecord], of set: ProblemSet, name: String?) {
    self.set = set
    self.name = name
    self.records = records.compactMap { record in
      record.leftOut.map { (record.number, $0) }
    }.sorted { $0.0 < $1.0 }
  }

  /// The most problems that are named one by one.
  private static let named = 10

  /// `problem 2 (p.jsonl, line 3) was left out: its "answer" is missing`, without their texts.
  public var lines: [String] {
    var lines = records.prefix(Self.named).map { record in
      let line = set.problems[record.number].line
      let place = line.map { " (\(name ?? "line"), line \($0))" } ?? ""
      return "problem \(record.number + 1)\(place) was left out: \(record.reason)"
    }
    if records.count > Self.named {
      lines.append("\(records.count - Self.named) more problems were left out")
    }
    return lines
  }
}
