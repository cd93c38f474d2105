import Trajectories

/// Edits of the run looked at: each is a branch of its own.
enum Editing {
  /// What an edit may name here: tokens of the passage the cursor is in, other runs by number or name.
  static func limits(_ state: ExplorerState) -> EditLimits {
    state.passage.map { state.runs.tree.editLimits(of: $0.node, passes: state.model?.passes) }
      ?? EditLimits(runs: [])
  }

  /// The beginning of an edit of the state at the cursor.
  static func opening(_ state: ExplorerState) -> String {
    "\(state.cursor.token):\(max(1, state.cursor.iteration)) := "
  }

  /// Whether an edit can be read, and made here.
  static func check(_ text: String, _ state: ExplorerState) throws(EditError) {
    if let node = state.passage?.node {
      _ = try state.runs.tree.edit(text, of: node, passes: state.model?.passes)
    }
  }

  /// Asks for the run with an edit.
  static func edit(_ text: String, _ state: inout ExplorerState) throws(EditError) -> [Effect] {
    guard let node = state.passage?.node, let key = state.runKey(node) else { return [] }
    let cause = try state.runs.tree.edit(text, of: node, passes: state.model?.passes)
    Playback.pause(&state)
    return [.submit(.edit(key, cause))]
  }

  /// The edited run began: it is shown, and goes as far as the one it was made from.
  static func edited(
    _ node: NodeID, _ cause: EditCause, _ trajectory: Trajectory, _ state: inout ExplorerState
  ) -> [Effect] {
    guard let before = state.runs[node]?.trajectory else { return [] }
    return begin(.edit(cause), of: node, upTo: before.lastIteration, &state) {
      (runs) throws(TreeError) in _ = try runs.edit(node, cause, trajectory)
    }
  }

  /// Another run of the tokens of one began: it is shown, and goes as far as it is to.
  static func begin(
    _ cause: Cause, of node: NodeID, upTo iterations: Int, _ state: inout ExplorerState,
    add: (inout Runs) throws(TreeError) -> Void
  ) -> [Effect] {
    let fork = Fork(node: node, iteration: cause.firstIteration ?? 0)
    let isNew = state.runs.tree.twin(of: cause, at: fork) == nil
    let token = state.cursor.token
    let isDone = state.act(add)
    guard isDone, let here = state.runs.tree.current else { return [] }
    guard isNew else {
      state.say("run \(here) was there already")
      return []
    }
    state.awaitPlane()
    state.hasFitAtTarget = true
    state.isProvisionalFit = false
    state.isPlaneStale = true
    state.cursor = Address(token: min(token, max(0, state.tokenCount - 1)), iteration: 0)
    state.liveTarget = max(1, iterations)
    let words = state.runs.words(here, isASCII: state.glyphs.isASCII)
    state.say("run \(here): \(words); v compares it with run \(node)")
    let message = state.message
    let effects = Playback.stepForward(&state, by: state.liveTarget)
    state.message = message
    return effects
  }
}
