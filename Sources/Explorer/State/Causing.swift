import LatentModels
import Trajectories

/// Two runs of which the states of one are put into the other.
struct CausePair: Sendable, Hashable {
  /// The run whose answer is to come back.
  let clean: NodeID
  let corrupted: NodeID
  /// The iteration at which they are read out.
  let last: Int
}

/// What the explorer keeps of causal maps: which is looked at, and what is known of all of them. Cells are
/// asked for while they are looked at, a small batch at a time.
struct Causing: Sendable {
  var pair: CausePair?
  /// A single restoration is soon forgotten, where e comes in again at every iteration.
  var kind = CausalMap.Kind.hold
  /// A place inside the iteration; nil for states.
  var site: Site?
  var measure = CausalMap.Measure.logitDifference
  var known: [CausalMap.Question: CausalMap] = [:]
  /// When a batch was asked for that has not come, in seconds of the state's clock.
  var askedAt: Double?
  var isAsking: Bool { askedAt != nil }
  /// It was asked to stop, as nobody looks any more.
  var isLeaving = false
  /// Stopped by hand, or could not be done: nothing is asked for until it is opened again.
  var isStopped = false
  /// What filled the screen when the map was opened.
  var outer: PaneName?
  /// A corrupted run that is to come of an edit of the clean one, which is looked at.
  var awaited: EditCause?
  /// A cell that is to become a branch.
  var making: EditCause?

  /// A batch came, or does not come.
  fileprivate mutating func rest() { (askedAt, isLeaving) = (nil, false) }

  /// What was asked for does not come. Where nobody looked any more it is gone on with when somebody does.
  /// - Returns: whether it is to be said.
  mutating func stop() -> Bool {
    let isSaid = !isLeaving
    rest()
    guard isSaid else { return false }
    isStopped = true
    (awaited, making) = (nil, nil)
    return true
  }
}

extension Causing {
  /// Cells of small models are asked for many at a time, of large ones few: so many numbers of states.
  private static let batch = 1 << 19

  /// Asks for what is looked at and not known; what is being computed comes first, and what both runs say
  /// in the end before any cell.
  static func ask(_ state: inout ExplorerState) -> [Effect] {
    guard state.zoom == .causes, !state.causing.isAsking, !state.causing.isStopped, !state.isBusy,
      state.together == nil, state.causing.making == nil, state.causing.awaited == nil,
      let pair = state.causePair, let question = state.causalQuestion
    else { return [] }
    let runs = [pair.clean, pair.corrupted]
    guard runs.allSatisfy({ state.runs[$0]?.trajectory.divergence == nil }) else { return [] }
    let late = runs.filter { (state.runs[$0]?.trajectory.lastIteration ?? 0) < pair.last }
    guard late.isEmpty else {
      state.together = Together(late, to: pair.last)
      return Together.goOn(&state)
    }
    guard let map = state.causing.known[question] else {
      state.causing.askedAt = state.now
      return [.submit(.causalMap(question))]
    }
    let numbers = max(1, map.tokenCount * (state.model?.width ?? 1))
    let cells = map.next(min(64, Self.batch / numbers))
    guard !cells.isEmpty else { return [] }
    state.causing.askedAt = state.now
    return [.submit(.causalCells(map.blank, cells))]
  }

  /// Seconds that a batch nobody looks at any more may take to its end.
  private static let patience = 0.3

  /// Stops a batch that takes long once it is not looked at, or stands before something else: first of all,
  /// so that what is asked for now is served.
  static func leave(_ state: inout ExplorerState) -> [Effect] {
    guard let askedAt = state.causing.askedAt, !state.causing.isLeaving,
      state.zoom != .causes || state.causing.making != nil,
      state.now - askedAt > Self.patience
    else { return [] }
    state.causing.isLeaving = true
    return [.cancel]
  }

  /// What both runs say in the end, of a map without cells.
  static func took(_ map: CausalMap, _ state: inout ExplorerState) {
    state.causing.rest()
    if state.causing.known[map.question] == nil { state.causing.known[map.question] = map }
  }

  /// Cells of a map, whichever is looked at now.
  static func took(
    _ effects: [CausalMap.Cell: CausalMap.Effect], of question: CausalMap.Question,
    _ state: inout ExplorerState
  ) {
    state.causing.rest()
    for (cell, effect) in effects { state.causing.known[question]?.add(effect, at: cell) }
  }

  // MARK: Opening

  /// Opens the map of the run looked at and a corrupted one, or says why there is none.
  static func open(against corrupted: NodeID, _ state: inout ExplorerState) -> [Effect] {
    guard let clean = state.runs.tree.current else { return [] }
    if let problem = state.noCausalMap(against: corrupted) {
      state.complain(problem)
      return []
    }
    // Held to the end, the one token that thinks brings everything back.
    if state.model?.thinksOnce == true, state.causing.known.isEmpty { state.causing.kind = .once }
    // As far as it is, or as it is on its way to.
    let last = state.isPlaying ? max(state.edge, state.liveTarget) : state.edge
    show(CausePair(clean: clean, corrupted: corrupted, last: max(1, last)), &state)
    return []
  }

  /// Opens the map that was looked at last, where it still says something of the run looked at: of the
  /// clean run, or of what a cell became.
  static func reopen(_ state: inout ExplorerState) -> Bool {
    let tree = state.runs.tree
    guard let pair = state.causing.pair, let current = tree.current, tree.contains(pair.clean),
      tree.contains(pair.corrupted)
    else { return false }
    let isCell = state.isCauseCell(beside: pair.corrupted)
    guard current == pair.clean || isCell else { return false }
    if isCell { state.show(pair.clean) }
    let last = max(pair.last, state.edge)
    show(CausePair(clean: pair.clean, corrupted: pair.corrupted, last: last), &state)
    return true
  }

  private static func show(_ pair: CausePair, _ state: inout ExplorerState) {
    Playback.pause(&state)
    if state.zoom != .causes { state.causing.outer = state.isComparing ? nil : state.zoom }
    state.causing.pair = pair
    state.causing.isStopped = false
    state.zoom = .causes
  }

  // MARK: Making

  /// Makes the run of the cell at the cursor: the corrupted one with that state put back.
  static func make(_ state: inout ExplorerState) -> [Effect] {
    guard let pair = state.causePair, let map = state.causalMap,
      let key = state.runKey(pair.corrupted)
    else {
      state.complain("what both runs say is not known yet; try again in a moment")
      return []
    }
    guard map.iterations.contains(state.cursor.iteration) else {
      state.complain(
        state.cursor.iteration == 0
          ? "nothing runs inside \(state.glyphs.start); l goes to r 1"
          : "the map ends at r \(map.last); C asks for more")
      return []
    }
    let cell = CausalMap.Cell(token: state.cursor.token, iteration: state.cursor.iteration)
    let cause = map.cause(of: cell)
    state.causing.making = cause
    return [.submit(.edit(key, cause))]
  }

  /// A cell became a run: it is looked at beside the corrupted one.
  static func made(
    _ node: NodeID, _ cause: EditCause, _ trajectory: Trajectory, _ state: inout ExplorerState
  ) -> [Effect] {
    state.causing.making = nil
    let effects = Editing.edited(node, cause, trajectory, &state)
    state.compare(with: node)
    let label = state.runs.words(node, isASCII: state.glyphs.isASCII)
    state.say(
      "run \(state.runs.tree.current.map(\.description) ?? "?"): \(state.runs.edit(cause)) in run \(node), "
        + "\(label); C goes back to the map")
    return effects
  }
}

extension ExplorerState {
  /// The two whose map is looked at, where both are there and the clean one is looked at.
  var causePair: CausePair? {
    guard let pair = causing.pair, runs.tree.current == pair.clean,
      runs.tree.contains(pair.corrupted)
    else { return nil }
    return pair
  }

  /// Whether the run looked at is one that a cell of the last map may have become, of this corrupted run.
  func isCauseCell(beside corrupted: NodeID) -> Bool {
    guard let pair = causing.pair, let node = runs.tree.current.flatMap({ runs.tree[$0] }) else {
      return false
    }
    return node.cause.isRerun && node.fork?.node == corrupted && pair.corrupted == corrupted
      && node.id != pair.clean
  }

  /// What the map looked at asks.
  var causalQuestion: CausalMap.Question? {
    guard let pair = causePair, let clean = runs.tree.lineage(of: pair.clean),
      let corrupted = runs.tree.lineage(of: pair.corrupted)
    else { return nil }
    return CausalMap.Question(
      clean: clean, corrupted: corrupted, kind: causing.kind, site: causing.site, last: pair.last)
  }

  /// What is known of it; nil before it is known what both runs say.
  var causalMap: CausalMap? { causalQuestion.flatMap { causing.known[$0] } }

  /// Whether there are cells to come without being asked for again.
  var isFillingMap: Bool {
    guard zoom == .causes, causePair != nil, !causing.isStopped else { return false }
    return causalMap.map { $0.computedCount < $0.count } ?? true
  }

  /// Why the states of the run looked at cannot be put into another, and what would work; nil where they
  /// can.
  func noCausalMap(against other: NodeID) -> String? {
    let tree = runs.tree
    guard let clean = tree.current, let lineage = tree.lineage(of: clean) else {
      return "there is no run yet"
    }
    guard let theirs = tree.lineage(of: other) else {
      return "there is no run \(other); t lists them"
    }
    if other == clean { return "run \(other) is the one looked at; name another, t lists them" }
    let advice = "; :cause token 1 8 or noise 0.5 fits"
    // The footer of a small screen has room for some sixty letters.
    if lineage.passages.count > 1 {
      return "appended tokens are no part of this; k to the prompt, then w"
    }
    if theirs.passages.count > 1 { return "run \(other) has appended tokens\(advice)" }
    guard lineage.ids.count == theirs.ids.count else {
      return "run \(other) has \(theirs.ids.count) tokens, not \(lineage.ids.count)\(advice)"
    }
    for id in [clean, other] {
      if let divergence = runs[id]?.trajectory.divergence {
        return "run \(id) diverged, \(divergence.words): there is no answer to bring back"
      }
    }
    return nil
  }
}
