import Trajectories

/// Runs that are brought to one iteration together, as one batch.
struct Together: Sendable, Hashable {
  let nodes: [NodeID]
  /// How far they are to go.
  let goal: Int
  /// Those of which an iteration was asked for and has not come.
  private(set) var stepping: [NodeID] = []

  init(_ nodes: [NodeID], to goal: Int) {
    self.nodes = nodes
    self.goal = goal
  }
}

extension Together {
  /// The last iteration that all of them have.
  func reached(_ runs: Runs) -> Int {
    nodes.compactMap { runs[$0]?.trajectory.lastIteration }.min().map { min($0, goal) } ?? 0
  }

  /// Asks for the next iteration of those that are furthest behind, until all are there. One that was
  /// taken out of the tree, or is no number any more, stays where it is.
  static func goOn(_ state: inout ExplorerState) -> [Effect] {
    guard let together = state.together, together.stepping.isEmpty else { return [] }
    let open = together.nodes.filter { node in
      // An iteration that is on its way by itself comes first.
      guard state.runs.tree.contains(node), !(state.isStepping && state.steppingNode == node),
        let run = state.runs[node]?.trajectory
      else { return false }
      return run.divergence == nil && run.lastIteration < together.goal
    }
    func edge(_ node: NodeID) -> Int { state.runs[node]?.trajectory.lastIteration ?? 0 }
    guard let least = open.map(edge).min() else {
      state.together = nil
      // The table says it at length; a map needs it on the way.
      if state.zoom != .variants, state.zoom != .causes { state.say(state.togetherWords(together)) }
      return []
    }
    let batch = open.filter { edge($0) == least }
    state.together?.stepping = batch
    return [.submit(.stepTogether(batch.compactMap(state.runKey), to: least + 1))]
  }

  /// Takes in an iteration of several runs, whichever is looked at; what is done stays, also of those
  /// that were stopped meanwhile.
  static func stepped(_ steps: [NodeStep], _ state: inout ExplorerState) -> [Effect] {
    state.together?.stepping = []
    state.layers = nil
    for step in steps {
      guard let run = state.runs[step.node]?.trajectory, step.step.iteration > run.lastIteration
      else { continue }
      if let problem = misfit(step.step, nil, run) {
        state.together = nil
        state.fail(
          "Iteration \(step.step.iteration) of run \(step.node) came in a shape that does not fit "
            + "it: \(problem). It was not taken.")
        return []
      }
      state.runs.extend(step.node) { $0.append(step.step) }
    }
    var effects: [Effect] = []
    if let node = state.runs.tree.current, steps.contains(where: { $0.node == node }) {
      state.isPlaneStale = state.projection != nil
      effects = Playback.stepped(&state)
    }
    return effects + goOn(&state)
  }
}

extension ExplorerState {
  /// What runs came to that were brought along together.
  func togetherWords(_ together: Together) -> String {
    let table = SweepTable(together.nodes, position: nil, runs)
    let diverged = together.nodes.filter { runs[$0]?.trajectory.divergence != nil }.count
    var words = "\(table.rows.count) runs at r \(together.reached(runs)): \(votesWords(table))"
    if diverged > 0 { words += "; \(diverged) diverged" }
    return words
  }

  /// Who says what: `'2' 7, '8' 3`.
  func votesWords(_ table: SweepTable) -> String {
    if table.votes.count > 5, table.votes.count == table.rows.count {
      return "\(table.votes.count) different answers"
    }
    let votes = table.votes.prefix(5).map { vote in
      "\(vote.answer.map { "'\(visible($0.text))'" } ?? "nothing") \(glyphs.times)\(vote.count)"
    }
    return votes.joined(separator: ", ") + (table.votes.count > 5 ? " \(glyphs.ellipsis)" : "")
  }
}
