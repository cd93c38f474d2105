import Foundation
import Trajectories
import Verification

/// Lays out the errors found by a comparison as a table.
struct VerificationReport {
  let ledger: ErrorLedger
  /// Only each family's worst iteration.
  let brief: Bool

  var lines: [String] {
    var lines = [row("tensor", "iteration", "worst error", "tolerance", "share", "where")]
    for family in ledger.families {
      for entry in brief ? worst(family.entries) : family.entries { lines.append(row(entry)) }
    }
    lines.append("")
    for skipped in ledger.skipped { lines.append("not compared: \(skipped.what): \(skipped.why)") }
    lines.append(verdict)
    if let first = ledger.firstOff {
      lines.append(
        "first off: \(first.place.words): \(scientific(first.error)), tolerance "
          + scientific(first.tolerance))
    }
    return lines
  }

  private var verdict: String {
    let compared = ledger.entries.reduce(0) { $0 + $1.compared }
    let failed = ledger.entries.filter { !$0.passes }
    if ledger.entries.isEmpty { return "FAIL: nothing could be compared" }
    if failed.isEmpty { return "ok: \(compared) numbers within tolerance" }
    let families = Set(failed.map(\.family)).sorted().joined(separator: ", ")
    return "FAIL: \(failed.count) of \(ledger.entries.count) rows over tolerance (\(families))"
  }

  private func worst(_ entries: [WorstError]) -> [WorstError] {
    entries.max { $0.ratio < $1.ratio }.map { [$0] } ?? []
  }

  private func row(_ entry: WorstError) -> String {
    row(
      entry.family, entry.iteration.map(String.init) ?? "-", scientific(entry.error),
      scientific(entry.tolerance), String(format: "%.3f", entry.ratio),
      entry.passes ? entry.place : "FAIL \(entry.place)")
  }

  private func scientific(_ value: Double) -> String { String(format: "%.2e", value) }

  private func row(
    _ family: String, _ iteration: String, _ error: String, _ tolerance: String, _ share: String,
    _ place: String
  ) -> String {
    pad(family, 30, right: true) + pad(iteration, 10) + pad(error, 14) + pad(tolerance, 12)
      + pad(share, 8) + "  " + place
  }

  private func pad(_ text: String, _ width: Int, right: Bool = false) -> String {
    // A text wider than its column keeps its distance all the same.
    let space = String(repeating: " ", count: max(right ? 1 : 2, width - text.count))
    return right ? text + space : space + text
  }
}
