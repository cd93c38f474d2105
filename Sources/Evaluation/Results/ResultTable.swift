import Tasks

/// Results by group and depth: what tables, plots and files are made of.
public struct ResultTable: Sendable, Equatable {
  /// What a line is about.
  public enum Measure: Sendable, Hashable {
    /// After so many iterations.
    case iterations(Int)
    /// Where a rule stopped: its name, scope and threshold.
    case exit(rule: String, scope: String, threshold: Float)
  }

  public struct Key: Sendable, Hashable {
    public var group: ProblemGroup
    public var measure: Measure
  }

  public struct Row: Sendable, Equatable {
    public let key: Key
    public var tally: Tally
  }

  /// The plan's fingerprint: tables of one plan can be added.
  public let plan: String
  /// How the starts are called.
  public let starts: [String]
  public private(set) var rows: [Row]
  private var places: [Key: Int]

  /// A table of zeros, every line of a plan in its place.
  public init(_ plan: EvaluationPlan, groups: [ProblemGroup]) {
    self.init(plan: plan.fingerprint, starts: plan.starts.map(\.label))
    for group in groups {
      for measure in plan.measures {
        add(Tally(starts: starts.count), at: Key(group: group, measure: measure))
      }
    }
  }

  /// An empty table.
  init(plan: String, starts: [String]) {
    self.plan = plan
    self.starts = starts
    rows = []
    places = [:]
  }

  mutating func add(_ tally: Tally, at key: Key) {
    if let place = places[key] {
      rows[place].tally += tally
    } else {
      places[key] = rows.count
      rows.append(Row(key: key, tally: tally))
    }
  }

  /// Counts a problem in.
  public mutating func add(
    _ record: ProblemRecord, of group: ProblemGroup, _ plan: EvaluationPlan
  ) {
    for (index, iterations) in plan.iterations.enumerated() {
      var tally = Tally(starts: starts.count)
      tally.problems = 1
      tally.right = starts.indices.map { record.right[$0 * plan.iterations.count + index] }
      tally.agree = record.agree[index]
      tally.entropy = record.entropy[index]
      tally.flops = record.flops[index]
      tally.tokens = record.tokens[index]
      tally.iterations = iterations * record.tokens[index]
      add(tally, at: Key(group: group, measure: .iterations(iterations)))
    }
    for (exit, numbers) in zip(plan.exits, record.exits) {
      var tally = Tally(starts: starts.count)
      tally.problems = 1
      tally.iterations = numbers[0]
      if !tally.right.isEmpty { tally.right[0] = numbers[1] }
      tally.flops = numbers[2]
      tally.tokens = numbers[3]
      add(tally, at: Key(group: group, measure: exit.measure))
    }
  }

  /// The groups in order.
  public var groups: [ProblemGroup] {
    var seen: Set<ProblemGroup> = []
    return rows.map(\.key.group).filter { seen.insert($0).inserted }
  }

  /// The lines of one group.
  public func rows(of group: ProblemGroup) -> [Row] { rows.filter { $0.key.group == group } }

  /// The lines of a group by number of iterations.
  public func curve(of group: ProblemGroup) -> [(iterations: Int, tally: Tally)] {
    rows(of: group).compactMap { row in
      if case .iterations(let count) = row.key.measure { (count, row.tally) } else { nil }
    }
  }
}

extension ExitChoice {
  var measure: ResultTable.Measure {
    .exit(rule: rule.name, scope: scope.rawValue, threshold: threshold)
  }
}

extension EvaluationPlan {
  var measures: [ResultTable.Measure] {
    iterations.map { .iterations($0) } + exits.map(\.measure)
  }
}
