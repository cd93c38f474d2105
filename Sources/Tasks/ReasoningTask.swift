/// A family of problems of graded difficulty that are generated, not collected.
///
/// To add one: one file with a `ReasoningTask` value, and its row in `ReasoningTask.all`.
public struct ReasoningTask: Sendable {
  /// The name on the command line and in recipes: `parity`.
  public let name: String
  /// What it is called on a screen: `shell game`.
  public let title: String
  /// What is asked, in one line.
  public let summary: String
  /// What difficulty counts: `bits`, `operators`.
  public let unit: String
  /// The difficulties that can be generated.
  public let difficulties: ClosedRange<Int>
  /// The forms it can be asked in.
  public let forms: [AnswerForm]
  /// How often a guess that knows the format is right.
  public let chance: Double
  /// What its results are counted modulo, which a person who reads `9+5?` cannot know; nil where they are
  /// what they look like.
  public var modulus: Int?
  /// Bytes of the longest prompt of a difficulty and a form together with its answer.
  public let longest: @Sendable (_ difficulty: Int, _ form: AnswerForm) -> Int
  /// Makes one problem; the same generator state gives the same problem on every machine.
  /// The difficulty and the form must be among those above.
  public let make:
    @Sendable (_ difficulty: Int, _ form: AnswerForm, _ random: inout TaskRandom) -> Problem
  /// Reads a prompt of this task: its answer, difficulty and form; nil when the prompt is not one.
  /// A newline before it and blanks around it do not matter.
  public let recognize: @Sendable (_ prompt: String) -> RecognizedProblem?
}

/// What a prompt turned out to be.
public struct RecognizedProblem: Sendable, Equatable {
  public var difficulty: Int
  public var form: AnswerForm
  public var answer: String
  /// What can be known on the way; offsets count in the prompt as it was given.
  public var partialResults: [PartialResult]

  public init(
    difficulty: Int, form: AnswerForm, answer: String, partialResults: [PartialResult] = []
  ) {
    self.difficulty = difficulty
    self.form = form
    self.answer = answer
    self.partialResults = partialResults
  }
}

extension ReasoningTask {
  /// Every task, in the order of help and tables. A prompt that two could have made belongs to the
  /// first, so a simpler task stands before the one that contains it.
  public static let all: [ReasoningTask] = [
    .parity, .arithmetic, .multiplication, .rockPaperScissors, .shellGame, .addition, .lookUp,
    .copy,
  ]

  /// Whether a problem has a worked solution: as many steps, of one byte each, as its difficulty says.
  public var hasSteps: Bool { forms.contains(.verbal) }

  /// Bytes that the steps of a problem have at most.
  public func longestSteps(_ difficulty: Int) -> Int {
    hasSteps ? 1 + longest(difficulty, .verbal) - longest(difficulty, .latent) : 0
  }

  /// The task of a name.
  public static func named(_ name: String) -> ReasoningTask? { all.first { $0.name == name } }

  /// The key of a model's config.json under which the names of the tasks it was trained on stand.
  /// What a model that never saw a task says to its prompts is neither right nor wrong.
  public static let configurationKey = "trained_tasks"

  /// What task a prompt is of, if of any.
  /// - Parameter names: the tasks that come into question; nil for all.
  public static func recognize(
    _ prompt: String, among names: Set<String>? = nil
  ) -> (task: ReasoningTask, problem: RecognizedProblem)? {
    for task in all where names?.contains(task.name) != false {
      if let problem = task.recognize(prompt) { return (task, problem) }
    }
    return nil
  }
}
