import Trajectories

/// What the explorer keeps of looking through the blocks of a model that thinks behind its prompt. A pass
/// has to run once more for it, so it is asked for while it is in sight, one thought or some tokens at a
/// time, and kept.
struct LookingAtDepth: Sendable {
  /// A thought of a run, or its text as it was read.
  struct Place: Sendable, Hashable {
    let node: NodeID
    /// 0 for the text.
    let iteration: Int
  }

  struct Wish: Sendable, Hashable {
    let place: Place
    /// By row of the run.
    let rows: Range<Int>
  }

  /// Of one row: from which block on, and what was read there.
  struct Row: Sendable {
    let firstBlock: Int
    let cells: [DepthTable.Cell]
  }

  private var known: [Place: [Int: Row]] = [:]
  private(set) var asked: Wish?
  /// Could not be done, or was stopped by hand: nothing is asked for while this run is looked at.
  private var stopped: NodeID?

  /// Tokens asked for at once.
  private static let most = 16

  subscript(_ place: Place, row: Int) -> Row? { known[place]?[row] }

  /// What is in sight and not known, that of the text first; what is being computed comes first of all.
  static func ask(_ state: inout ExplorerState) -> [Effect] {
    let wish = state.isBusy ? nil : wish(state)
    var effects: [Effect] = []
    if state.depth.asked != nil {
      if wish != nil || state.isBusy { return [] }
      state.depth.asked = nil
      effects.append(.drop(.depth))
    }
    guard let wish, let key = state.runKey(wish.place.node) else { return effects }
    state.depth.asked = wish
    return effects + [
      .submit(.depth(key, iteration: wish.place.iteration, rows: wish.rows))
    ]
  }

  private static func wish(_ state: ExplorerState) -> Wish? {
    guard state.model?.thinksOnce == true, let branch = state.branch,
      state.depth.stopped != branch.node,
      let place = Layout(state).place(.heat),
      let map = ThoughtMap(state, branch, place.inner(state))
    else { return nil }
    let missing = map.shownRows.filter { $0.isThere && state.depth[$0.place, $0.row] == nil }
    guard let first = missing.first else { return nil }
    // What lies side by side in one pass comes together.
    var rows = first.row..<first.row + 1
    for next in missing.dropFirst()
    where next.place == first.place && next.row == rows.upperBound && rows.count < most {
      rows = rows.lowerBound..<next.row + 1
    }
    return Wish(place: first.place, rows: rows)
  }

  /// What was told of a run, whichever is looked at now.
  static func took(_ table: DepthTable, of node: NodeID, _ state: inout ExplorerState) {
    let place = Place(node: node, iteration: table.iteration)
    if state.depth.asked?.place == place { state.depth.asked = nil }
    guard state.runs[node] != nil else { return }
    for (row, cells) in zip(table.rows, table.cells) {
      state.depth.known[place, default: [:]][row] = Row(
        firstBlock: table.firstBlock, cells: cells)
    }
  }

  /// What was asked for does not come.
  mutating func stop(_ node: NodeID?) {
    asked = nil
    stopped = node
  }

  /// Forgets runs that are there no more.
  mutating func keep(where isThere: (NodeID) -> Bool) {
    known = known.filter { isThere($0.key.node) }
  }
}

/// One row of such a model's map: a token as it was read, or a thought behind it.
struct ThoughtRow: Sendable, Hashable {
  let place: LookingAtDepth.Place
  /// By row of its run.
  let row: Int
  /// In the text; of a thought the token that has it.
  let token: Int
  /// Whether it was computed; thoughts that are still to come are not.
  let isThere: Bool
  /// Computed, and of no consequence to the text as it stands.
  let isUnused: Bool

  var thought: Int? { place.iteration > 0 ? place.iteration : nil }
}

extension ExplorerState {
  /// The tokens of the text as they were read, each passage followed by its thoughts.
  var thoughtRows: [ThoughtRow] {
    guard let branch else { return [] }
    return branch.passages.flatMap { passage in
      let isLast = passage.node == branch.node
      let edge = passage.trajectory.lastIteration
      let count = isLast && passage.taken == nil ? max(edge, liveTarget) : edge
      // A token that was appended has no thoughts unless it was given some.
      let thoughts = passage.firstToken == 0 || edge > 0 ? count : 0
      let end = passage.tokens.upperBound - 1
      return passage.tokens.map { token in
        ThoughtRow(
          place: .init(node: passage.node, iteration: 0), row: token - passage.firstToken,
          token: token, isThere: true, isUnused: false)
      }
        + (0..<max(0, thoughts)).map { index in
          ThoughtRow(
            place: .init(node: passage.node, iteration: index + 1),
            row: end - passage.firstToken, token: end, isThere: index < edge,
            isUnused: passage.taken.map { index >= $0 } ?? false)
        }
    }
  }

  /// Which of them is looked at.
  func thoughtRowIndex(_ rows: [ThoughtRow]) -> Int {
    let iteration = thinkingToken == cursor.token ? cursor.iteration : 0
    return rows.firstIndex { $0.token == cursor.token && $0.place.iteration == iteration }
      ?? rows.lastIndex { $0.token == cursor.token } ?? 0
  }

  /// Looks at another row of the map: of such a model thoughts are rows too.
  /// - Returns: false at either end.
  mutating func moveRow(by step: Int) -> Bool {
    guard model?.thinksOnce == true else {
      let token = min(max(0, cursor.token + step), tokenCount - 1)
      guard token != cursor.token else { return false }
      select(token: token)
      return true
    }
    let rows = thoughtRows.filter(\.isThere)
    let here = thoughtRowIndex(rows)
    let next = min(max(0, here + step), rows.count - 1)
    guard next != here, rows.indices.contains(next) else { return false }
    Playback.pause(&self)
    select(token: rows[next].token)
    // Of tokens before the last there is one state, whichever thought is looked at.
    if rows[next].token == thinkingToken { cursor.iteration = rows[next].place.iteration }
    return true
  }
}
