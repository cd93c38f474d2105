import Evaluation
import Foundation
import ParallelScaling

/// The tables of a study as Markdown.
public struct StudyTables {
  private let results: [StudySummary]
  private let plan: StudyPlan

  public init(_ results: [StudySummary], plan: StudyPlan) {
    (self.results, self.plan) = (results, plan)
  }

  public var lines: [String] {
    var lines = [
      "# \(plan.name): tables", "",
      "Written by `muninn study`. \(plan.copies) copies of every question, "
        + "\(plan.seeds.count) draw\(plan.seeds.count == 1 ? "" : "s"); numbers are means over "
        + "questions of means over draws, in brackets 95 % intervals over questions. Among N < "
        + "\(plan.copies) copies every choice is made in each group of N in a row, and the share of "
        + "right ones counts.",
    ]
    for group in StudyGroup.settings(results) {
      lines += ["", "## \(group.setting)", ""] + about(group) + [""] + coverage(group)
      for sampler in StudyGroup.samplers(group.results) { lines += best(sampler) }
      lines += [""] + spread(group)
      for result in group.results where result.isLearned || !hasLearned(group, result.sampler) {
        lines += ["", "### Chosen among copies: \(result.sampler) \(result.strength)", ""]
        lines += choices(result)
      }
      lines += ["", "### Judges: right from wrong copies of one question", ""] + judges(group)
      lines += ["", "### Judges and votes together", ""] + blends(group)
    }
    return lines
  }

  private func hasLearned(_ group: StudyGroup, _ sampler: String) -> Bool {
    group.results.contains { $0.sampler == sampler && $0.isLearned }
  }

  private func about(_ group: StudyGroup) -> [String] {
    guard let setting = plan.settings.first(where: { $0.name == group.setting }),
      let first = group.results.first
    else { return [] }
    let model =
      setting.model.map { $0.split(separator: "/").last.map(String.init) ?? $0 }
      ?? "the embedded model"
    let levels = setting.levels.map(String.init).joined(separator: ", ")
    return [
      "Model: \(model). Task: \(setting.task), level \(levels), r = \(setting.steps), noise and masks in "
        + "\(setting.positions == .all ? "all tokens" : "the last token"). \(first.questions) questions; "
        + "greedy is right in \(cell(first.greedy))."
    ]
  }

  private func coverage(_ group: StudyGroup) -> [String] {
    let counts = plan.counts
    var lines = [
      row(
        ["sampler", "strength"]
          + counts.map { "coverage@\($0)" }
          + ["guess: uniform", "marginal", "other question", "beyond the last", "answers"]),
      rule(counts.count + 7),
    ]
    for result in group.results {
      lines.append(
        row(
          [result.sampler, "\(result.strength)"]
            + result.coverage.enumerated().map { index, interval in
              index == 0 || index == counts.count - 1 ? cell(interval) : short(interval?.mean)
            }
            + [
              short(result.guessing.uniform.last), short(result.guessing.marginal.last),
              short(result.guessing.other.last), cell(result.beyondGuessing, signed: true),
              String(format: "%.1f", result.distinct),
            ]))
    }
    return lines
  }

  private func best(_ group: StudyGroup) -> [String] {
    func words(_ result: StudySummary?) -> String { result.map { "\($0.strength)" } ?? "–" }
    return [
      "",
      "\(group.sampler): best strength by coverage \(words(group.bestByCoverage)), by coverage beyond "
        + "guessing \(words(group.bestBeyondGuessing)), by majority \(words(group.bestByMajority)).",
    ]
  }

  private func spread(_ group: StudyGroup) -> [String] {
    func steps(_ values: [Double?]) -> String {
      values.map { $0.map { String(format: "%.2f", $0) } ?? "–" }.joined(separator: " ")
    }
    let noise = StudySummary.driftRatioOfNoise(plan.copies)
    return [
      row([
        "sampler", "strength", "diversity (mean pairwise cosine distance)",
        "drift ratio by step (isotropic noise: \(String(format: "%.2f", noise)))",
        "first direction's share of variance by step",
      ]), rule(5),
    ]
      + group.results.map { result in
        row([
          result.sampler, "\(result.strength)", String(format: "%.4f", result.diversity),
          steps(result.driftRatio), steps(result.largestShare),
        ])
      }
  }

  private func choices(_ result: StudySummary) -> [String] {
    let counts = plan.counts
    let main = StudyGroup.mainJudge(result)
    var lines = [
      row(
        ["chosen by"] + counts.map { "N = \($0)" }
          + ["beyond majority, N = \(plan.copies)", "beyond greedy"]),
      rule(counts.count + 3),
      row(
        ["greedy"] + counts.map { _ in short(result.greedy?.mean) }.dropLast()
          + [cell(result.greedy), "", ""]),
    ]
    // All that is shown of other judges is how they choose alone and with votes; the rest is in the JSON.
    let shown: Set<String> = ["best-of-n-sum", "best-of-n-bce", "weighted", "search"]
    for choice in result.rows
    where choice.judge == nil || choice.judge == main
      || shown.contains(choice.aggregator)
    {
      let name = choice.judge.map { "\($0): \(choice.aggregator)" } ?? choice.aggregator
      lines.append(
        row(
          [name]
            + choice.accuracy.enumerated().map { index, interval in
              choice.aggregator == "search" && index < counts.count - 1
                ? "" : index == counts.count - 1 ? cell(interval) : short(interval?.mean)
            }
            + [cell(choice.beyondMajority, signed: true), cell(choice.beyondGreedy, signed: true)]
        ))
    }
    return lines
  }

  private func judges(_ group: StudyGroup) -> [String] {
    let names = group.results.first?.judges.map(\.judge) ?? []
    var lines = [
      row(
        ["sampler", "strength", "mixed questions", "measure", "random"] + names),
      rule(5 + names.count),
    ]
    for result in group.results {
      func own(_ value: (StudySummary.JudgeRow) -> StudyInterval?) -> [String] {
        names.map { name in
          cell(result.judges.first { $0.judge == name }.flatMap(value))
        }
      }
      let strength = "\(result.strength)\(result.isLearned ? " (learned at)" : "")"
      lines.append(
        row(
          [result.sampler, strength, "\(result.mixed)", "area", "0.50"] + own(\.area)))
      lines.append(
        row(
          [result.sampler, strength, "\(result.mixed)", "recall@1", cell(result.random)]
            + own(\.recall)))
    }
    return lines
  }

  private func blends(_ group: StudyGroup) -> [String] {
    var lines = [
      row([
        "sampler", "strength", "blend", "N = \(plan.copies)", "beyond majority",
        "weights of standardised scores",
      ]), rule(6),
    ]
    for result in group.results {
      for blend in result.blends {
        let weights = zip(blend.parts, blend.weights).map {
          "\($0) \(String(format: "%.2f", $1))"
        }
        lines.append(
          row([
            result.sampler, "\(result.strength)", blend.name,
            cell(blend.accuracy.last.flatMap { $0 }), cell(blend.beyondMajority, signed: true),
            weights.joined(separator: ", "),
          ]))
      }
    }
    return lines
  }

  private func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

  private func rule(_ columns: Int) -> String {
    "|" + String(repeating: "---|", count: columns)
  }

  private func short(_ value: Double?) -> String { TableText.share(value) }

  /// `0.45 (0.38–0.52)`.
  private func cell(_ interval: StudyInterval?, signed: Bool = false) -> String {
    guard let interval else { return "–" }
    guard signed else {
      return "\(short(interval.mean)) (\(short(interval.lower))–\(short(interval.upper)))"
    }
    func sign(_ value: Double) -> String {
      // No −0.00.
      let rounded = (value * 100).rounded() / 100
      return String(format: rounded < 0 ? "−%.2f" : "+%.2f", abs(rounded))
    }
    return "\(sign(interval.mean)) (\(sign(interval.lower)) to \(sign(interval.upper)))"
  }
}
