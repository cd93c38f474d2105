import Trajectories

/// Two branches beside each other, the one looked at first.
struct RunPair: Sendable, Hashable {
  let a: NodeID
  let b: NodeID
}

/// What the compute side has told of two branches.
struct Comparison: Sendable {
  var distances = BranchDistances()
  /// Both paths of one position.
  var plane: SharedPlane?
}

/// What the explorer keeps of comparing branches. Distances and planes take whole distributions and
/// states, so they are asked for while they are looked at, one iteration at a time.
struct Comparing: Sendable {
  /// The branch that the one looked at is compared with.
  var other: NodeID?
  var known: [RunPair: Comparison] = [:]
  /// Distances were asked for and have not come.
  var isMeasuring = false
  /// A plane was asked for and has not come.
  var isFitting = false
  /// Stopped by hand, or could not be done: nothing is asked for until they are compared anew.
  var isStopped = false
}

extension Comparing {
  /// Asks for what is looked at and not known.
  static func ask(_ state: inout ExplorerState) -> [Effect] {
    guard state.isComparing, !state.comparing.isStopped, !state.isBeginning, let pair = state.pair,
      let keys = state.pairKeys, state.otherModelOfPair == nil, let both = state.bothBranches
    else { return [] }
    var effects: [Effect] = []
    if !state.comparing.isMeasuring, let next = both.firstUnknown {
      state.comparing.isMeasuring = true
      effects.append(
        .submit(.compare(keys.a, keys.b, at: next, upTo: both.lastIterations)))
    }
    if !state.comparing.isFitting {
      let wish = planeWish(state, pair, both)
      guard wish != .nothing else { return effects }
      state.comparing.isFitting = true
      effects.append(
        .submit(
          .sharePlane(
            [keys.a, keys.b], token: state.cursor.token, from: wish.from,
            upTo: both.lastIterations)))
    }
    return effects
  }

  private enum PlaneWish: Equatable {
    case nothing
    /// Fitted to all there is.
    case anew
    /// With the states from these iterations on.
    case further([Int])

    var from: [Int]? { if case .further(let from) = self { from } else { nil } }
  }

  /// What the plane lacks.
  private static func planeWish(
    _ state: ExplorerState, _ pair: RunPair, _ both: BranchComparison
  ) -> PlaneWish {
    let token = state.cursor.token
    let states = [both.a, both.b].map {
      token < $0.tokenCount ? $0.lastIteration(of: token) + 1 : 0
    }
    let count = states.reduce(0, +)
    guard let plane = state.comparing.known[pair]?.plane, plane.token == token else {
      // A plane takes three points.
      return count >= 3 ? .anew : .nothing
    }
    // It stays while runs go on, until they are half as long again.
    if 2 * count > 3 * plane.fitted.reduce(0, +) { return .anew }
    let there = plane.paths.map(\.count)
    return zip(there, states).contains { $0 < $1 } ? .further(there) : .nothing
  }

  /// What was measured of one iteration of both.
  static func compared(
    _ pair: RunPair, at iteration: Int, _ distances: BranchDistances.Iteration,
    _ state: inout ExplorerState
  ) {
    state.comparing.isMeasuring = false
    guard state.runs[pair.a] != nil, state.runs[pair.b] != nil else { return }
    state.comparing.known[pair, default: Comparison()].distances.take(distances, at: iteration)
  }

  /// The paths of both, from some iterations on.
  static func shared(
    _ nodes: [NodeID], _ plane: SharedPlane, from: [Int], _ state: inout ExplorerState
  ) {
    state.comparing.isFitting = false
    guard nodes.count == 2, plane.paths.count == 2, from.count == 2,
      nodes.allSatisfy({ state.runs[$0] != nil })
    else { return }
    let pair = RunPair(a: nodes[0], b: nodes[1])
    if from == [0, 0] {
      state.comparing.known[pair, default: Comparison()].plane = plane
    } else if state.comparing.known[pair]?.plane?.token == plane.token {
      state.comparing.known[pair]?.plane?.append(plane.paths, from: from)
    }
  }

  /// What was asked for does not come.
  mutating func stop() { (isMeasuring, isFitting, isStopped) = (false, false, true) }
}

extension ExplorerState {
  /// Whether two branches are looked at beside each other, all panes of it or one.
  var isComparing: Bool { zoom.map(PaneName.comparing.contains) ?? false }

  /// The branch beside the one looked at, where both are there: after a swap, the one before.
  var other: NodeID? {
    let tree = runs.tree
    let other = comparing.other == tree.current ? tree.previous : comparing.other
    return other.flatMap { tree.contains($0) && $0 != tree.current ? $0 : nil }
  }

  /// The run selected in the tree or in a table, while that is shown.
  var selectedElsewhere: NodeID? {
    switch zoom {
    case .runs: selectedRun
    case .variants: table?.selected
    default: nil
    }
  }

  /// The two that are compared.
  var pair: RunPair? {
    guard let a = runs.tree.current, let b = other else { return nil }
    return RunPair(a: a, b: b)
  }

  fileprivate var pairKeys: (a: RunKey, b: RunKey)? {
    guard let pair, let a = runKey(pair.a), let b = runKey(pair.b) else { return nil }
    return (a, b)
  }

  /// Both on one clock, with what is known of them. A view, made when it is looked at.
  var bothBranches: BranchComparison? {
    pair.flatMap {
      BranchComparison(runs, $0.a, $0.b, distances: comparing.known[$0]?.distances)
    }
  }

  /// The other model of one of the two, in words: of its states and distributions nothing is known then.
  var otherModelOfPair: String? {
    pair.flatMap { runs.tree.otherModel(of: $0.a) ?? runs.tree.otherModel(of: $0.b) }
  }

  /// What is shown when a pane gives its room back: one of a comparison is one of several, and a cell
  /// was opened somewhere.
  var outerZoom: PaneName? {
    if zoom == .inside { return inside.outer }
    if zoom == .motion { return motion.outer }
    if zoom == .contraction { return contraction.outer }
    if zoom == .causes { return causing.outer }
    if zoom == .fan { return fanning.outer }
    return isComparing && zoom != .compare ? .compare : nil
  }

  /// Another branch beside the one looked at has panes of its own.
  mutating func keepFocusInSight() {
    let isOfBoth = PaneName.comparing.contains(focus)
    if isComparing, !isOfBoth || focus == .compare {
      focus = .differences
    } else if zoom == nil && isOfBoth || zoom != .inside && focus == .inside
      || zoom != .causes && focus == .causes || focus == .motion || focus == .contraction
      || focus == .fan
      || focus == .watched && watching.ids.isEmpty && zoom != .watched
    {
      focus = .heat
    }
  }

  /// Looks at a branch beside the one looked at.
  mutating func compare(with other: NodeID) {
    comparing.other = other
    comparing.isStopped = false
    zoom = .compare
  }

  /// What the two are called beside each other.
  var pairLabels: (a: String, b: String)? {
    pair.map { runs.labels($0.a, $0.b, isASCII: glyphs.isASCII) }
  }
}
