import Engine
import Exports
import LatentModels
import RunFiles
import Trajectories

/// Tells the beginning asked for last from those before.
public struct RunNumber: Sendable, Hashable, Comparable {
  public let value: Int
  public init(_ value: Int) { self.value = value }
  public static func < (a: RunNumber, b: RunNumber) -> Bool { a.value < b.value }
  public var next: RunNumber { RunNumber(value + 1) }
}

/// A run that is asked about: its number in the tree, which the answer names, and what made it,
/// by which it is found.
public struct RunKey: Sendable, Hashable {
  public let node: NodeID
  public let lineage: Lineage

  public init(_ node: NodeID, _ lineage: Lineage) {
    self.node = node
    self.lineage = lineage
  }
}

/// What the screen asks of the compute thread. Requests are served in order, and every run that was
/// begun is there to be asked for again.
public enum ComputeRequest: Sendable, Equatable {
  /// Tokenise, run the prelude, make s₀ and read it out, unless that takes long. Answered by `began` or
  /// `failed`.
  case begin(RunNumber, PromptSource, Start)
  /// The same of several, as one batch. Answered by `begunTogether`, `cancelled` or `failed`.
  case beginTogether(RunNumber, [Beginning])
  /// Iteration `to` of a run, from 1; `reading` are the positions of the passage that are on the
  /// screen, nil where all are; `measuring` asks for distances to the new state too. Answered by
  /// `reached` where readouts take long, `glimpsed` where there are others, then by `stepped`, `cancelled` or `failed`.
  case step(RunKey, to: Int, reading: Range<Int>? = nil, measuring: Bool = false)
  /// What is read out of s₀ of a run that began without it. Answered by `startRead` or `failed`.
  case readStart(RunKey)
  /// Iteration `to` of several runs that differ, as one batch. Answered by `steppedTogether`,
  /// `cancelled` or `failed`.
  case stepTogether([RunKey], to: Int)
  /// How far the states of several runs are from their mean, from an iteration to another. Answered by
  /// `spread`.
  case spread([RunKey], ClosedRange<Int>)
  /// How far the states of every passage of a text are from its last; `upTo` says for each passage
  /// which that is. Answered by `measured`.
  case measure(RunKey, upTo: [Int])
  /// The next piece of how far every prediction of a text is from the last of its passage; `upTo` says for
  /// each passage which that is. From then on steps of the run bring it along, as far as what was read is
  /// remembered. Answered by `arrived`, `cancelled` or `failed`.
  case arrive(RunKey, upTo: [Int])
  /// The token that a run says at an iteration, or one chosen by hand, appended to it. Answered by
  /// `appended`, `ended`, `cancelled` or `failed`.
  case append(RunKey, at: Int, Engine.Choice)
  /// How far two texts are apart after one iteration, of each passage as far as `upTo` says. Answered
  /// by `compared`, `cancelled` or `failed`.
  case compare(RunKey, RunKey, at: Int, upTo: [[Int]])
  /// The paths of one position of several texts in one plane, fitted to all of them; `from` are the
  /// first iterations of each that are asked for on the basis there is, nil to fit it anew. Answered
  /// by `shared`, `cancelled` or `failed`.
  case sharePlane([RunKey], token: Int, from: [Int]?, upTo: [[Int]])
  /// The run with an edit, from s₀. Answered by `edited`, `cancelled` or `failed`.
  case edit(RunKey, EditCause)
  /// The run as one of many copies of it, from s₀. Answered by `copied`, `cancelled` or `failed`.
  case copy(RunKey, CopyCause)
  /// What the stream of one token went through in an iteration, from 1, of a run, and how tokens of the
  /// vocabulary stand there; `row` counts in the run. Answered by `inside`, `cancelled` or `failed`.
  case inside(RunKey, row: Int, iteration: Int, watched: [Int] = [])
  /// What the head would say behind every block, of tokens of a run as they were read, by row of it, or of
  /// a thought, from 1. Answered by `depth`, `cancelled` or `failed`.
  case depth(RunKey, iteration: Int, rows: Range<Int>)
  /// Where attention of a block looked in an iteration, from 1, of a run. Answered by `attention`,
  /// `cancelled` or `failed`.
  case attention(RunKey, iteration: Int, BlockPlace)
  /// Tokens of the vocabulary whose standing all steps from now on tell. Has no answer, and what stops
  /// all else does not stop it.
  case watch([Int])
  /// How tokens of the vocabulary stand in what some of a run's tokens say after an iteration; rows
  /// count in the run. Answered by `standings`, `cancelled` or `failed`.
  case standings([Int], RunKey, at: Int, rows: Range<Int>)
  /// What kind of motion some tokens of a run are in, by row of it, over a window of iterations. Answered by
  /// `moved`, `cancelled` or `failed`.
  case motion(RunKey, rows: Range<Int>, window: ClosedRange<Int>)
  /// The next piece of how small changes are stretched along a run over a window. Answered by `stretched`,
  /// `cancelled` or `failed`.
  case stretch(RunKey, window: ClosedRange<Int>)
  /// What two runs say in the end, for a causal map without cells. Answered by `causalMap`, `cancelled` or
  /// `failed`.
  case causalMap(CausalMap.Question)
  /// Cells of one iteration of a map, whose own cells are not looked at. Answered by `causalCells`,
  /// `cancelled` or `failed`.
  case causalCells(CausalMap, [CausalMap.Cell])
  /// Some copies of an ensemble, by number, as one batch. Answered by `ensemble`, `cancelled` or `failed`.
  case ensemble(EnsembleQuestion, Range<Int>)
  /// What a judge says of some of these copies. Answered by `judged`, `cancelled` or `failed`.
  case judge(JudgeQuestion, Range<Int>)
  /// A search by a judge in place of copies. Answered by `searched`, `cancelled` or `failed`.
  case beam(JudgeQuestion)
  /// Write a session to a file. Answered by `saved`, `cancelled` or `failed`.
  case save(SaveOrder)
  /// Open a session from a file in the place of the one there is; one of another model only where it is
  /// to be looked at and nothing else. Answered by `reopened`, `cancelled` or `failed`.
  case open(String, anyway: Bool)
  /// Runs with everything that an exporter wants of them. Answered by `exported`, `cancelled` or `failed`.
  case export(ExportQuestion)
  /// Fit principal components and project the states of a text, of each passage as far as `upTo` says;
  /// nil: on the basis there is, its own or that of a text it goes on from. Other texts whose states are
  /// fitted on too have that basis from then on. Answered by `projected`.
  case project(RunKey, ProjectionFit?, upTo: [Int], beside: [Engine.Text] = [])
}

/// What an answer is about that tells of no result.
public enum Asked: Sendable, Hashable {
  case beginning(RunNumber)
  case run(NodeID)
  case start
  case comparison
  case inside
  case motion
  case arrival
  case cause
  case ensemble
  case export
  case judging
  case depth
  case attention
  case standings
  case together([NodeID])
  case file
}

/// What made a run, and the run as it begins.
public struct Begun: Sendable {
  public let cause: PromptCause
  public let trajectory: Trajectory

  public init(_ cause: PromptCause, _ trajectory: Trajectory) {
    self.cause = cause
    self.trajectory = trajectory
  }
}

/// An iteration of a run.
public struct NodeStep: Sendable {
  public let node: NodeID
  public let step: Step

  public init(_ node: NodeID, _ step: Step) {
    self.node = node
    self.step = step
  }
}

/// Where new states lie on the frozen basis.
public struct PlanePlaces: Sendable {
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
  case opened(ModelSummary, Vocabulary)
  /// What a beginning that was asked for will take.
  case expected(RunNumber, MemoryForecast)
  /// Inside of a beginning: `done` of `total` layers of its prelude, then of its first readout.
  case beginning(RunNumber, done: Int, total: Int)
  /// What made the run, and the run as it begins.
  case began(RunNumber, PromptCause, Trajectory)
  /// The same of several, in the order in which they were asked for.
  case begunTogether(RunNumber, [Begun])
  /// Inside an iteration: `done` of `total` layers, for models whose step takes long.
  case progress(NodeID, iteration: Int, done: Int, total: Int)
  /// An iteration of a run before anything was read out of it, and where it lies on the basis, of a text
  /// whose readouts take long. The whole of it is to come.
  case reached(NodeID, Step, places: PlanePlaces?)
  /// What was asked for by `readStart`.
  case startRead(NodeID, [Reading])
  /// Readings of positions on the screen, from `first` of the passage on, of an iteration whose
  /// other positions are still to be read.
  case glimpsed(NodeID, iteration: Int, first: Int, [Reading])
  /// One finished iteration; `distanceToLast` [iterations + 1][tokens] if asked for, and where
  /// it lies on the frozen basis, if there is one.
  case stepped(NodeID, Step, distanceToLast: [[Float]]?, places: PlanePlaces?)
  /// One finished iteration of several runs.
  case steppedTogether([NodeStep])
  /// Mean distance to their mean of all these, from an iteration on; nil where it is none.
  case spread([NodeID], from: Int, [Float?])
  /// What was asked for by `measure`.  // [passages][iterations + 1][tokens]
  case measured(NodeID, [[[Float]]])
  /// How far predictions are from the last, of each passage of a text that is done; none where more pieces
  /// are to come. Comes before the step that it is of.
  case arrived(NodeID, [Arrival])
  case projected(NodeID, Projection)
  /// How far two texts are apart after an iteration.
  case compared(NodeID, NodeID, at: Int, BranchDistances.Iteration)
  /// Paths of several texts, with the states from these iterations on.
  case shared([NodeID], SharedPlane, from: [Int])
  /// What was asked for by `inside`.
  case inside(NodeID, CellPass)
  /// Kinds of motion of tokens of a run, by row of it; those of a small run come with its plane too.
  case moved(NodeID, rows: Range<Int>, window: ClosedRange<Int>, [Motion])
  /// What is known so far, and how many pieces of how many are done.
  case stretched(NodeID, window: ClosedRange<Int>, LocalStretch, done: Int, total: Int)
  /// Where inside the model a run diverged.
  case located(NodeID, Divergence)
  /// What was asked for by `causalMap`.
  case causalMap(CausalMap)
  /// What was asked for by `causalCells`.
  case causalCells(CausalMap.Question, [CausalMap.Cell: CausalMap.Effect])
  /// What was asked for by `ensemble`.
  case ensemble(EnsembleChunk)
  /// What was asked for by `judge`.
  case judged(EnsembleVerdicts)
  /// What was asked for by `beam`.
  case searched(EnsembleBeam)
  /// What was asked for by `attention`.
  case attention(NodeID, AttentionMap)
  /// How tokens of the vocabulary stand, by row from the first.
  case standings(NodeID, at: Int, first: Int, [[Standing]])
  /// A token was appended to a run; its own run so far is s₀.
  case appended(Fork, TokenCause, Trajectory, places: PlanePlaces?)
  /// A run was edited; the new one so far is s₀.
  case edited(NodeID, EditCause, Trajectory)
  /// What the head would say behind every block.
  case depth(NodeID, DepthTable)
  /// The copy of a run, and its run so far, which is s₀.
  case copied(NodeID, CopyCause, Trajectory)
  /// A session was written to a file of so many bytes.
  case saved(String, bytes: Int)
  /// A session was opened from a file.
  case reopened(Reopened)
  /// What was asked for by `export`.
  case exported(ExportQuestion, ExportedRuns)
  /// The model said a token that ends the text; nothing has changed.
  case ended(Fork, Token)
  case cancelled(Asked)
  /// States, keys and values have come near what may be kept of them: from now on some are made again.
  case memoryIsFull(bytes: Int)
  /// A request failed; the message is whole sentences for a person.
  case failed(Asked?, message: String)
}

/// The compute side as the screen sees it. Calls return at once; events come through `next`.
public protocol ComputeService: AnyObject, Sendable {
  /// Queues a request.
  func submit(_ request: ComputeRequest)
  /// Asks the work in progress to stop at the next layer, and drops what is queued.
  func cancel()
  /// Stops and forgets whatever was asked about one thing, because something newer is looked at: of it
  /// there is no answer.
  func drop(_ asked: Asked)
  /// Takes everything that has arrived since the last call; never waits.
  func takeEvents() -> [ComputeEvent]
  /// A descriptor that becomes readable when events have arrived, for `poll(2)`.
  var readyDescriptor: Int32 { get }
  /// Waits until everything that was asked for is answered, and what is answered can be taken.
  func settle()
  /// Whether there is nothing to be answered.
  var isIdle: Bool { get }
  /// Stops the thread.
  func shutDown()
}

extension Projection {
  /// Takes in new states.
  mutating func add(_ places: PlanePlaces, iteration: Int, firstToken: Int) {
    add(places.coordinates, iteration: iteration, firstToken: firstToken)
    spread = places.spread
  }
}
