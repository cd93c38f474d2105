import Evaluation
import Foundation
import ParallelScaling

/// Plots of a study for a terminal.
public struct StudyPlots {
  private let results: [StudySummary]

  public init(_ results: [StudySummary]) { self.results = results }

  public var lines: [String] {
    var lines: [String] = []
    for group in StudyGroup.settings(results) {
      if !lines.isEmpty { lines.append("") }
      lines.append(
        "── \(group.setting), greedy \(TableText.share(group.results.first?.greedy?.mean)) ──")
      for sampler in StudyGroup.samplers(group.results) {
        lines += ["", "\(sampler.title): coverage against copies, by strength"]
        lines += coverage(sampler)
        if let shown = sampler.results.first(where: \.isLearned) ?? sampler.bestByMajority {
          lines += ["", "\(sampler.title) \(shown.strength): accuracy of what is chosen"]
          lines += accuracy(shown)
        }
      }
      lines += ["", "\(group.setting): coverage of all copies, and of guesses, against diversity"]
      lines += against(
        group, { $0.coverage.last.flatMap { $0 }?.mean }, "copies of another question",
        { $0.guessing.other.last })
      lines += ["", "\(group.setting): drift ratio of the last step against diversity"]
      lines += against(
        group, { $0.driftRatio.last.flatMap { $0 } }, "isotropic noise",
        { StudySummary.driftRatioOfNoise($0.counts.last ?? 1) })
      lines += [
        "", "\(group.setting): recall@1 of judges on questions with right and wrong copies",
      ]
      lines += recall(group)
    }
    return lines
  }

  private func coverage(_ group: StudyGroup) -> [String] {
    let counts = group.results.first?.counts ?? []
    var curves = group.results.map { result in
      (name: "\(result.strength)", shares: result.coverage.map { $0?.mean })
    }
    if let first = group.results.first {
      curves.append((name: "uniform guesses", shares: first.guessing.uniform))
    }
    return LetterPlot(axis: "N", columns: counts.map(String.init), curves: curves).lines
  }

  private func accuracy(_ result: StudySummary) -> [String] {
    var curves: [(name: String, shares: [Double?])] = []
    func add(_ name: String, _ row: StudySummary.Row?) {
      if let row { curves.append((name: name, shares: row.accuracy.map { $0?.mean })) }
    }
    add("majority", result.row("majority"))
    if let judge = StudyGroup.mainJudge(result) {
      add("best-of-N by \(judge)", result.row("best-of-n-sum", judge))
      add("weighted by \(judge)", result.row("weighted", judge))
    }
    add("lowest entropy", result.row("lowest-entropy"))
    curves.append((name: "greedy", shares: result.counts.map { _ in result.greedy?.mean }))
    return LetterPlot(
      axis: "N", columns: result.counts.map(String.init), curves: curves
    ).lines
  }

  /// By diversity, a letter a sampler, and what it is held against.
  private func against(
    _ group: StudyGroup, _ value: (StudySummary) -> Double?, _ name: String,
    _ beside: (StudySummary) -> Double?
  ) -> [String] {
    let ordered = group.results.sorted { $0.diversity < $1.diversity }
    let samplers = StudyGroup.samplers(group.results).map(\.sampler)
    var curves = samplers.map { sampler in
      (name: sampler, shares: ordered.map { $0.sampler == sampler ? value($0) : nil })
    }
    curves.append((name: name, shares: ordered.map(beside)))
    return LetterPlot(
      axis: "", columns: ordered.map { String(format: " %.4f", $0.diversity) }, curves: curves
    ).lines
  }

  private func recall(_ group: StudyGroup) -> [String] {
    let shown = group.results.filter(\.isLearned)
    return shown.flatMap { result in
      ["\(result.sampler) \(result.strength), \(result.mixed) questions"]
        + ([("random", result.random)] + result.judges.map { ($0.judge, $0.recall) }).map {
          name, interval in
          let bar = String(
            repeating: "█", count: Int((40 * (interval?.mean ?? 0)).rounded()))
          return name.padding(toLength: max(24, name.count), withPad: " ", startingAt: 0)
            + TableText.cell(TableText.share(interval?.mean), 6)
            + TableText.cell(TableText.interval(interval.map { $0.lower...$0.upper }), 12) + "  "
            + bar
        }
    }
  }
}
