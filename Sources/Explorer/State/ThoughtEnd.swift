import Trajectories

/// Models that end their thoughts themselves: by saying a token.
enum ThoughtEnd {
  /// Whether the run that goes on has just said that it has thought enough: it then goes on when asked to,
  /// and no further by itself.
  static func isReached(_ state: inout ExplorerState) -> Bool {
    guard let stop = state.model?.thoughtStop, state.wishedIterations == nil,
      state.stepGoal == nil, let passage = state.passage, passage.firstToken == 0,
      state.edge < state.liveTarget, !state.endedThoughts.contains(passage.node),
      let said = passage.trajectory.steps.last?.readings.last?.best, said.id == stop
    else { return false }
    state.endedThoughts.insert(passage.node)
    state.liveTarget = state.edge
    state.say(
      "the model says '\(state.visible(said.text))': it has thought enough after \(state.edge); e goes on"
    )
    return true
  }
}

extension ExplorerState {
  /// Why the passage looked at has no more iterations; nil where it can have them.
  var noMoreThoughts: String? {
    model?.thinksOnce == true && (passage?.firstToken ?? 0) > 0
      ? "thoughts are had once, behind the prompt; k goes to its last token" : nil
  }
}
