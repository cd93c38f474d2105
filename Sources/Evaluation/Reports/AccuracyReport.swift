import Foundation

/// A table for people: accuracy by level and depth, and what the exit rules did.
public struct AccuracyReport {
  public let table: ResultTable
  /// Whether plots are drawn below the tables.
  public let withPlots: Bool

  public init(_ table: ResultTable, withPlots: Bool = true) {
    self.table = table
    self.withPlots = withPlots
  }

  public var lines: [String] {
    var lines: [String] = []
    for part in TablePart.all(table.groups) {
      if !lines.isEmpty { lines.append("") }
      lines.append(part.title + (part.unit.map { " (\($0))" } ?? ""))
      lines += accuracies(part)
      let exits = exits(part)
      if !exits.isEmpty { lines += [""] + exits }
      if withPlots, part.groups.contains(where: { table.curve(of: $0).count > 1 }) {
        lines += [""] + LetterPlot(table, groups: part.groups).lines
      }
    }
    return lines
  }

  /// Accuracy at every r; then, at the last r, its interval, entropy, agreement and how many
  /// problems diverged; how many were left out; then the r the level needs, and what a problem costs
  /// there.
  private func accuracies(_ part: TablePart) -> [String] {
    let depths = part.groups.first.map { table.curve(of: $0).map(\.iterations) } ?? []
    let agrees = table.starts.count > 1
    let (diverged, leftOut) = (table.diverged > 0, table.leftOut > 0)
    var head = cell("level", 6) + cell("n", 6)
    for depth in depths { head += cell("r=\(depth)", 7) }
    head += cell("95 %", 14) + cell("nats", 8) + (agrees ? cell("agree", 7) : "")
    head += (diverged ? cell("diverged", 10) : "") + (leftOut ? cell("left out", 10) : "")
    head += cell("needs", 8) + cell("tokens", 7) + cell("MFLOP", 9)
    return [head]
      + part.groups.map { group in
        let curve = table.curve(of: group)
        guard let last = curve.last?.tally else { return cell(TablePart.level(group), 6) }
        var line = cell(TablePart.level(group), 6) + cell(String(last.problems), 6)
        for point in curve { line += cell(share(point.tally.accuracy), 7) }
        line += cell(TableText.interval(last.interval), 14)
        line += cell(last.entropyInNats.map { String(format: "%.4f", $0) } ?? "–", 8)
        if agrees { line += cell(share(last.agreement), 7) }
        if diverged { line += cell(String(last.diverged), 10) }
        if leftOut { line += cell(String(last.leftOut), 10) }
        let needed = ResultTable.needed(curve)
        line += cell(needed.map { "r=\($0.iterations)" } ?? "–", 8)
        line += cell(last.tokensPerProblem.map { String(format: "%.1f", $0) } ?? "–", 7)
        let cost = (needed?.tally ?? last).flopsPerProblem
        return line + cell(cost.map { String(format: "%.1f", $0 / 1e6) } ?? "–", 9)
      }
  }

  private func exits(_ part: TablePart) -> [String] {
    var lines: [String] = []
    for group in part.groups {
      for row in table.rows(of: group) {
        guard case .exit(let rule, let scope, let threshold) = row.key.measure else { continue }
        if lines.isEmpty {
          lines.append(
            cell("level", 6) + cell("exit", 18) + cell("at", 9) + cell("scope", 7)
              + cell("iterations", 12) + cell("accuracy", 10) + cell("95 %", 14)
              + cell("MFLOP", 9))
        }
        let tally = row.tally
        lines.append(
          cell(TablePart.level(group), 6) + cell(rule, 18)
            + cell(String(format: "%g", Double(threshold)), 9)
            + cell(scope, 7)
            + cell(tally.iterationsPerToken.map { String(format: "%.1f", $0) } ?? "–", 12)
            + cell(share(tally.accuracy), 10)
            + cell(TableText.interval(tally.interval), 14)
            + cell(tally.flopsPerProblem.map { String(format: "%.1f", $0 / 1e6) } ?? "–", 9))
      }
    }
    return lines
  }

  private func share(_ value: Double?) -> String { TableText.share(value) }
  private func cell(_ text: String, _ width: Int) -> String { TableText.cell(text, width) }
}
