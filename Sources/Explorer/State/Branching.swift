import Trajectories

/// How a branch is looked at; kept while another is.
struct BranchView: Sendable {
  var cursor: Address
  var target: Int
  var projection: Projection?
  var isProvisionalFit: Bool
  var hasFitAtTarget: Bool
  var ending: Writing.Ending?
}

/// Acts on the tree of runs, and what the screen does about them.
extension ExplorerState {
  /// Does something to the tree and looks where it leads; what cannot be is said.
  /// - Returns: whether it could be.
  @discardableResult
  mutating func act(_ body: (inout Runs) throws(TreeError) -> Void) -> Bool {
    let before = runs.tree.current
    do throws(TreeError) {
      try body(&runs)
    } catch {
      complain(error.description)
      return false
    }
    if let after = runs.tree.current, after != before {
      if let before { keepView(of: before) }
      look(at: after)
    }
    // What can come back by no undo is not looked at again.
    for id in Array(views.keys) where runs[id] == nil { views[id] = nil }
    depth.keep { runs[$0] != nil }
    if let known = inside.known, runs[known.place.node] == nil { inside.known = nil }
    comparing.known = comparing.known.filter { runs[$0.key.a] != nil && runs[$0.key.b] != nil }
    return true
  }

  /// Shows a branch.
  @discardableResult
  mutating func show(_ node: NodeID) -> Bool {
    act { (runs) throws(TreeError) in
      try runs.act { (history) throws(TreeError) in try history.show(node) }
    }
  }

  private mutating func keepView(of node: NodeID) {
    views[node] = BranchView(
      cursor: cursor, target: liveTarget, projection: projection,
      isProvisionalFit: isProvisionalFit, hasFitAtTarget: hasFitAtTarget, ending: writing.ending)
  }

  /// Looks at a branch as it was looked at last, or at its end; what was playing rests.
  private mutating func look(at node: NodeID) {
    Playback.pause(&self)
    writing.rest()
    (reached, glimpse) = (nil, [:])
    layers = nil
    isFitting = false
    isMeasuring = false
    let view = views.removeValue(forKey: node)
    let end = branch?.last
    let edge = end?.trajectory.lastIteration ?? 0
    let last = max(0, tokenCount - 1)
    cursor = view?.cursor ?? Address(token: last, iteration: edge)
    liveTarget = max(1, view?.target ?? edge)
    projection = view?.projection
    isProvisionalFit = view?.isProvisionalFit ?? false
    hasFitAtTarget = view?.hasFitAtTarget ?? true
    writing.ending = view?.ending
    isPlaneStale = hasFitAtTarget && !isWholeOnPlane
  }

  /// Whether the projection has every state of the branch.
  private var isWholeOnPlane: Bool {
    guard let projection, let branch else { return false }
    return branch.passages.allSatisfy { passage in
      let last = passage.trajectory.lastIteration
      guard last < projection.coordinates.count else { return false }
      let tokens = projection.coordinates[last]
      let end = passage.tokens.upperBound - 1
      return end < tokens.count && !tokens[end].isEmpty
    }
  }

  /// The run that is looked at, as the compute side knows it.
  var runKey: RunKey? { runs.tree.current.flatMap(runKey) }

  func runKey(_ node: NodeID) -> RunKey? {
    runs.tree.lineage(of: node).map { RunKey(node, $0) }
  }

  /// A run in words: its number, and what made it.
  func runWords(_ id: NodeID) -> String {
    let name = runs.tree[id]?.name.map { " \($0)" } ?? ""
    return "run \(id)\(name): \(runs.words(id, isASCII: glyphs.isASCII))"
  }

  /// Looks at the run of the passage the cursor is in, which can think on then; what follows it in
  /// the branch stays a branch of its own.
  mutating func standOnPassage() {
    guard !isLive, let passage else { return }
    let iteration = cursor.iteration
    let token = cursor.token
    show(passage.node)
    cursor = Address(token: token, iteration: iteration)
  }
}
