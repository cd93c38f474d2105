import Trajectories

/// Runs that were begun together, in the tree.
let familyCommands: [Command] = [
  Command(
    name: "fold", title: "fold", doc: "In the tree: one line for runs that were begun together.",
    keys: [.character("h"), .left], group: .runs, only: .runs, reason: Command.needsRun,
    perform: { state, _ in
      guard let family = selectedFamily(state) else {
        state.say("this run was begun alone; :starts 8 and :sweep begin many")
        return []
      }
      state.fold(family)
      state.selectedRun = state.runs.tree.members(of: family).first
      state.selectsFamily = true
      return []
    }),
  Command(
    name: "unfold", title: "unfold",
    doc: "In the tree: a line for each of the runs that were begun together.",
    keys: [.character("l"), .right], group: .runs, only: .runs, panes: [.runs],
    reason: Command.needsRun,
    perform: { state, _ in
      guard let family = selectedFamily(state) else {
        state.say("this run was begun alone; enter shows it")
        return []
      }
      state.selectedRun = RunList(state).selected
      state.selectsFamily = true
      state.fold(family, false)
      return []
    }),
]

/// That of the selected line, its own or one of its members'.
private func selectedFamily(_ state: ExplorerState) -> Family? {
  let list = RunList(state)
  return list.selectedFamily
    ?? list.selected.flatMap { state.runs.tree.path(to: $0).first?.family }
}
