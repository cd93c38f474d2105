import Trajectories

/// Tokens of the vocabulary whose rank and probability are told exactly, wherever they stand: those that
/// somebody watches, and those that conditions name. Steps bring them along; what was computed before is
/// asked for one iteration at a time, where one looks.
struct Watching: Sendable {
  /// Some of a run's tokens.
  private struct Place: Hashable {
    let node: NodeID
    let rows: Range<Int>
    let ids: [Int]
  }

  /// A command that goes on when all it asks of is known.
  struct Awaited: Sendable {
    let command: String
    let given: Arguments
    let conditions: [Condition]
  }

  /// As many as one can tell apart.
  static let most = 16

  /// What somebody watches, in the order in which it was asked for.
  private(set) var ids: [Int] = []
  private(set) var awaited: Awaited?
  /// What the compute side was told to bring along.
  private var told: [Int] = []
  /// An iteration was asked for and has not come.
  private(set) var isAsking = false
  private var asked: Place?
  /// Where all is known before an iteration, so that nobody looks there again.
  private var known: (place: Place, before: Int)?
  /// Stopped by hand, or could not be done: not asked for there again.
  private var stopped: Place?

  /// Watches one more.
  /// - Returns: false where it is watched already.
  mutating func add(_ id: Int) -> Bool {
    stopped = nil
    guard !ids.contains(id) else { return false }
    ids.append(id)
    return true
  }

  /// Watches one less, or none any more.
  mutating func remove(_ id: Int?) {
    ids.removeAll { id == nil || $0 == id }
  }

  /// What was asked for does not come.
  mutating func stop() { (isAsking, stopped, awaited) = (false, asked, nil) }
}

extension Watching {
  /// More numbers than these times a row of logits, and only the selected token is looked at.
  private static let cheap = 200_000_000

  /// Everything whose standing is wanted.
  static func ids(_ state: ExplorerState) -> [Int] {
    conditions(state).flatMap(\.watchedTokens)
      .reduce(into: state.watching.ids) { if !$0.contains($1) { $0.append($1) } }
      .filter { $0 < state.vocabulary?.count ?? 0 }
  }

  private static func conditions(_ state: ExplorerState) -> [Condition] {
    let breaking = state.breaking
    return breaking.points.map(\.condition)
      + [breaking.until?.condition, breaking.search].compactMap(\.self)
      + (state.watching.awaited?.conditions ?? [])
  }

  /// Where standings are wanted: all of a passage's tokens where that is soon done or a condition asks
  /// of them, else the selected one.
  private static func place(_ state: ExplorerState) -> Place? {
    guard let passage = state.passage else { return nil }
    let ids = ids(state)
    guard !ids.isEmpty, passage.tokens.contains(state.cursor.token) else { return nil }
    let tokens = passage.trajectory.tokens.count
    let work = tokens * (state.model?.width ?? 0) * (state.model?.vocabularySize ?? 0)
    let isOfAll =
      conditions(state).contains { $0.looksAtAllTokens && !$0.watchedTokens.isEmpty }
      || state.breaking.points.contains {
        $0.token != state.cursor.token && !$0.condition.watchedTokens.isEmpty
      }
    let rows = isOfAll || work <= cheap ? 0..<tokens : state.row..<state.row + 1
    return Place(node: passage.node, rows: rows, ids: ids)
  }

  /// The iteration that is to be looked at next: the one at the cursor, then from the first on.
  private static func missing(_ place: Place, _ state: inout ExplorerState) -> Int? {
    guard let steps = state.runs[place.node]?.trajectory.steps else { return nil }
    func lacks(_ iteration: Int) -> Bool {
      steps.indices.contains(iteration)
        && place.rows.contains { steps[iteration].readings[$0].lacks(place.ids) }
    }
    if lacks(state.cursor.iteration) { return state.cursor.iteration }
    var first = state.watching.known.flatMap { $0.place == place ? $0.before : nil } ?? 0
    while first < steps.count, !lacks(first) { first += 1 }
    state.watching.known = (place, first)
    return first < steps.count ? first : nil
  }

  /// Says what steps from now on are to tell.
  static func tell(_ state: inout ExplorerState) -> [Effect] {
    let ids = ids(state)
    guard ids != state.watching.told else { return [] }
    state.watching.told = ids
    return [.submit(.watch(ids))]
  }

  /// Asks for what is looked at and not known, and goes on with what waited for it.
  static func ask(_ state: inout ExplorerState) -> [Effect] {
    var effects: [Effect] = []
    let place = place(state)
    if state.watching.isAsking, state.watching.asked != place {
      // Another token is looked at, and it does not wait for this one.
      state.watching.isAsking = false
      effects.append(.drop(.standings))
    }
    guard let place, !state.watching.isAsking, !state.isBusy, state.watching.stopped != place,
      let key = state.runKey(place.node)
    else { return effects }
    guard let iteration = missing(place, &state) else { return effects + goOn(&state) }
    state.watching.isAsking = true
    state.watching.asked = place
    return effects + [.submit(.standings(place.ids, key, at: iteration, rows: place.rows))]
  }

  /// What was told of an iteration, whichever is looked at now.
  static func took(
    _ standings: [[Standing]], of node: NodeID, at iteration: Int, from first: Int,
    _ state: inout ExplorerState
  ) {
    state.watching.isAsking = false
    state.runs.extend(node) { $0.watched(standings, at: iteration, from: first) }
  }

  /// Whether a command has to wait until what its conditions name is known where one looks; then it is
  /// done again.
  static func awaits(
    _ conditions: [Condition], _ command: String, _ given: Arguments,
    _ state: inout ExplorerState
  ) -> Bool {
    guard conditions.contains(where: { !$0.watchedTokens.isEmpty }), state.trajectory != nil else {
      return false
    }
    state.watching.stopped = nil
    state.watching.awaited = Awaited(command: command, given: given, conditions: conditions)
    guard let place = place(state), missing(place, &state) != nil else {
      state.watching.awaited = nil
      return false
    }
    state.say("looking up how the token stands in what was run" + state.glyphs.ellipsis)
    return true
  }

  private static func goOn(_ state: inout ExplorerState) -> [Effect] {
    guard let awaited = state.watching.awaited else { return [] }
    state.watching.awaited = nil
    state.message = nil
    return Command.named(awaited.command)?.run(&state, awaited.given.argument) ?? []
  }
}

/// What is drawn of one watched token.
struct WatchedTrack: Sendable {
  let id: Int
  /// As a person sees it.
  let name: String
  /// By iteration, s₀ included; nil where it is not known, and where there is no prediction.
  let standings: [Standing?]

  /// The first iteration, from 1, after which it was the likeliest; s₀ is no thought.
  var first: Int? {
    standings.indices.dropFirst().first { standings[$0]?.rank == 1 }
  }

  /// Since when it has been the likeliest without a break, up to the last iteration.
  var since: Int? {
    guard let last = standings.indices.last, last > 0, standings[last]?.rank == 1 else {
      return nil
    }
    var since = last
    while since > 1, standings[since - 1]?.rank == 1 { since -= 1 }
    return since
  }

  /// How near the top it came, and where first.
  var best: (rank: Int, iteration: Int)? {
    standings.enumerated().dropFirst()
      .compactMap { entry in entry.element.map { ($0.rank, entry.offset) } }
      .min { ($0.0, $0.1) < ($1.0, $1.1) }
  }

  /// In words: when it came first, or how near it came; the longest that fit.
  func words(_ room: Int) -> String {
    guard let first else {
      guard let best else { return "" }
      return [
        "best rank \(best.rank) at r \(best.iteration)", "best \(best.rank) r \(best.iteration)",
      ]
      .first { $0.count <= room } ?? ""
    }
    var words: [String]
    switch since {
    case nil:
      let last = standings.lastIndex { $0?.rank == 1 } ?? first
      words = ["first at r \(first), last at r \(last)", "r \(first) to r \(last)"]
    case first: words = ["first at r \(first), and since then", "first at r \(first)"]
    case .some(let since):
      words = [
        "first at r \(first), for good since r \(since)", "first r \(first), stays r \(since)",
      ]
    }
    words += ["first r \(first)", "r \(first)"]
    return words.first { $0.count <= room } ?? ""
  }
}

extension ExplorerState {
  /// The watched tokens in what the selected token says.
  var watchedTracks: [WatchedTrack] {
    let steps = trajectory?.steps ?? []
    let row = row
    return watching.ids.map { id in
      WatchedTrack(
        id: id, name: visible(vocabulary?.text(id) ?? "#\(id)"),
        standings: steps.map {
          $0.readings.indices.contains(row) ? $0.readings[row].standing(of: id) : nil
        })
    }
  }
}
