import LatentModels
import Tensors
import Trajectories

/// Asks a model one problem and lets it write: the last number it writes is its answer. Every depth
/// writes a text of its own.
struct TextRunner {
  let model: EvaluationModel
  let plan: EvaluationPlan
  let control: StepControl

  func run(_ problem: EvaluationProblem, number: Int) throws -> ProblemRecord {
    let prompt = try model.encodePrompt(problem.prompt)
    let texts = try plan.iterations.map { try write(prompt, .fixed($0)) }
    let deepest = plan.iterations.last ?? 1
    let exits = try plan.exits.map { choice in
      let policy = ExitPolicy(choice.rule, threshold: choice.threshold, scope: choice.scope)
      let text = try write(
        prompt, .adaptive(policy, maximum: deepest), choice: choice)
      return [text.iterations, isRight(text, problem), text.flops, text.tokens]
    }
    return ProblemRecord(
      number: number, promptTokens: prompt.count, tokens: texts.map(\.tokens),
      right: texts.map { isRight($0, problem) }, entropy: texts.map(\.entropy),
      flops: texts.map(\.flops), agree: [Int](repeating: 1, count: texts.count), exits: exits)
  }

  private struct Text {
    var text = ""
    var tokens = 0
    var iterations = 0
    var entropy = 0
    var flops = 0
  }

  private func isRight(_ text: Text, _ problem: EvaluationProblem) -> Int {
    NumberReading.last(in: text.text) == problem.answer ? 1 : 0
  }

  private func write(
    _ prompt: [Int], _ policy: IterationPolicy, choice: ExitChoice? = nil
  ) throws -> Text {
    var generator = try Generator(
      model: model.model, prompt: prompt,
      options: GenerationOptions(
        iterations: policy, start: start, cache: CacheStrategy()))
    var text = Text()
    let limit = max(1, min(plan.tokenLimit, model.model.facts.maximumTokens - prompt.count + 1))
    var pieces: [Int] = []
    while pieces.count < limit {
      let token = try generator.next(control: control)
      let first = pieces.isEmpty ? 0 : prompt.count + pieces.count - 1
      let positions = first..<prompt.count + pieces.count
      let checks = choice?.rule.readsPrediction == true
      text.flops += model.cost.flops(
        positions: positions, iterations: token.iterations,
        readouts: checks ? token.iterations : 1,
        heads: checks && choice?.scope != .last ? positions.count : 1)
      text.iterations += token.iterations
      if pieces.isEmpty {
        text.entropy = ProblemRecord.ticks(Operations.softmaxStatistics(token.logits).entropy)
      }
      pieces.append(token.id)
      if model.stops.contains(token.id) { break }
    }
    text.tokens = pieces.count
    text.text = pieces.map(model.decode).joined()
    return text
  }

  private var start: TokenStart {
    switch plan.starts[0].state {
    case .zero: .zero
    case .embedded: .embedded
    case .seeded(let seed, let form, let scale): .seeded(seed, form: form, scale: scale)
    case .given(let table): .table(table)
    }
  }
}
