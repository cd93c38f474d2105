import Engine
import LatentModels
import RunFiles
import Trajectories

/// The panes that can have the focus, in the order Tab visits them.
enum PaneName: Int, Sendable, Hashable, CaseIterable {
  case heat
  case plane
  case predictions
  case residuals
  case entropy
  case exits
  case runs
  /// What happened in the iteration that led to the cell looked at.
  case inside
  /// Rank and probability of watched tokens against the iteration.
  case watched
  /// What kind of motion each token's states are in.
  case motion
  /// How much of a state the injection keeps.
  case contraction
  /// Two branches beside each other: all panes of it where it is zoomed, else what it comes to.
  case compare
  case differences
  case bothPaths
  case bothPredictions
  case bothDistances
  case bothEntropy
  case variants
  /// What comes back of the answer when states of one run are put into another.
  case causes
  /// Many copies of the prompt at once.
  case fan
  case scrub

  /// Those that two branches are looked at with.
  static let comparing: Set<PaneName> = [
    .compare, .differences, .bothPaths, .bothPredictions, .bothDistances, .bothEntropy,
  ]

  /// The pane that shows of two branches what this one shows of one; nil where there is none.
  var ofBoth: PaneName? {
    switch self {
    case .heat: .differences
    case .plane: .bothPaths
    case .predictions: .bothPredictions
    case .residuals: .bothDistances
    case .entropy: .bothEntropy
    default: nil
    }
  }
}

/// What the explorer is doing with time.
enum PlayState: Sendable, Hashable {
  case paused
  case playing
  /// Playing, and the next iteration is being computed.
  case waiting
}

/// What the keys mean at the moment.
enum Mode: Sendable, Hashable {
  case normal
  case prompt(LineEditor)
  case command(LineEditor)
  case help(HelpState)
  case gallery(GalleryState)
  case choosing(TokenChooser)
  /// Everything that was said.
  case messages(scroll: Int)
  /// What a pane shows.
  case about(AboutState)
}

/// A file that is to be opened.
struct WishedFile: Sendable, Hashable {
  var path: String
  /// One of another model too.
  var anyway = false
}

struct HelpState: Sendable, Hashable {
  var scroll = 0
  var filter = LineEditor()
  var isFiltering = false
}

/// A word to the user; it stays until the next key.
struct Message: Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    case info
    case error
  }
  var kind: Kind
  var text: String
}

struct LoadingProgress: Sendable, Hashable {
  var fraction: Double?
  var message: String
}

/// Everything the screen shows, as a value. `update` changes it, `render` draws it.
struct ExplorerState: Sendable {
  // What is looked into.
  var model: ModelSummary?
  /// The words of that model.
  var vocabulary: Vocabulary?
  /// Bytes that may be kept of states, keys and values, when nearly so many are.
  var fullMemory: Int?
  var loading: LoadingProgress? = LoadingProgress(fraction: nil, message: "opening the model")
  /// What the command line asked for, until there is a run.
  let wishedPrompt: PromptSource
  /// The file whose session is to be opened in place of a run of the prompt.
  var wishedFile: WishedFile?
  /// Whether runs of other models are among these, which a file brought along.
  var hasOtherModels = false
  /// What the session of a file consisted of when it was opened; nil where none was.
  var openedSubstance: SessionSubstance?
  /// Why nothing can be computed, as a sentence without its point; nil where the model is at hand.
  var noModel: String?
  /// Of the program, as files of the session say it.
  var version = ""
  /// What a person wrote about places, in the order in which it was written.
  var notes: [RunNote] = []
  /// Places by the names that a person gave them.
  var marks: [String: RunPlace] = [:]
  let wishedStart: Start
  /// Whether the speed was asked for by who started the program, whatever a file says of it.
  var wishesSpeed = false
  /// The beginning asked for last.
  var run = RunNumber(0)
  var isBeginning = false
  /// What was asked for with a run that has not come.
  var beginnings: [RunNumber: Beginnings] = [:]
  /// Every run there is, and which is looked at.
  var runs = Runs()
  /// How the branches were looked at that are not looked at now.
  var views: [NodeID: BranchView] = [:]
  var projection: Projection?
  /// How the projection on the screen came about.
  var isProvisionalFit = true
  /// A fit that was asked for and has not come.
  var isFitting = false
  var hasFitAtTarget = false
  /// The projection lacks states that were computed while another branch was looked at.
  var isPlaneStale = false
  /// Distances were asked for and have not come.
  var isMeasuring = false

  /// How far predictions are from the last: what was asked for of it.
  var arrival = LookingAtArrival()
  /// What is read out of s₀ of long texts: what was asked for of it.
  var startReading = StartReading()

  // Where one looks, and what is on its way.
  var cursor = Address(token: 0, iteration: 0)
  /// How far the passage that can go on goes by itself.
  var liveTarget = 0
  /// A wish from the command line for how far to go at first.
  var wishedIterations: Int?
  var isPlaying = false
  /// A step was asked for and has not come.
  var isStepping = false
  /// Of which run.
  var steppingNode: NodeID?
  var writing = Writing()
  var breaking = Breaking()
  /// The iteration in progress, where readouts take long and all else is known of it.
  var reached: ReachedStep?
  /// What is read already of the iteration in progress: by position in the live passage.
  var glimpse: [Int: Reading] = [:]
  /// Stepping forward past the live edge: where the cursor is to arrive.
  var stepGoal: Int?
  /// When the next iteration is due while playing, in seconds of `now`.
  var nextDue: Double?
  /// Layers done inside the step in progress.
  var layers: (done: Int, total: Int)?
  /// What is known of what is waited for.
  var waiting = Waiting()
  var speedIndex = ExplorerState.usualSpeed
  /// Playback begins anew where it has come to its end.
  var isLooping = false
  /// Seconds of a clock that only goes forward.
  var now: Double = 0

  /// The row of the tree that is selected; the branch looked at, where none was chosen.
  var selectedRun: NodeID?
  /// It is the line of its family.
  var selectsFamily = false
  /// Runs that go on together.
  var together: Together?
  /// The table of runs that differ in one thing which was opened last.
  var table: VariantTable?
  /// What is known of these runs side by side.
  var familyLook = FamilyLook()
  /// Families of which the tree shows one line, by id.
  var folded: Set<NodeID> = []
  /// The branch beside the one looked at, and what is known of both.
  var comparing = Comparing()
  /// What the exit rules are asked with.
  var bench = ExitBench()
  /// What is known of the cell that was opened last.
  var inside = LookingInside()
  /// What is known of kinds of motion.
  var motion = LookingMotion()
  var contraction = LookingAtContraction()
  /// Which tokens' states carry the answer.
  var causing = Causing()
  /// Copies of the prompt, and what they answer.
  var fanning = Fanning()
  /// What is known of blocks of models that think behind their prompt.
  var depth = LookingAtDepth()
  /// Runs that are to leave the program.
  var exporting = Exporting()
  /// How the program was started, as far as another start has to be told too.
  var openedWith: [String] = []
  /// Runs whose model said that it has thought enough.
  var endedThoughts: Set<NodeID> = []
  /// Tokens of the vocabulary whose rank and probability are told.
  var watching = Watching()

  // How it is shown.
  var size = Size(width: 80, height: 24)
  var capabilities: Capabilities
  var theme: Theme
  var focus: PaneName = .heat
  var zoom: PaneName?
  var metricIndex = 0
  /// What stands beside the heat map.
  var beside = BesideChoice.auto
  var showsText = true
  /// Columns a cell of the heat map takes; nil for as many as there is room for.
  var cellWidth: Int?
  /// What the plane is fitted on, and what it shows of it.
  var plane = PlaneLook()
  /// False: the selected token's path alone fills the plane.
  var planeShowsAll = false
  /// True: where the run looked at was begun with others, their paths are there too.
  var planeShowsFamily = true

  // The conversation.
  var mode: Mode = .normal
  var pendingCount: Int?
  /// The list of what the next key does.
  var whichKey = WhichKey()
  var message: Message?
  /// What the compute side could not do, in its own words; it stays until it is sent away.
  var failure: String?
  /// What to look for in the run, as long as it is wanted.
  var hint: String?
  /// Shown to a class; nil where one looks oneself.
  var presenting: Presenting?
  /// The tour that is given, and how far.
  var touring: Touring?
  var messages = MessageLog()
  var lastCommand: String?
  var promptHistory: [String] = []
  /// A prompt that was begun and left with Esc.
  var promptDraft: LineEditor?
  /// Prompts worth a look.
  var gallery: [GalleryEntry] = []
  var commandHistory: [String] = []
  /// A command that was begun and left with Esc.
  var commandDraft: String?
  /// The row of the palette that is selected; nil: what is typed is meant.
  var paletteRow: Int?
  /// What was done so far.
  var journal = Journal()
  /// The file that this is written to.
  var logPath: String?
  /// Keys of the user's own, which come before all others.
  var ownKeys: [Key: Invocation] = [:]
  var isQuitArmed = false
  /// The pane the mouse button went down in: a drag stays with it.
  var grabbed: PaneName?

  init(
    prompt: PromptSource, start: Start, iterations: Int? = nil,
    capabilities: Capabilities = .full, theme: Theme = .dark
  ) {
    wishedPrompt = prompt
    wishedStart = start
    self.wishedIterations = iterations
    self.capabilities = capabilities
    self.theme = theme
  }

  /// Iterations a second; nil is as fast as they come.
  static let speeds: [Double?] = [0.25, 0.5, 1, 2, 4, 8, 16, 30, nil]
  /// The place among them of the one a session begins with.
  static let usualSpeed = 4
  /// What each is called where it is typed and written.
  static let speedNames = speeds.map { speed in
    speed.map { $0 == $0.rounded() ? "\(Int($0))" : "\($0)" } ?? "max"
  }

  var speed: Double? { touring?.isHurried == true ? nil : Self.speeds[speedIndex] }
  var speedLabel: String {
    Self.speedNames[speedIndex] + (Self.speeds[speedIndex] == nil ? "" : "/s")
  }
  /// What the heat map can be coloured by.
  var metrics: [Metric] {
    let all = Metric.all(model?.parts ?? [])
    // The map of a model that thinks behind its prompt has blocks across, not iterations.
    guard model?.thinksOnce == true else { return all }
    return all.filter { $0.needs != .arrival && $0.needs != .distances }
  }
  var metric: Metric { metrics[metricIndex] }
  var glyphs: Glyphs { Glyphs(capabilities) }
  /// Whether colour can carry meaning.
  var hasColour: Bool { capabilities.colours != .none && theme != .mono }
  /// The branch that is looked at. A view: making it costs as much as it has passages, and keeping
  /// it would make every change of its runs a copy.
  var branch: Branch? { runs.branch }
  /// The passage the cursor is in: the prompt is 0, then every appended token has its own.
  var passageIndex: Int { branch?.passage(of: cursor.token) ?? 0 }
  /// Whether the cursor is in the passage that goes on when time flows.
  var isLive: Bool {
    guard let branch else { return true }
    return branch.passage(of: cursor.token) == branch.passages.count - 1
  }
  var passage: Branch.Passage? {
    branch.map { $0.passages[$0.passage(of: cursor.token)] }
  }
  /// The run of the passage the cursor is in.
  var trajectory: Trajectory? { passage?.trajectory }
  /// Which of its tokens is selected.
  var row: Int { cursor.token - (passage?.firstToken ?? 0) }
  /// What each exit rule says of it.
  var exits: ExitWatch { passage?.exits ?? ExitWatch() }
  var target: Int { isLive ? liveTarget : edge }
  var edge: Int { trajectory?.lastIteration ?? 0 }
  var tokenCount: Int { branch?.tokenCount ?? 0 }
  var isAtEdge: Bool { cursor.iteration >= edge }
  /// The last iteration plots and scrub bar have room for.
  var horizon: Int { max(target, edge, 1) }
  var isBusy: Bool { isStepping || isBeginning || writing.isAppending }

  var play: PlayState {
    guard isPlaying else { return .paused }
    return isStepping && isAtEdge ? .waiting : .playing
  }

  /// Playback has come to its end, and begins anew from there.
  var isAtEndOfLoop: Bool {
    isPlaying && isLooping && edge > 0 && isAtEdge && edge >= target && !isBusy
      && writing.pending == 0 && breaking.until == nil
  }

  /// Nothing is on its way: what goes on goes round, and is at its end.
  var isAtRest: Bool {
    (!isPlaying || isAtEndOfLoop) && stepGoal == nil && together == nil && !awaitsAnswers
  }

  /// The exit status of leaving now: a model that never opened is no success.
  var exitStatus: Int32 { model == nil ? 1 : 0 }

  /// What is read out at the cursor.
  var reading: Reading? {
    guard let trajectory, cursor.iteration < trajectory.steps.count else { return nil }
    let readings = trajectory.steps[cursor.iteration].readings
    return row < readings.count && !readings[row].isUnread ? readings[row] : nil
  }

  /// The iterations at which the selected token's answer flipped.
  var flips: [Int] {
    guard let trajectory, row < trajectory.tokens.count else { return [] }
    return trajectory.flips(token: row)
  }

  /// Where the passage in view stopped being numbers, if it did.
  var divergence: Divergence? {
    passage.flatMap { $0.trajectory.divergence?.shifted(by: $0.firstToken) }
  }

  /// The state at the cursor in numbers.
  var measure: StateMeasure? {
    guard let trajectory, cursor.iteration < trajectory.steps.count else { return nil }
    let measures = trajectory.steps[cursor.iteration].measures
    return row < measures.count ? measures[row] : nil
  }

  /// What made the run of the prompt that is looked at.
  var promptCause: PromptCause? {
    guard let node = runs.tree.current,
      case .prompt(let cause)? = runs.tree.path(to: node).first?.cause
    else { return nil }
    return cause
  }

  /// The prompt that is looked at, or that is to be.
  var prompt: PromptSource {
    guard let cause = promptCause else { return wishedPrompt }
    return cause.text.map { .text($0) } ?? .ids(cause.ids)
  }

  /// What the prompt of a run reads: as typed, or as its tokens do, which may be split otherwise than
  /// the same text typed; nil where they have no texts.
  func promptText(of node: NodeID) -> String? {
    // An edited run has the prompt of the one it was made from.
    guard let root = runs.tree.path(to: node).first, case .prompt(let cause) = root.cause else {
      return nil
    }
    if let text = cause.text { return text }
    let tokens = runs[root.id]?.trajectory.tokens ?? []
    guard tokens.contains(where: { !$0.isSpecial && $0.text != "#\($0.id)" }) else { return nil }
    let first = untypedTokens(before: tokens)
    return tokens.dropFirst(first).filter { !$0.isSpecial }.map(\.text).joined()
  }

  /// How many of the first tokens are none of what a person types, such as one that begins every text:
  /// as in another prompt that begins with the same, and was typed.
  private func untypedTokens(before tokens: [Token]) -> Int {
    for id in runs.tree.children(of: nil) {
      guard case .prompt(let cause)? = runs.tree[id]?.cause, let text = cause.text,
        let typed = runs[id]?.trajectory.tokens
      else { continue }
      for count in 0..<min(4, typed.count, tokens.count)
      where typed.prefix(count) == tokens.prefix(count)
        && typed.dropFirst(count).map(\.text).joined() == text
      {
        return count
      }
    }
    return 0
  }

  /// Where the run that is looked at starts, or is to start.
  var start: Start { promptCause?.start ?? wishedStart }

  /// The prompt as one line for people.
  var promptText: String {
    switch prompt {
    case .text(let text): text
    case .ids(let ids):
      branch.flatMap { promptText(of: $0.passages[0].node) }
        ?? "ids " + ids.map(String.init).joined(separator: ",")
    }
  }

  /// What was appended, for people; a mark where the model said that it is done.
  var writtenText: String {
    let text = (branch?.appended ?? []).map { $0.isSpecial ? "" : $0.text }.joined()
    let end = writing.ending == nil ? "" : " " + glyphs.textEnd
    return text.isEmpty ? end : glyphs.appended + text + end
  }

  /// A start as a cause says it: never the usual one, once the model is there to tell.
  func resolved(_ start: Start) -> Start { start.resolved(model?.usualStart ?? .seed(0)) }

  /// The start that a person means by a seed.
  func seeded(_ seed: UInt64) -> Start {
    model.map { .seed(seed, form: $0.seedForm) } ?? .seed(seed)
  }

  var startLabel: String { resolved(start).words }

  /// Looks at another token. In another passage time is its own: the edge stays the edge, and what
  /// was playing rests.
  mutating func select(token: Int) {
    let before = (passageIndex, isAtEdge)
    cursor.token = min(max(0, token), max(0, tokenCount - 1))
    guard let passage, passageIndex != before.0 else { return }
    Playback.pause(&self)
    cursor.iteration = before.1 ? passage.iterations : min(cursor.iteration, edge)
  }
}
