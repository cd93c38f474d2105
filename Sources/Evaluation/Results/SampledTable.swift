import Checkpoints
import ParallelScaling

/// What copies of problems came to, by group: what reports, charts and the last line of a file are
/// made of.
public struct SampledTable: Sendable {
  /// What decides about the results, as `SampledPlan.document` says it.
  public let plan: JSONValue
  /// Of every problem.
  public let copies: Int
  /// By problem.
  public let records: [SampledRecord]
  /// The groups in order of appearance.
  public let groups: [ProblemGroup]
  private let tallies: [ProblemGroup: SampledTally]

  /// - Parameter records: in any order, each problem once.
  public init(_ plan: SampledPlan, records: [SampledRecord]) {
    self.init(plan: plan.document, copies: plan.samples, records: records)
  }

  init(plan: JSONValue, copies: Int, records: [SampledRecord]) {
    (self.plan, self.copies) = (plan, copies)
    self.records = records.sorted { $0.number < $1.number }
    var groups: [ProblemGroup] = []
    var tallies: [ProblemGroup: SampledTally] = [:]
    for record in self.records {
      if tallies[record.group] == nil { groups.append(record.group) }
      tallies[record.group, default: SampledTally(copies: copies)].add(record.outcome)
    }
    (self.groups, self.tallies) = (groups, tallies)
  }

  /// - Parameter group: one of `groups`.
  public func tally(of group: ProblemGroup) -> SampledTally {
    tallies[group] ?? SampledTally(copies: copies)
  }

  /// All problems there were.
  public var asked: Int { records.count }

  /// Problems that could not be asked.
  public var leftOut: Int { groups.reduce(0) { $0 + tally(of: $1).leftOut } }

  /// Problems whose run without noise was not finite.
  public var diverged: Int { groups.reduce(0) { $0 + tally(of: $1).diverged } }

  /// Copies that stopped being finite.
  public var lost: Int { groups.reduce(0) { $0 + tally(of: $1).lost } }

  /// What copies are, for people: `64 copies, relative-noise 0.3, r = 12`.
  public var words: String {
    let kinds = (plan["perturbations"]?.array ?? []).compactMap(\.string)
    var parts = ["\(copies) cop\(copies == 1 ? "y" : "ies")"]
    parts += kinds.map { DisplayText.escape($0) }
    if let iterations = plan["r"] {
      parts.append("r " + DisplayText.escape(iterations.string ?? "= \(iterations.shown)"))
    }
    if plan["positions"]?.string == EnsemblePlan.Positions.last.rawValue {
      parts.append("noise in the last token")
    }
    if let judge = plan["judge"]?.string {
      parts.append("judged by \(DisplayText.escape(judge))")
    }
    if let beams = plan["beams"]?.integer, let ways = plan["ways"]?.integer {
      parts.append("beam \(beams) × \(ways)")
    }
    return parts.joined(separator: ", ")
  }
}
