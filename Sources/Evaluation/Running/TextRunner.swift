import Foundation
import Generation
import LatentModels
import Tensors
import Trajectories

/// Asks a model one problem and lets it write: the last number it writes is its answer, or what the
/// format of a model of continuous thoughts says. Every depth writes a text of its own.
struct TextRunner {
  let model: EvaluationModel
  let plan: EvaluationPlan
  let control: StepControl

  /// - Throws: `UnaskableProblem` where the text cannot be asked, and what the model throws.
  func run(_ problem: EvaluationProblem, number: Int) throws -> ProblemRecord {
    let prompt = try model.encode(prompt: problem.prompt)
    let texts = try plan.iterations.map { try write(prompt, .fixed($0)) }
    let deepest = plan.iterations.last ?? 1
    var record = ProblemRecord(number: number)
    record.promptTokens = prompt.count
    record.tokens = texts.map(\.tokens)
    record.right = texts.map { isRight($0, problem) }
    record.finite = texts.map { $0.isFinite ? 1 : 0 }
    record.divergence = texts.compactMap(\.divergence).first
    record.entropy = texts.map(\.entropy)
    record.flops = texts.map(\.flops)
    record.agree = texts.map { $0.isFinite ? 1 : 0 }
    record.exits = try plan.exits.map { choice in
      let policy = ExitPolicy(choice.rule, threshold: choice.threshold, scope: choice.scope)
      let text = try write(
        prompt, .adaptive(policy, maximum: deepest), choice: choice)
      return ProblemRecord.Exit(
        iterations: text.iterations, right: isRight(text, problem), flops: text.flops,
        tokens: text.tokens, finite: text.isFinite ? 1 : 0)
    }
    return record
  }

  private struct Text {
    var bytes: [UInt8] = []
    var tokens = 0
    var iterations = 0
    var entropy = 0
    var flops = 0
    var isFinite: Bool { divergence == nil }
    var divergence: Divergence?
  }

  private func isRight(_ text: Text, _ problem: EvaluationProblem) -> Int {
    guard text.isFinite else { return 0 }
    let written = String(decoding: text.bytes, as: UTF8.self)
    guard let format = model.model.facts.thoughts?.format else {
      return NumberReading.last(in: written) == problem.answer ? 1 : 0
    }
    // Answers of tasks may be words.
    let number = Double(problem.answer)
    let isRight = number.map { format.number(in: written) == $0 }
    return isRight ?? (format.words(in: written) == problem.answer) ? 1 : 0
  }

  private func write(
    _ prompt: [Int], _ policy: IterationPolicy, choice: ExitChoice? = nil
  ) throws -> Text {
    var generator = try Generator(
      model: model.model, prompt: prompt,
      options: GenerationOptions(
        iterations: policy, start: plan.starts[0], cache: CacheStrategy()))
    var text = Text()
    let limit = max(1, min(plan.tokenLimit, model.model.facts.maximumTokens - prompt.count + 1))
    var pieces: [Int] = []
    // What the model itself wrote.
    var answer: [Int] = []
    while pieces.count < limit {
      let token: GeneratedToken
      do {
        token = try generator.next(control: control)
      } catch let error as Divergence {
        text.divergence = error
        break
      }
      let thoughts = model.cost.thinksOnce ? text.iterations : 0
      let first = pieces.isEmpty ? 0 : prompt.count + thoughts + pieces.count - 1
      let positions = first..<prompt.count + thoughts + pieces.count
      let checks = choice?.rule.readsPrediction == true
      text.flops += model.cost.flops(
        positions: positions, iterations: token.iterations,
        readouts: checks ? token.iterations : 1,
        heads: checks && choice?.scope != .last ? positions.count : 1)
      text.iterations += token.iterations
      if answer.isEmpty, !token.isForced {
        text.entropy = ProblemRecord.ticks(Operations.softmaxStatistics(token.logits).entropy)
      }
      pieces.append(token.id)
      if !token.isForced { answer.append(token.id) }
      if model.stops.contains(token.id) { break }
    }
    // Where it diverged the numbers do not count, but are numbers.
    text.tokens = max(1, pieces.count)
    text.iterations = max(text.tokens, text.iterations)
    // The text of a special token may have digits that nobody wrote.
    text.bytes = model.text(answer, after: prompt, skipSpecialTokens: true)
    return text
  }
}
