import Trajectories

/// What the explorer keeps of asking how far predictions are from the last. Steps bring it along; it is
/// asked for, piece by piece, of what they did not, while it is looked at and nothing else is to be done.
struct LookingAtArrival: Sendable {
  /// Was asked for and has not come.
  private(set) var asked: NodeID?
  /// Could not be done, or was stopped by hand: of this run nothing is asked for.
  private var stopped: NodeID?

  static func ask(_ state: inout ExplorerState) -> [Effect] {
    guard state.shownMetrics.contains(where: { $0.needs == .arrival }) else {
      state.arrival.stopped = nil
      return []
    }
    guard state.arrival.asked == nil, !state.isBeginning, let key = state.runKey,
      state.arrival.stopped != key.node, let passages = state.branch?.passages,
      isMissing(passages, state), Layout(state).place(.heat) != nil
    else { return [] }
    state.arrival.asked = key.node
    return [.submit(.arrive(key, upTo: passages.map(\.trajectory.lastIteration)))]
  }

  /// Whether there is something to ask for. Of what is going on nothing but the first time: from then on
  /// steps bring it along, or its end does.
  private static func isMissing(_ passages: [Branch.Passage], _ state: ExplorerState) -> Bool {
    let isGoingOn = state.isPlaying || state.isBusy || state.together != nil
    return passages.contains { passage in
      let known = passage.trajectory.arrival?.last
      let isLive = passage.taken == nil
      return known == nil || known != passage.trajectory.lastIteration && !(isLive && isGoingOn)
    }
  }

  /// What was measured belongs to its text, whichever is looked at now: all of it, or the passage that
  /// went on.
  static func took(_ arrivals: [Arrival], of node: NodeID, _ state: inout ExplorerState) {
    if state.arrival.asked == node { state.arrival.asked = nil }
    let path = state.runs.branch(to: node)?.passages.map(\.node) ?? []
    for (id, arrival) in zip(path.suffix(arrivals.count), arrivals) {
      state.runs.extend(id) { $0.measured(arrival) }
    }
  }

  /// What was asked for does not come.
  mutating func stop(_ node: NodeID?) { (asked, stopped) = (nil, node) }
}
