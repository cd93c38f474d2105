/// A stretch of training with one mix of data and one schedule.
public struct TrainingStage: Sendable, Equatable {
  public var name: String
  public var steps: Int
  /// Examples of a batch.
  public var rows = 64
  /// Tokens of a row.
  public var length = 48
  /// How often each task is drawn, relative to the others; `text` and `unknown` are data too.
  public var mix: [String: Double]
  /// Part of the examples that ask for the steps in writing, where a task has that form.
  public var verbalShare = 0.25
  /// Part of the problems drawn at the hardest difficulty reached; the others are of any up to it.
  public var hardestShare = 0.0
  /// Difficulties each task starts from, unless the stages before have gone further.
  public var start: [String: Int] = [:]
  /// Difficulties the curriculum stops at.
  public var cap: [String: Int] = [:]
  public var recurrence = RecurrenceLaw()
  /// What thoughts stand for; nil for a model that has none.
  public var thoughts: ThoughtRule?
  public var learningRate = LearningRateSchedule()
  public var curriculum = CurriculumRule()

  public init(name: String, steps: Int, mix: [String: Double]) {
    self.name = name
    self.steps = steps
    self.mix = mix
  }

  /// Most iterations, or thoughts, of a training step.
  var mostIterations: Int { thoughts?.count ?? recurrence.cap }

  /// Names a mix may hold besides tasks.
  public static let otherData = [textName, UnknownPrompts.name]
  /// Windows of plain text.
  public static let textName = "text"
}

/// When the difficulty of a task is raised.
public struct CurriculumRule: Sendable, Equatable {
  /// Steps between checks.
  public var every = 150
  /// Fresh problems of the hardest difficulty in one check.
  public var problems = 48
  /// Share of right answers above which the limit rises by one.
  public var threshold = 0.8
  /// Numbers of iterations tried; the best counts. The mean of the law, plus one, is tried too.
  public var readouts = [16]

  public init() {}
}
