import Trajectories

/// The branches: which there are, which is looked at, and back and forth among what was done.
let treeCommands: [Command] = [
  Command(
    name: "runs", title: "branches",
    doc: "The tree of runs: what made each, how far it went, its answer; again, or esc, goes back.",
    keys: [.character("t")], group: .runs, footerRank: 9, reason: Command.needsRun,
    perform: { state, _ in
      state.zoom = state.zoom == .runs ? nil : .runs
      (state.selectedRun, state.selectsFamily) = (nil, false)
      return []
    }),
  Command(
    name: "swap", title: "swap", doc: "Back to the branch that was looked at before; again swaps.",
    keys: [.character("b")], group: .runs, panes: PaneName.comparing.union([.runs]), footerRank: 9,
    reason: needsRest,
    perform: { state, _ in
      act(&state) { (history) throws(TreeError) in try history.swap() }
    }),
  Command(
    name: "undo", title: "undo",
    doc: "Take back the last act on the tree: a branch, a switch, a name, a deletion.",
    keys: [.character("u")], group: .runs, panes: [.runs], footerRank: 9, reason: needsRest,
    perform: { state, _ in
      var done: TreeChange.Act?
      state.act { (runs) throws(TreeError) in
        done = try runs.undo()
        guard runs.tree.isEmpty else { return }
        // Something is always looked at.
        _ = try runs.redo()
        throw .nothingToUndo
      }
      if let done, state.message == nil {
        state.say("undone: \(words(done, state)); ^R does it again")
      }
      (state.selectedRun, state.selectsFamily) = (nil, false)
      return []
    }),
  Command(
    name: "redo", title: "redo", doc: "Do again what was taken back last.",
    keys: [.control("r")], group: .runs, reason: needsRest,
    perform: { state, _ in
      var done: TreeChange.Act?
      state.act { (runs) throws(TreeError) in done = try runs.redo() }
      if let done, state.message == nil { state.say("done again: \(words(done, state))") }
      (state.selectedRun, state.selectsFamily) = (nil, false)
      return []
    }),
  Command(
    name: "rewind", title: "rewind",
    doc: "Look at the run of the selected token, as it was before a token followed.",
    keys: [.character("w")], group: .runs, reason: needsRest,
    perform: { state, _ in
      guard !state.isLive else {
        state.complain("nothing follows this token; h goes back in its iterations")
        return []
      }
      Playback.pause(&state)
      state.standOnPassage()
      state.cursor.iteration = state.edge
      state.say("e thinks on, . appends; b goes back to the whole text")
      return []
    }),
  Command(
    name: "show", title: "show", doc: "Show a branch by its number: `show 3`.", keys: [],
    group: .runs, reason: needsRest,
    parameters: [.run("the run to show", isRequired: true)],
    perform: { state, given in
      given.number.map { open(NodeID($0), &state) } ?? []
    }),
  Command(
    name: "run-open", title: "open",
    doc: "In the tree: show the selected branch, or the table of a family.", keys: [.enter],
    group: .runs, only: .runs, panes: [.runs], reason: needsRest,
    perform: { state, _ in
      let list = RunList(state)
      guard let node = list.selected else { return [] }
      if let family = list.selectedFamily, let variants = state.runs.tree.variants(of: family) {
        state.open(variants)
        return []
      }
      state.zoom = nil
      return open(node, &state)
    }),
  Command(
    name: "run-down", title: "choose", doc: "In the tree: the next branch.",
    keys: [.character("j"), .down], group: .runs, only: .runs, panes: [.runs],
    reason: Command.needsRun,
    parameters: [.steps("branches")],
    perform: { state, given in chooseRun(given.number ?? 1, &state) }),
  Command(
    name: "run-up", title: "choose", doc: "In the tree: the branch before.",
    keys: [.character("k"), .up], group: .runs, only: .runs, reason: Command.needsRun,
    parameters: [.steps("branches")],
    perform: { state, given in chooseRun(-(given.number ?? 1), &state) }),
  Command(
    name: "rename", title: "name",
    doc: "Call the branch selected in the tree, or looked at, something: `rename careful`.",
    keys: [.character("R")], group: .runs, only: .runs, panes: [.runs], reason: needsRest,
    parameters: [
      .text("name", "up to 40 characters, or - for none", usual: "typed on a line of its own")
    ],
    perform: { state, given in
      guard let node = selected(state) else { return [] }
      if state.zoom == .runs, RunList(state).selectedFamily != nil {
        state.complain("runs have names, a family has none; l shows its runs")
        return []
      }
      guard let text = given.argument else {
        let name = state.runs.tree[node]?.name ?? ""
        CommandLine.open("rename " + name, &state)
        return []
      }
      let name = Printable.clip(String(text.filter { !$0.isNewline }), 40)
      let effects = act(&state) { (history) throws(TreeError) in
        try history.name(node, name == "-" ? nil : name)
      }
      if state.message == nil {
        state.say(name == "-" ? "run \(node) has no name" : "run \(node) is called \(name)")
      }
      return effects
    }),
  Command(
    name: "delete", title: "delete",
    doc:
      "Take out the branch selected in the tree, or looked at, and what goes on from it; u brings back.",
    keys: [.character("d")], group: .runs, only: .runs, panes: [.runs], reason: needsRest,
    perform: { state, _ in
      guard let node = selected(state) else { return [] }
      let before = state.runs.tree.count
      let family = state.zoom == .runs ? RunList(state).selectedFamily : nil
      let effects = act(&state) { (history) throws(TreeError) in
        if let family { try history.delete(family) } else { try history.delete(node) }
      }
      if state.message == nil {
        let gone = before - state.runs.tree.count
        let more = gone > 1 ? " and \(gone - 1) that went on from it" : ""
        state.say(
          family == nil
            ? "run \(node) is gone\(more); u brings back" : "\(gone) runs are gone; u brings back")
      }
      (state.selectedRun, state.selectsFamily) = (nil, false)
      return effects
    }),
]

/// What an act on the tree did, in words.
private func words(_ act: TreeChange.Act, _ state: ExplorerState) -> String {
  switch act {
  case .added(let ids):
    ids.count == 1 ? "the branch run \(ids[0])" : "\(ids.count) branches"
  case .shown(let id): "the switch to run \(id)"
  case .named(let id): "the name of run \(id)"
  case .deleted(let id): "the deletion of run \(id)"
  }
}

/// The branch that a command is about: the one selected while the tree is shown, or the one looked
/// at.
private func selected(_ state: ExplorerState) -> NodeID? {
  state.zoom == .runs ? RunList(state).selected : state.runs.tree.current
}

private func act(
  _ state: inout ExplorerState, _ body: (inout TreeHistory) throws(TreeError) -> Void
) -> [Effect] {
  state.act { (runs) throws(TreeError) in try runs.act(body) }
  return []
}

private func open(_ node: NodeID, _ state: inout ExplorerState) -> [Effect] {
  if state.show(node) { state.say(state.runWords(node)) }
  return []
}

private func chooseRun(_ step: Int, _ state: inout ExplorerState) -> [Effect] {
  let list = RunList(state)
  guard !list.rows.isEmpty else { return [] }
  let wanted = list.selectedRow + max(-10_000, min(10_000, step))
  let row = min(max(0, wanted), list.rows.count - 1)
  if row != wanted { state.say(step < 0 ? "the first" : "the last") }
  state.select(list.rows[row])
  return []
}
