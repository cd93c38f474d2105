import Checkpoints
import Tasks

/// Draws problems of tasks. A group has a stream of its own, so its problems are the same whatever
/// else is asked for, and the first hundred are the same of two hundred.
public enum TaskProblems {
  /// Levels shown when none are named: those whose prompts the embedded model was made for, and
  /// some beyond.
  public static func usualDifficulties(_ task: ReasoningTask) -> [Int] {
    [1, 2, 3, 4, 5, 6, 8, 10, 14, 20, 28].filter { level in
      var random = TaskRandom(seed: 0)
      return task.difficulties.contains(level)
        && task.make(level, .latent, &random).prompt.utf8.count <= longestUsualPrompt
    }
  }

  private static let longestUsualPrompt = 46

  /// `count` problems of every level.
  /// - Precondition: the task knows the levels and the form.
  public static func draw(
    _ task: ReasoningTask, difficulties: [Int], form: AnswerForm, count: Int, seed: UInt64
  ) -> [EvaluationProblem] {
    precondition(task.forms.contains(form))
    return difficulties.flatMap { difficulty in
      precondition(task.difficulties.contains(difficulty))
      // Both forms ask the same questions.
      var stream = Fingerprint()
      stream.add("evaluation")
      stream.add(task.name)
      stream.add(String(difficulty))
      var random = TaskRandom(seed: seed, stream: stream.value)
      let group = ProblemGroup(task: task.name, difficulty: difficulty, form: form)
      return (0..<count).map { _ in
        let problem = task.make(difficulty, form, &random)
        return EvaluationProblem(group: group, prompt: problem.prompt, answer: problem.answer)
      }
    }
  }
}
