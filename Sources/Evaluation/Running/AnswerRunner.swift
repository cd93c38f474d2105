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

  /// - Throws: `UnaskableProblem` where the text cannot be asked, and what the model throws.
  func run(_ problem: EvaluationProblem, number: Int) throws -> ProblemRecord {
    let ids = try model.encode(prompt: problem.prompt, answer: problem.answer)
    let (prompt, answer) = (ids.prompt, ids.answer)
    var answers: [[DepthReading]] = []  // [starts][r]
    var record = ProblemRecord(number: number)
    for (index, start) in plan.starts.enumerated() {
      let run = AnswerRun(
        model: model, prompt: prompt, answer: answer, start: start, control: control)
      if index == 0, !plan.exits.isEmpty {
        let (trajectory, readings) = try run.recorded(plan.iterations)
        answers.append(readings)
        record.exits = plan.exits.map { run.exit($0, of: trajectory) }
      } else {
        answers.append(try run.readings(plan.iterations))
      }
    }
    record.promptTokens = prompt.count
    record.tokens = [Int](repeating: answer.count, count: plan.iterations.count)
    record.right = answers.flatMap { $0.map { $0.isRight ? 1 : 0 } }
    record.finite = answers[0].map { $0.isFinite ? 1 : 0 }
    record.divergence = answers[0].compactMap(\.divergence).first
    record.entropy = answers[0].map(\.entropy)
    record.flops = plan.iterations.map {
      model.cost.flops(prompt: prompt.count, answer: answer.count, iterations: $0)
    }
    record.agree = plan.iterations.indices.map { depth in
      answers.allSatisfy { $0[depth].agrees(with: answers[0][depth]) } ? 1 : 0
    }
    return record
  }
}

/// What is read where the answer should stand.
struct DepthReading {
  /// The likeliest tokens; none where their logits are not finite.
  var answer: [Int]
  /// Entropy of the prediction of the first of them, in ticks.
  var entropy: Int
  var isFinite: Bool
  var isRight: Bool
  /// Where the run stopped being numbers, if it has.
  var divergence: Divergence?

  /// What is not finite says nothing, and so agrees with nothing.
  func agrees(with other: DepthReading) -> Bool {
    isFinite && other.isFinite && (isRight && other.isRight || answer == other.answer)
  }
}
