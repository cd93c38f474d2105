/// What a training run is, for the screen that watches it.
public struct TrainingFacts: Sendable, Equatable {
  /// A stage of the recipe.
  public struct Stage: Sendable, Equatable {
    public var name: String
    public var steps: Int

    public init(name: String, steps: Int) {
      self.name = name
      self.steps = steps
    }
  }

  /// The recipe's name.
  public var name: String
  /// The folder that is trained in.
  public var folder: String
  public var stages: [Stage]
  /// What the difficulty of each task counts, such as `bits`.
  public var units: [String: String]
  /// The prompt that is looked at all the time.
  public var prompt: String
  /// What should follow it; nil where nobody knows.
  public var answer: String?

  public init(
    name: String, folder: String, stages: [Stage], units: [String: String], prompt: String,
    answer: String?
  ) {
    self.name = name
    self.folder = folder
    self.stages = stages
    self.units = units
    self.prompt = prompt
    self.answer = answer
  }

  var steps: Int { stages.reduce(0) { $0 + $1.steps } }
}

/// What one step says.
public struct TrainingStep: Sendable, Equatable {
  /// Steps done, this one included.
  public var step: Int
  /// Index of the stage.
  public var stage: Int
  /// Nats.
  public var loss: Double
  public var iterations: Int
  /// Over the last seconds.
  public var tokensPerSecond: Double
  /// Until every step is done, at the present pace.
  public var secondsLeft: Double

  public init(
    step: Int, stage: Int, loss: Double, iterations: Int, tokensPerSecond: Double,
    secondsLeft: Double
  ) {
    self.step = step
    self.stage = stage
    self.loss = loss
    self.iterations = iterations
    self.tokensPerSecond = tokensPerSecond
    self.secondsLeft = secondsLeft
  }
}

/// What several steps say together.
public struct TrainingRecord: Sendable, Equatable {
  /// Steps done.
  public var step: Int
  /// Mean since the record before, nats.
  public var loss: Double
  /// The hardest difficulty each task is drawn at.
  public var limits: [String: Int]
  /// Accuracy of each task at its limit, when it was measured here.
  public var accuracy: TrainingAccuracy?

  public init(
    step: Int, loss: Double, limits: [String: Int], accuracy: TrainingAccuracy? = nil
  ) {
    self.step = step
    self.loss = loss
    self.limits = limits
    self.accuracy = accuracy
  }
}

/// Share of whole answers right, by task and number of iterations.
public struct TrainingAccuracy: Sendable, Equatable {
  /// Numbers of iterations, ascending.
  public var readouts: [Int]
  /// In the order of `readouts`.
  public var shares: [String: [Double]]
  /// Problems of each task.
  public var problems: Int
  /// The difficulty each task was measured at.
  public var limits: [String: Int]

  public init(
    readouts: [Int], shares: [String: [Double]], problems: Int, limits: [String: Int]
  ) {
    self.readouts = readouts
    self.shares = shares
    self.problems = problems
    self.limits = limits
  }
}

/// The fixed prompt as the averaged weights think about it, now and before.
public struct TrainingPaths: Sendable, Equatable {
  /// What would be said after one number of iterations.
  public struct Reading: Sendable, Equatable {
    public var text: String
    public var probability: Double

    public init(text: String, probability: Double) {
      self.text = text
      self.probability = probability
    }
  }

  public struct Path: Sendable, Equatable {
    /// Training steps done then.
    public var step: Int
    /// Coordinates in the plane, of s₀ and after every iteration.
    public var points: [[Float]]  // [iterations + 1][2]
    /// In the same order.
    public var readings: [Reading]  // [iterations + 1]

    public init(step: Int, points: [[Float]], readings: [Reading]) {
      self.step = step
      self.points = points
      self.readings = readings
    }
  }

  /// Oldest first, the newest last.
  public var paths: [Path]
  /// Steps done when the plane was fitted.
  public var fittedAt: Int
  /// Share of the variance of the fitted states that lies in the plane.
  public var explainedShare: Double

  public init(paths: [Path], fittedAt: Int, explainedShare: Double) {
    self.paths = paths
    self.fittedAt = fittedAt
    self.explainedShare = explainedShare
  }
}

/// How training ended.
public enum TrainingEnd: Sendable, Equatable {
  /// Every step is done.
  case finished
  /// Stopped and saved; it can be gone on with.
  case stopped
  /// An error said elsewhere.
  case failed
}

/// What the training thread tells the screen.
public enum TrainingEvent: Sendable, Equatable {
  case step(TrainingStep)
  case record(TrainingRecord)
  case looked(TrainingPaths)
  /// A checkpoint was written when so many steps were done.
  case saved(step: Int)
  /// Training stands still, or goes on.
  case paused(Bool)
  case ended(TrainingEnd)
}
