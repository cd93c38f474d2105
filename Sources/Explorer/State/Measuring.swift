import Trajectories

/// Distances to the last state cost as much as there are states, so they are asked for while they
/// are looked at, and only then.
enum Measuring {
  /// Whether steps are to bring them along.
  static func isLookedAt(_ state: ExplorerState) -> Bool { state.metric.needsDistances }

  /// Asks for what is looked at and not known.
  static func ask(_ state: inout ExplorerState) -> [Effect] {
    guard isLookedAt(state), !state.isMeasuring, !state.isBeginning, let key = state.runKey,
      state.branch?.passages.contains(where: { $0.trajectory.distanceToLast == nil }) ?? false
    else { return [] }
    state.isMeasuring = true
    return [.submit(.measure(key))]
  }

  /// What was measured belongs to its branch, whichever is looked at now.
  static func measured(
    _ distances: [[[Float]]], of node: NodeID, _ state: inout ExplorerState
  ) {
    if node == state.runs.tree.current { state.isMeasuring = false }
    let path = state.runs.tree.path(to: node).map(\.id)
    for (id, distances) in zip(path, distances) {
      state.runs.extend(id) { $0.measured(distanceToLast: distances) }
    }
  }
}
