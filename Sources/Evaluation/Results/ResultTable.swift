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
  /// The groups in order of appearance.
  public private(set) var groups: [ProblemGroup]
  private var places: [Key: Int]
  private var members: [ProblemGroup: [Int]]

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
    groups = []
    places = [:]
    members = [:]
  }

  mutating func add(_ tally: Tally, at key: Key) {
    if let place = places[key] {
      rows[place].tally += tally
    } else {
      places[key] = rows.count
      if members[key.group] == nil { groups.append(key.group) }
      members[key.group, default: []].append(rows.count)
      rows.append(Row(key: key, tally: tally))
    }
  }

  /// What a line is about; nil past the last.
  func key(_ row: Int) -> Key? { rows.indices.contains(row) ? rows[row].key : nil }

  /// Whether there is a line about something.
  func contains(_ key: Key) -> Bool { places[key] != nil }

  /// Counts a problem in.
  public mutating func add(
    _ record: ProblemRecord, of group: ProblemGroup, _ plan: EvaluationPlan
  ) {
    if record.leftOut != nil {
      var tally = Tally(starts: starts.count)
      tally.leftOut = 1
      for measure in plan.measures { add(tally, at: Key(group: group, measure: measure)) }
      return
    }
    var diverged = Tally(starts: starts.count)
    diverged.diverged = 1
    for (index, iterations) in plan.iterations.enumerated() {
      let key = Key(group: group, measure: .iterations(iterations))
      guard record.finite[index] == 1 else {
        add(diverged, at: key)
        continue
      }
      var tally = Tally(starts: starts.count)
      tally.problems = 1
      tally.right = starts.indices.map { record.right[$0 * plan.iterations.count + index] }
      tally.agree = record.agree[index]
      tally.entropy = record.entropy[index]
      tally.flops = record.flops[index]
      tally.tokens = record.tokens[index]
      tally.iterations = iterations * record.tokens[index]
      add(tally, at: key)
    }
    for (exit, outcome) in zip(plan.exits, record.exits) {
      let key = Key(group: group, measure: exit.measure)
      guard outcome.finite == 1 else {
        add(diverged, at: key)
        continue
      }
      var tally = Tally(starts: starts.count)
      tally.problems = 1
      tally.iterations = outcome.iterations
      if !tally.right.isEmpty { tally.right[0] = outcome.right }
      tally.flops = outcome.flops
      tally.tokens = outcome.tokens
      add(tally, at: key)
    }
  }

  /// All problems there were.
  public var asked: Int {
    groups.reduce(0) { Tally.sum($0, rows(of: $1).first?.tally.asked ?? 0) }
  }

  /// Problems that could not be asked.
  public var leftOut: Int {
    groups.reduce(0) { Tally.sum($0, rows(of: $1).first?.tally.leftOut ?? 0) }
  }

  /// Problems, at the depth or rule where there were most of them, whose logits were not finite.
  public var diverged: Int {
    groups.reduce(0) { Tally.sum($0, rows(of: $1).map(\.tally.diverged).max() ?? 0) }
  }

  /// The lines of one group.
  public func rows(of group: ProblemGroup) -> [Row] { (members[group] ?? []).map { rows[$0] } }

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
