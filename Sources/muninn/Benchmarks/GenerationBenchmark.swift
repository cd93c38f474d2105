import Checkpoints
import Foundation
import LatentModels
import Tensors

/// Tokens a second by every means in every precision, in turns, beside what the same does to the answers
/// of the embedded model.
struct GenerationBenchmark {
  let plan: ModelPlan
  let precisions: [Precision]
  let means: [GenerationMeans]
  /// Iterations of every token, at most.
  let iterations: Int
  /// Tokens to write, at least.
  let tokens: Int
  /// Token ids.
  let prompt: [Int]
  let rounds: Int
  let answers: AnswersByMeans
  let team: ThreadTeam
  let json: Bool
  let control: StepControl

  private struct Key: Hashable {
    let precision: Precision
    let means: String
  }

  private struct Figures {
    var perSecond: [Double] = []
    var afterFirst: [Double] = []
    var iterations = 0.0
  }

  /// - Throws: what models and generators throw.
  func run(print: (String) throws -> Void) throws {
    var figures: [Key: Figures] = [:]
    let fitting = means.filter { $0.fits(plan.facts) }
    for _ in 0..<rounds {
      for precision in precisions {
        let model = try plan.open(WeightPacking(precision: precision, team: team))
        // The first touch of every weight counts for nobody.
        _ = try GenerationMeans.greedy.write(
          1, behind: [0], by: model, iterations: 1, control: control)
        for one in fitting {
          let key = Key(precision: precision, means: one.name)
          try time(one, of: model, into: &figures[key, default: Figures()])
        }
      }
    }
    if !json { try print(heading) }
    let first = fitting.first.flatMap { figures[Key(precision: precisions[0], means: $0.name)] }
    for one in fitting {
      for precision in precisions {
        guard let figures = figures[Key(precision: precision, means: one.name)] else { continue }
        let score = try answers.score(precision, one)
        try print(
          json
            ? line(precision, one, figures, score)
            : row(precision, one, figures, score, beside: first))
      }
    }
  }

  private func time(
    _ means: GenerationMeans, of model: any LatentModel, into figures: inout Figures
  ) throws {
    let text = try means.write(
      tokens, behind: prompt, by: model, iterations: iterations, control: control)
    let count = text.tokens.count
    figures.perSecond.append(Double(count) / text.seconds)
    if count > text.first {
      figures.afterFirst.append(
        Double(count - text.first) / (text.seconds - text.firstSeconds))
    }
    figures.iterations = Double(text.tokens.map(\.iterations).reduce(0, +)) / Double(count)
  }

  private var heading: String {
    "\(iterations) iterations, a prompt of \(prompt.count) tokens and at least \(tokens) behind it, "
      + "\(team.count) threads, \(KernelTiming.kernelName) kernels, \(rounds) "
      + "\(rounds == 1 ? "turn" : "turns"), medians; right and same: answers of the embedded model, same "
      + "as exact, greedy ones"
  }

  private func row(
    _ precision: Precision, _ means: GenerationMeans, _ figures: Figures,
    _ score: AnswersByMeans.Score, beside first: Figures?
  ) -> String {
    let rate = Self.median(figures.perSecond)
    let ratio = first.map { rate / Self.median($0.perSecond) } ?? 1
    let later =
      figures.afterFirst.isEmpty
      ? "       –" : String(format: "%8.3f", Self.median(figures.afterFirst))
    let name = means.name.padding(toLength: 18, withPad: " ", startingAt: 0)
    let kind = precision.rawValue.padding(toLength: 6, withPad: " ", startingAt: 0)
    return "\(name)\(kind)"
      + String(format: "%8.3f tokens/s (%5.2f times), ", rate, ratio) + later
      + String(format: " after the first, %5.1f iterations a token; ", figures.iterations)
      + String(
        format: "right %d, same %d of %d (%.1f %%)", score.right, score.same, score.problems,
        share(score) * 100)
  }

  private func line(
    _ precision: Precision, _ means: GenerationMeans, _ figures: Figures,
    _ score: AnswersByMeans.Score
  ) -> String {
    var line = JSONLine()
    line.add("means", means.name)
    line.add("precision", precision.rawValue)
    line.add("iterations", iterations)
    line.add("prompt_tokens", prompt.count)
    line.add("rounds", rounds)
    line.add("threads", team.count)
    line.add("tokens_per_second", raw: Self.decimal(Self.median(figures.perSecond)))
    if !figures.afterFirst.isEmpty {
      line.add("after_first_per_second", raw: Self.decimal(Self.median(figures.afterFirst)))
    }
    line.add("iterations_a_token", raw: Self.decimal(figures.iterations))
    line.add("problems", score.problems)
    line.add("right", score.right)
    line.add("same", score.same)
    line.add("same_share", raw: Self.decimal(share(score)))
    line.add("instructions", KernelTiming.kernelName)
    return line.line
  }

  private func share(_ score: AnswersByMeans.Score) -> Double {
    score.problems > 0 ? Double(score.same) / Double(score.problems) : 0
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }

  private static func decimal(_ value: Double) -> String { String(format: "%.4f", value) }
}
