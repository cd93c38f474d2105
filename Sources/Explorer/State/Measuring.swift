import Trajectories

/// Distances to the last state cost as much as there are states, so they are asked for while they
/// are looked at, and only then.
enum Measuring {
  /// Whether steps are to bring them along.
  static func isLookedAt(_ state: ExplorerState) -> Bool { state.metric.needsDistances }

  /// Asks for what is looked at and not known.
  static func ask(_ state: inout ExplorerState) -> [Effect] {
    guard isLookedAt(state), !state.isMeasuring, !state.isBeginning, let rollout = state.rollout,
      rollout.passages.contains(where: { $0.trajectory.distanceToLast == nil })
    else { return [] }
    state.isMeasuring = true
    return [.submit(.measure(state.run))]
  }

  static func measured(_ distances: [[[Float]]], _ state: inout ExplorerState) {
    state.isMeasuring = false
    for (passage, distances) in distances.enumerated() {
      state.rollout?.measured(distanceToLast: distances, ofPassage: passage)
    }
  }
}
