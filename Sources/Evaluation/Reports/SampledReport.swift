import Checkpoints
import Foundation
import ParallelScaling

/// What copies came to, for people: coverage against their number, what was chosen among them, with
/// greedy and one random copy in every table, and both against the number of copies as a plot.
public struct SampledReport {
  private let table: SampledTable

  public init(_ table: SampledTable) { self.table = table }

  public var lines: [String] {
    var lines: [String] = []
    for part in TablePart.all(table.groups) {
      if !lines.isEmpty { lines.append("") }
      lines.append(part.title + (part.unit.map { " (\($0))" } ?? "") + " · " + table.words)
      lines += coverage(part) + [""] + choices(part)
      guard table.copies > 1 else { continue }
      for group in part.groups where table.tally(of: group).problems > 0 {
        lines += ["", plotTitle(group)] + plot(group).lines
      }
    }
    return lines
  }

  /// How often the run without noise is right, one copy, and one of k, each with its interval under
  /// it; then the share of copies that answer nothing and how many different answers a problem has.
  private func coverage(_ part: TablePart) -> [String] {
    let counts = Coverage.counts(upTo: table.copies)
    let (diverged, leftOut) = (table.diverged > 0, table.leftOut > 0)
    var head = cell("level", 6) + cell("n", 6) + cell("greedy", 11) + cell("random", 11)
    for count in counts { head += cell("pass@\(count)", 11) }
    head += cell("no answer", 11) + cell("distinct", 10)
    head += (diverged ? cell("diverged", 10) : "") + (leftOut ? cell("left out", 10) : "")
    return [head]
      + part.groups.flatMap { group in
        let tally = table.tally(of: group)
        var line = cell(TablePart.level(group), 6) + cell(String(tally.problems), 6)
        var under = cell("", 6) + cell("95 %", 6)
        let (greedy, means) = (tally.greedy, [tally.random] + counts.map(tally.coverage))
        line += cell(share(greedy?.share), 11)
        under += cell(TableText.interval(greedy?.range), 11)
        for mean in means {
          line += cell(share(mean?.mean), 11)
          under += cell(TableText.interval(mean?.range), 11)
        }
        line += cell(
          tally.unreadableShare.map { String(format: "%.1f %%", 100 * $0) } ?? "–", 11)
        line += cell(tally.distinctAnswers.map { String(format: "%.1f", $0) } ?? "–", 10)
        if diverged { line += cell(String(tally.diverged), 10) }
        if leftOut { line += cell(String(tally.leftOut), 10) }
        return [line, under]
      }
  }

  /// Accuracy of what is chosen among all copies, and among the first n of them.
  private func choices(_ part: TablePart) -> [String] {
    let counts = Coverage.counts(upTo: table.copies)
    let width = 2 + (part.groups.flatMap(names).map(\.count).max() ?? 0)
    var head = cell("level", 6) + "  " + left("chosen by", width) + cell("right", 7)
    head += cell("95 %", 12) + "  of the first"
    for count in counts { head += cell(String(count), 6) }
    return [head]
      + part.groups.flatMap { group -> [String] in
        let tally = table.tally(of: group)
        func line(
          _ name: String, _ share: Double?, _ range: ClosedRange<Double>?, _ rest: String = ""
        ) -> String {
          cell(TablePart.level(group), 6) + "  " + left(name, width)
            + cell(TableText.share(share), 7) + cell(TableText.interval(range), 12) + rest
        }
        return [
          line("greedy", tally.greedy?.share, tally.greedy?.range),
          line("random", tally.random?.mean, tally.random?.range),
        ]
          + tally.choices.map { choice in
            let all = tally.accuracy(choice, counts.count - 1)
            var rest = String(repeating: " ", count: 14)
            for place in counts.indices {
              rest += cell(share(tally.accuracy(choice, place)?.share), 6)
            }
            if choice.chose < tally.problems {
              rest += "  could choose in \(choice.chose)"
            }
            return line(choice.aggregator, all?.share, all?.range, rest)
          }
          + (noExit(tally).map {
            [line("earliest-exit", nil, nil, String(repeating: " ", count: 14) + $0)]
          } ?? [])
          + (tally.beam.map { [line("beam", $0.share, $0.range)] } ?? [])
      }
  }

  /// Says that a rule was asked and stopped no copy; nil where it stopped some, or none was asked.
  private func noExit(_ tally: SampledTally) -> String? {
    guard let rule = table.plan["exit"]?.string,
      !tally.choices.contains(where: { $0.aggregator == "earliest-exit" })
    else { return nil }
    return "\(DisplayText.escape(rule)) stops no copy; --exit names another rule"
  }

  private func names(_ group: ProblemGroup) -> [String] {
    ["chosen by"] + table.tally(of: group).choices.map(\.aggregator)
  }

  private func plotTitle(_ group: ProblemGroup) -> String {
    (group.difficulty.map { "level \($0): " } ?? "")
      + "coverage, and what is chosen among the first n copies"
  }

  private func plot(_ group: ProblemGroup) -> LetterPlot {
    let curves = SampledCurves(table.tally(of: group))
    return LetterPlot(
      axis: "n", columns: curves.counts.map(String.init),
      curves: curves.all.map { curve in (curve.name, curve.points.map { $0?.share }) })
  }

  private func cell(_ text: String, _ width: Int) -> String { TableText.cell(text, width) }
  private func share(_ value: Double?) -> String { TableText.share(value) }

  private func left(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - text.count))
  }
}

/// What is drawn against the number of copies.
struct SampledCurves {
  let counts: [Int]
  let all: [Curve]

  struct Curve {
    let name: String
    /// Whether it does not depend on the number of copies.
    let isFlat: Bool
    /// By `counts`.
    let points: [(share: Double, interval: ClosedRange<Double>)?]
  }

  /// The aggregator that is drawn: the others are in the table.
  private static let drawn = "majority"

  init(_ tally: SampledTally) {
    counts = tally.counts
    let greedy = tally.greedy.map { (share: $0.share, interval: $0.range) }
    let random = tally.random.map { (share: $0.mean, interval: $0.range) }
    let chosen = tally.choices.filter { $0.aggregator == Self.drawn }.map { choice in
      Curve(
        name: choice.aggregator, isFlat: false,
        points: tally.counts.indices.map { place in
          tally.accuracy(choice, place).map { ($0.share, $0.range) }
        })
    }
    all =
      [
        Curve(
          name: "coverage", isFlat: false,
          points: counts.map { count in tally.coverage(count).map { ($0.mean, $0.range) } })
      ] + chosen + [
        Curve(name: "greedy", isFlat: true, points: tally.counts.map { _ in greedy }),
        Curve(name: "random", isFlat: true, points: tally.counts.map { _ in random }),
      ]
  }
}

extension ShareInterval {
  var range: ClosedRange<Double> { lower...upper }
}

extension MeanInterval {
  var range: ClosedRange<Double> { lower...upper }
}
