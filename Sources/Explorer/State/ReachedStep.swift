import Trajectories

/// An iteration on its way of which all is known but what is read out of it, which takes long. It is no
/// part of the run before it is whole, so that no condition, rule or file ever sees half of it: it is only
/// drawn.
struct ReachedStep: Sendable {
  let node: NodeID
  let step: Step
  let places: PlanePlaces?

  static func took(
    _ step: Step, of node: NodeID, _ places: PlanePlaces?, _ state: inout ExplorerState
  ) {
    guard node == state.branch?.node, let run = state.runs[node]?.trajectory,
      misfit(step, places, run) == nil
    else { return }
    state.reached = ReachedStep(node: node, step: step, places: places)
  }
}

extension ExplorerState {
  /// What is drawn: with the iteration on its way, as far as it is known. Who looks at the edge of a run
  /// that goes on looks at it.
  var drawn: ExplorerState {
    guard let reached, let live = branch?.last, live.node == reached.node,
      misfit(reached.step, reached.places, live.trajectory) == nil
    else { return self }
    var drawn = self
    (drawn.reached, drawn.glimpse) = (nil, [:])
    var readings = reached.step.readings
    for (row, reading) in glimpse where readings.indices.contains(row) { readings[row] = reading }
    drawn.runs.extend(reached.node) { $0.append(reached.step.reading(readings)) }
    if let places = reached.places {
      drawn.projection?.add(
        places, iteration: reached.step.iteration, firstToken: live.firstToken)
    }
    if isLive, cursor.iteration == live.trajectory.lastIteration, isPlaying || stepGoal != nil {
      drawn.cursor.iteration += 1
    }
    return drawn
  }
}
