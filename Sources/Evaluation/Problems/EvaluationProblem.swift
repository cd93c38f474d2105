import Checkpoints
import Tasks

/// Problems that are counted together: one line of a table.
public struct ProblemGroup: Sendable, Hashable {
  /// A task's name, or what a file of problems is called.
  public var task: String
  /// nil for problems of no known difficulty.
  public var difficulty: Int?
  public var form: AnswerForm?

  public init(task: String, difficulty: Int? = nil, form: AnswerForm? = nil) {
    self.task = task
    self.difficulty = difficulty
    self.form = form
  }
}

/// One question a model is asked.
public struct EvaluationProblem: Sendable, Equatable {
  public let group: ProblemGroup
  public let prompt: String
  public let answer: String
  /// Its line in a file of problems, counted from 1; nil for one that was drawn.
  public let line: Int?
  /// Why it cannot be asked, as the end of a sentence; nil when it can.
  public let defect: String?

  public init(group: ProblemGroup, prompt: String, answer: String, line: Int? = nil) {
    self.group = group
    self.prompt = prompt
    self.answer = answer
    self.line = line
    defect = nil
  }

  /// One that was to be read and is broken. It keeps its number, so that the others keep theirs.
  init(group: ProblemGroup, line: Int, defect: String) {
    self.group = group
    (prompt, answer) = ("", "")
    self.line = line
    self.defect = defect
  }
}

/// What counts as right.
public enum AnswerKind: String, Sendable {
  /// The answer follows the prompt.
  case exact
  /// A text follows, and the last number in it is the answer.
  case lastNumber = "last-number"
}

/// Problems to be worked on, in a fixed order.
public struct ProblemSet: Sendable, Equatable {
  public let kind: AnswerKind
  public let problems: [EvaluationProblem]

  public init(kind: AnswerKind, problems: [EvaluationProblem]) {
    self.kind = kind
    self.problems = problems
  }

  /// The groups in order of appearance.
  public var groups: [ProblemGroup] {
    var seen: Set<ProblemGroup> = []
    return problems.map(\.group).filter { seen.insert($0).inserted }
  }

  /// Tells sets apart: another problem, another order, another fingerprint.
  public var fingerprint: String {
    var hash = Fingerprint()
    hash.add(kind.rawValue)
    for problem in problems {
      hash.add(problem.group.task)
      hash.add(problem.prompt)
      hash.add(problem.answer)
      if problem.defect != nil { hash.add("broken") }
    }
    return hash.text
  }
}
