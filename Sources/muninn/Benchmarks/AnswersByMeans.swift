import Checkpoints
import Evaluation
import LatentModels
import Tasks
import Tensors

/// What the embedded model answers to problems of the tasks it was trained on, in some precision and by
/// some means: how many are right, and how many are what exact, greedy decoding says.
struct AnswersByMeans {
  struct Score: Equatable {
    var problems = 0
    var right = 0
    /// Answers that are those of exact, greedy decoding, right or not.
    var same = 0
  }

  private struct Question {
    var prompt: [Int]
    var answer: [Int]
    /// What exact, greedy decoding says.
    var said: [Int]
  }

  private let plan: ModelPlan
  private let iterations: Int
  private let control: StepControl
  private var questions: [Question] = []

  /// - Parameter count: problems of every usual difficulty of every task.
  /// - Throws: `CheckpointError`, and what the model throws.
  init(count: Int, iterations: Int, control: StepControl) throws {
    let checkpoint = try Checkpoint.embedded()
    plan = try ModelPlan(checkpoint)
    (self.iterations, self.control) = (iterations, control)
    guard case .present(let tokenizer) = checkpoint.tokenizer else { return }
    let model = try plan.open(WeightPacking(precision: .exact, team: .single))
    for task in ReasoningTask.all where checkpoint.trainedTasks.contains(task.name) {
      let problems = TaskProblems.draw(
        task, difficulties: TaskProblems.usualDifficulties(task), form: .latent, count: count,
        seed: 1)
      for problem in problems {
        let ids = try tokenizer.encode(
          prompt: problem.prompt, answer: problem.answer, addSpecialTokens: true)
        var question = Question(prompt: ids.prompt, answer: ids.answer, said: [])
        question.said = try answer(question, .greedy, model)
        questions.append(question)
      }
    }
  }

  /// Asks everything anew.
  func score(_ precision: Precision, _ means: GenerationMeans) throws -> Score {
    let model = try plan.open(WeightPacking(precision: precision, team: .single))
    var score = Score(problems: questions.count)
    for question in questions {
      let said = try answer(question, means, model)
      score.right += said == question.answer ? 1 : 0
      score.same += said == question.said ? 1 : 0
    }
    return score
  }

  private func answer(
    _ question: Question, _ means: GenerationMeans, _ model: any LatentModel
  ) throws -> [Int] {
    let count = question.answer.count
    let text = try means.write(
      count, behind: question.prompt, by: model, iterations: iterations, control: control)
    return text.tokens.prefix(count).map(\.id)
  }
}
