import Evaluation
import Foundation

/// What was collected, for people.
public struct CollectedReport {
  private let file: CollectedFile

  public init(_ file: CollectedFile) { self.file = file }

  /// What became of the problems, and what labels came to at every step.
  public var lines: [String] {
    let kept = file.kept.map(\.rollouts)
    let counts: [(name: String, count: Int)] = [
      ("kept", kept.count), ("all right", file.count(.unanimous(right: true))),
      ("none right", file.count(.unanimous(right: false))), ("diverged", file.count(.diverged)),
      ("left out", file.leftOut),
    ]
    var lines: [String] = []
    for (name, count) in counts where count > 0 || name == "kept" {
      lines.append(
        Self.row(name, "\(count)") + " of \(RewardWords.count(file.records.count, "problem"))")
    }
    guard let steps = kept.first?.steps else { return lines }
    let correct = kept.flatMap(\.correct)
    let right = correct.filter { $0 }.count
    lines += [Self.row("rollouts", "\(correct.count)") + ", \(right) right", ""]
    // A label tells nothing where it is the same for all rollouts of a problem.
    lines.append(Self.row("step", "mean label") + "  deviation within a problem")
    for step in 0..<steps {
      let labels = kept.map { one in
        one.hits.map { Double($0[step]) / Double(file.completions) }
      }
      let mean = Self.mean(labels.map(Self.mean))
      let spread = TableText.share(Self.mean(labels.map(Self.deviation)))
      lines.append(
        Self.row("\(step + 1)", TableText.share(mean)) + TableText.cell(spread, 28))
    }
    return lines
  }

  private static func row(_ name: String, _ value: String) -> String {
    name.padding(toLength: 12, withPad: " ", startingAt: 0) + TableText.cell(value, 11)
  }

  private static func mean(_ values: [Double]) -> Double {
    values.reduce(0, +) / Double(values.count)
  }

  /// √(Σ(x − m)² / N).
  private static func deviation(_ values: [Double]) -> Double {
    let mean = mean(values)
    return Self.mean(values.map { ($0 - mean) * ($0 - mean) }).squareRoot()
  }
}
