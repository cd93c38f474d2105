import Trajectories

/// Two branches side by side.
let compareCommands: [Command] = [
  Command(
    name: "compare", title: "compare",
    doc:
      "The branch looked at beside the one before, the one selected in the tree, or `compare 3`; "
      + "again, or esc, goes back.",
    keys: [.character("v")], group: .runs, panes: PaneName.comparing.union([.runs]), footerRank: 9,
    reason: Command.needsRun,
    parameters: [.run("the run beside this one", usual: "the one before")],
    perform: { state, given in
      if state.isComparing, given.number == nil {
        state.zoom = nil
        return []
      }
      let tree = state.runs.tree
      let chosen = given.number.map { NodeID($0) }
      let base = tree.current.flatMap(tree.base)
      guard
        let other = chosen
          ?? [state.selectedElsewhere, tree.previous, base].compactMap(\.self).first(where: {
            $0 != tree.current && tree.contains($0)
          })
      else {
        state.complain(
          tree.count > 1
            ? "run \(tree.current.map { "\($0)" } ?? "") is the one in view; select another in the tree, "
              + "v puts it beside this one"
            : "there is no other branch to compare with; r makes one")
        return []
      }
      guard other != tree.current else {
        state.complain("compare takes the number of another run; t lists them")
        return []
      }
      state.compare(with: other)
      return []
    })
]
