import LatentModels
import Tensors
import Trajectories

/// Asks a model one problem whose answer is a run of tokens.
///
/// The answer is laid behind the prompt and one run made over both: after r iterations it is what
/// the model would have written if, and only if, the likeliest token at every position is the one
/// that follows. So one run of the greatest r serves every smaller one.
struct AnswerRunner {
  let model: EvaluationModel
  let plan: EvaluationPlan
  let control: StepControl

  func run(_ problem: EvaluationProblem, number: Int) throws -> ProblemRecord {
    let prompt = try model.encodePrompt(problem.prompt)
    let answer = try model.encodeAnswer(problem.answer)
    guard !prompt.isEmpty, !answer.isEmpty else { throw ModelError.emptyPrompt }
    let depths = plan.iterations.count
    var answers: [[[Int]]] = []  // [starts][r][answer tokens]
    var entropies: [Int] = []  // [r], of the first start
    var exits: [[Int]] = []
    for (index, start) in plan.starts.enumerated() {
      let run = OneRun(
        model: model, prompt: prompt, answer: answer, start: start.state, control: control)
      if index == 0, !plan.exits.isEmpty {
        let (trajectory, readings) = try run.recorded(plan.iterations)
        answers.append(readings.map(\.answer))
        entropies = readings.map(\.entropy)
        exits = plan.exits.map { run.exit($0, of: trajectory) }
      } else {
        let readings = try run.readings(plan.iterations)
        answers.append(readings.map(\.answer))
        if index == 0 { entropies = readings.map(\.entropy) }
      }
    }
    return ProblemRecord(
      number: number, promptTokens: prompt.count,
      tokens: [Int](repeating: answer.count, count: depths),
      right: answers.flatMap { $0.map { $0 == answer ? 1 : 0 } }, entropy: entropies,
      flops: plan.iterations.map {
        model.cost.flops(prompt: prompt.count, answer: answer.count, iterations: $0)
      },
      agree: (0..<depths).map { depth in
        answers.allSatisfy { $0[depth] == answers[0][depth] } ? 1 : 0
      }, exits: exits)
  }
}

/// A prompt with its answer behind it, from one start.
private struct OneRun {
  let model: EvaluationModel
  let prompt: [Int]
  let answer: [Int]
  let start: InitialState
  let control: StepControl

  struct Reading {
    /// The likeliest tokens where the answer should stand.
    let answer: [Int]
    /// Of the first of them, in ticks.
    let entropy: Int
  }

  /// The last token of the answer is not needed: nothing is read after it.
  private var ids: [Int] { prompt + answer.dropLast() }

  /// Positions whose next token is the answer's.
  private var asked: Range<Int> { prompt.count - 1..<prompt.count - 1 + answer.count }

  /// What is read at some depths.
  func readings(_ depths: [Int]) throws -> [Reading] {
    let context = try model.model.begin(ids, control: control)
    var state = try model.model.initialState(start, in: context)
    var readings: [Reading] = []
    for iteration in 1...(depths.last ?? 1) {
      state = try model.model.step(state, in: context, control: control)
      try Divergence.check(states: state, iteration: iteration)
      guard depths.contains(iteration) else { continue }
      let logits = try model.model.readout(
        state, in: context, positions: asked, control: control)  // [answer tokens, vocabulary]
      try Divergence.check(logits: logits, firstToken: asked.lowerBound, iteration: iteration)
      readings.append(
        Reading(
          answer: (0..<logits.rows).map { Operations.topK(logits.row($0), count: 1)[0].id },
          entropy: ProblemRecord.ticks(Operations.softmaxStatistics(logits.row(0)).entropy)))
    }
    return readings
  }

  /// The same, with everything kept that exit rules look at.
  func recorded(_ depths: [Int]) throws -> (Trajectory, [Reading]) {
    let recorder = try Recorder(
      model: model.model, ids: ids, start: start, candidates: 1, text: { _ in "" },
      control: control)
    let tokens = ids.map { Token(id: $0, text: "", isSpecial: false) }
    var trajectory = try recorder.begin(prompt: "", tokens: tokens, start: "", control: control)
    for _ in 1...(depths.last ?? 1) {
      trajectory.append(try recorder.advance(control: control))
    }
    if let divergence = trajectory.divergence { throw divergence }
    let readings = depths.map { depth in
      let step = trajectory.steps[depth]
      return Reading(
        answer: asked.compactMap { step.readings[$0].argmax },
        entropy: ProblemRecord.ticks(Double(step.readings[asked.lowerBound].entropy ?? 0)))
    }
    return (trajectory, readings)
  }

  /// Every token of the answer leaves where the rule says so, looking at what stands before it.
  /// - Returns: iterations of all tokens, 1 if all are right, FLOPs, tokens.
  func exit(_ choice: ExitChoice, of trajectory: Trajectory) -> [Int] {
    var (iterations, flops, isRight) = (0, 0, true)
    for (index, token) in answer.enumerated() {
      let last = asked.lowerBound + index
      let stop =
        choice.rule.firstExit(
          trajectory, threshold: choice.threshold, scope: choice.scope, through: last)
        ?? trajectory.lastIteration
      iterations += stop
      isRight = isRight && trajectory.steps[stop].readings[last].argmax == token
      let positions = index == 0 ? 0..<prompt.count : last..<last + 1
      flops += model.cost.flops(
        positions: positions, iterations: stop,
        readouts: choice.rule.readsPrediction ? stop : 1,
        heads: choice.rule.readsPrediction && choice.scope != .last ? positions.count : 1)
    }
    return [iterations, isRight ? 1 : 0, flops, answer.count]
  }
}
