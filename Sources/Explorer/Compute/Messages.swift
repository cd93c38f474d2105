import Trajectories

/// Names one run, so that answers to an abandoned one can be told apart.
public struct RunNumber: Sendable, Hashable, Comparable {
  public let value: Int
  public init(_ value: Int) { self.value = value }
  public static func < (a: RunNumber, b: RunNumber) -> Bool { a.value < b.value }
  public var next: RunNumber { RunNumber(value + 1) }
}

/// What the screen asks of the compute thread. Requests are served in order.
public enum ComputeRequest: Sendable, Equatable {
  /// Tokenise, run the prelude, make s₀ and read it out. Answered by `began` or `failed`.
  case begin(RunNumber, PromptSource, Start)
  /// One more iteration from the live edge; `reading` are the positions of the passage that are on
  /// the screen, nil where all are; `measuring` asks for distances to the new state too. Answered by `glimpsed` where there are others, then by
  /// `stepped`, `cancelled` or `failed`.
  case step(RunNumber, reading: Range<Int>? = nil, measuring: Bool = false)
  /// How far the states of every passage are from its last. Answered by `measured`.
  case measure(RunNumber)
  /// The token that a passage (0 is the prompt) says at an iteration, appended; what followed that
  /// passage is set aside. Answered by `appended`, `ended`, `cancelled` or `failed`.
  case append(RunNumber, after: Int, at: Int, Sampling)
  /// Set aside what follows a passage. Answered by `rewritten`.
  case rewind(RunNumber, to: Int)
  /// Bring back what was set aside last, in place of what stands there. Answered by `rewritten`.
  case exchange(RunNumber)
  /// Fit principal components and project every state so far. Answered by `projected`.
  case project(RunNumber, ProjectionFit)
}

/// Where new states lie on the frozen basis.
public struct Places: Sendable {
  public let coordinates: [[Float]]  // [tokens][components]
  /// Of every token's states, these included.
  public let spread: PathSpread.Sums

  public init(coordinates: [[Float]], spread: PathSpread.Sums) {
    self.coordinates = coordinates
    self.spread = spread
  }
}

/// What the compute thread tells the screen.
public enum ComputeEvent: Sendable {
  /// The model is being read; `fraction` in 0...1 when known.
  case loading(fraction: Double?, message: String)
  case opened(ModelSummary)
  case began(RunNumber, Trajectory)
  /// Inside an iteration: `done` of `total` layers, for models whose step takes long.
  case progress(RunNumber, iteration: Int, done: Int, total: Int)
  /// Readings of positions on the screen, from `first` of the passage on, of an iteration whose
  /// other positions are still to be read.
  case glimpsed(RunNumber, iteration: Int, first: Int, [Reading])
  /// One finished iteration; `distanceToLast` [iterations + 1][tokens] if asked for, and where
  /// it lies on the frozen basis, if there is one.
  case stepped(RunNumber, Step, distanceToLast: [[Float]]?, places: Places?)
  /// What was asked for by `measure`.  // [passages][iterations + 1][tokens]
  case measured(RunNumber, [[[Float]]])
  case projected(RunNumber, Projection)
  /// A token was appended; its run so far is s₀.
  case appended(RunNumber, after: Int, at: Int, Trajectory, places: Places?)
  /// The model said a token that ends the text; nothing has changed.
  case ended(RunNumber, after: Int, at: Int, Token)
  /// The text is as asked, and this is its projection if there is a basis.
  case rewritten(RunNumber, Projection?)
  case cancelled(RunNumber)
  /// A request failed; the message is whole sentences for a person.
  case failed(RunNumber?, message: String)
}

/// The compute side as the screen sees it. Calls return at once; events come through `next`.
public protocol ComputeService: AnyObject, Sendable {
  /// Queues a request.
  func submit(_ request: ComputeRequest)
  /// Asks the work in progress to stop at the next layer, and drops what is queued.
  func cancel()
  /// Takes everything that has arrived since the last call; never waits.
  func takeEvents() -> [ComputeEvent]
  /// A descriptor that becomes readable when events have arrived, for `poll(2)`.
  var readyDescriptor: Int32 { get }
  /// Stops the thread.
  func shutDown()
}

extension Projection {
  /// Takes in new states.
  mutating func add(_ places: Places, iteration: Int, firstToken: Int) {
    add(places.coordinates, iteration: iteration, firstToken: firstToken)
    spread = places.spread
  }
}
