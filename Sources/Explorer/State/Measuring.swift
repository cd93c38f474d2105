import Engine
import Trajectories

/// Distances to the last state cost as much as there are states, so they are asked for while they
/// are looked at, and only then.
enum Measuring {
  /// Whether steps are to bring them along.
  static func isLookedAt(_ state: ExplorerState) -> Bool {
    state.shownMetrics.contains { $0.needs == .distances }
  }

  /// Asks for what is looked at and not known.
  static func ask(_ state: inout ExplorerState) -> [Effect] {
    guard isLookedAt(state), !state.isMeasuring, !state.isBeginning, let key = state.runKey,
      let passages = state.branch?.passages
    else { return [] }
    // Of what is being run steps bring them along, or, where it is too much, the end does.
    let asked = state.isPlaying || state.isStepping ? passages.dropLast() : passages[...]
    guard asked.contains(where: { $0.trajectory.distanceToLast == nil }) else { return [] }
    state.isMeasuring = true
    return [.submit(.measure(key, upTo: passages.map(\.trajectory.lastIteration)))]
  }

  /// Asks for the places of a text's states on the basis there is, as far as it was run.
  static func project(_ key: RunKey, _ state: ExplorerState) -> ComputeRequest {
    .project(key, nil, upTo: state.text(key).last)
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

extension ExplorerState {
  /// A text, as far as it was run.
  func text(_ key: RunKey) -> Engine.Text {
    let passages = runs.branch(to: key.node)?.passages ?? []
    return Engine.Text(key.lineage, last: passages.map(\.trajectory.lastIteration))
  }
}
