/// What is said of problems that gave no answer.
public struct LeftOutReport {
  private let run: EvaluationRun
  private let records: [ProblemRecord]
  private let name: String?

  /// - Parameters:
  ///   - records: those that were left out, in any order.
  ///   - name: what the file of problems is called; nil for problems that were drawn.
  public init(_ records: [ProblemRecord], of run: EvaluationRun, name: String?) {
    self.run = run
    self.name = name
    self.records = records.filter { $0.leftOut != nil }.sorted { $0.number < $1.number }
  }

  /// The most problems that are named one by one.
  private static let named = 10

  /// `problem 2 (p.jsonl, line 3) was left out: its "answer" is missing`, without their texts.
  public var lines: [String] {
    var lines = records.prefix(Self.named).map { record in
      let line = run.set.problems[record.number].line
      let place = line.map { " (\(name ?? "line"), line \($0))" } ?? ""
      return "problem \(record.number + 1)\(place) was left out: \(record.leftOut ?? "")"
    }
    if records.count > Self.named {
      lines.append("\(records.count - Self.named) more problems were left out")
    }
    return lines
  }
}
