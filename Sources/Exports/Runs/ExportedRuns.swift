import Tensors
import Trajectories

/// Runs with everything that was measured of them, as values: what exporters write. They need neither model
/// nor screen, so that runs computed now and runs read from a file are written alike.
public struct ExportedRuns: Sendable {
  /// Where a run leaves the one it goes on from.
  public struct Origin: Sendable, Hashable {
    /// Its number among the runs.
    public let run: Int
    /// After which of its iterations.
    public let iteration: Int

    /// A place in a run.
    public init(run: Int, iteration: Int) { (self.run, self.iteration) = (run, iteration) }
  }

  /// The run of a prompt, of one token after it, or of what another ran with an edit.
  public struct Run: Sendable {
    /// What records call it.
    public let number: Int
    /// What it goes on from; nil for a prompt.
    public let origin: Origin?
    /// Whether it is another run of the tokens of its origin, in whose place it stands.
    public let isRerun: Bool
    /// What made it, for people.
    public let words: String
    /// Where its first token stands in the text.
    public let firstToken: Int
    /// What was computed of it, with distances and arrival where they were measured.
    public internal(set) var trajectory: Trajectory
    /// The texts of its tokens, unescaped; of a whole text joined they are all of it.
    public let texts: [String]  // [tokens]
    /// Raw states; empty where they are not to be had.
    public internal(set) var states: [Matrix]  // [iterations + 1] of [tokens, width]
    /// ln_f of them; empty where they are not to be had.
    public internal(set) var normed: [Matrix]  // [iterations + 1] of [tokens, width]
    /// Where the states lie in the plane of two principal components; empty where there is none.
    public internal(set) var places: [[[Float]]]  // [iterations + 1][tokens][2]

    /// A run as it was computed; states and places are added where they are known.
    public init(
      number: Int, origin: Origin? = nil, isRerun: Bool = false, words: String, firstToken: Int = 0,
      trajectory: Trajectory, texts: [String], states: [Matrix] = [], normed: [Matrix] = [],
      places: [[[Float]]] = []
    ) {
      self.number = number
      self.origin = origin
      self.isRerun = isRerun
      self.words = words
      self.firstToken = firstToken
      self.trajectory = trajectory
      self.texts = texts
      self.states = states
      self.normed = normed
      self.places = places
    }
  }

  /// The name of the model.
  public let model: String
  /// The version of the program.
  public let program: String
  /// What there are numbers of, such as an exit gate.
  public let parts: MetricParts
  /// In the order of their numbers; an origin comes before what leaves it.
  public internal(set) var runs: [Run]
  /// The number of the one that is looked at.
  public let current: Int
  /// What token ids read.
  public let vocabulary: TokenTexts
  /// Share of the variance of all states along the components that places are of; empty where there are none.
  public internal(set) var shares: [Float]  // [2]

  /// Runs of one model.
  public init(
    model: String, program: String, parts: MetricParts, runs: [Run], current: Int,
    vocabulary: TokenTexts, shares: [Float] = []
  ) {
    self.model = model
    self.program = program
    self.parts = parts
    self.runs = runs
    self.current = current
    self.vocabulary = vocabulary
    self.shares = shares
  }

  /// The numbers that can be told of every token after every iteration.
  public var metrics: [Metric] { Metric.all(parts) }
}

/// What an exporter wants beside iterations and what was read out of them.
public struct ExportNeeds: OptionSet, Sendable, Hashable {
  public let rawValue: Int
  public init(rawValue: Int) { self.rawValue = rawValue }

  /// How far states and predictions are from the last.
  public static let ends = ExportNeeds(rawValue: 1)
  /// The states, raw and normed.
  public static let states = ExportNeeds(rawValue: 2)
  /// Their places in a plane.
  public static let plane = ExportNeeds(rawValue: 4)
}
