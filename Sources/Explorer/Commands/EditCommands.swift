import Trajectories

/// Changing what a run thinks.
let editCommands: [Command] = [
  Command(
    name: "edit", title: "edit",
    doc:
      "Run again with a state changed, as a branch: `edit 16:12 := 16:1` puts back an earlier one, "
      + "`edit 1:3 := 0`, `edit 16:8 += 0.7*(16:1@2 - 16:8)` with run 2, `edit freeze 1:4`, "
      + "`edit 12:8.1.attention := 0`, `edit all:e += 0.5*noise 7` with noise half as large as e.",
    keys: [.character("=")], group: .runs, reason: Command.needsSettledRun,
    parameters: [
      .line(
        "edit", "a place, := or +=, and what is put there", usual: "typed on a line of its own",
        check: checkEdit, complete: completeEdit)
    ],
    perform: { state, given in
      guard let text = given.argument else {
        CommandLine.open("edit " + Editing.opening(state), &state)
        return []
      }
      return (try? Editing.edit(text, &state)) ?? []
    })
]

private let checkEdit: @Sendable (String, ExplorerState) -> ArgumentProblem? = { text, state in
  do throws(EditError) {
    try Editing.check(text, state)
    return nil
  } catch {
    return ArgumentProblem(column: error.column, error.problem)
  }
}

private let completeEdit: @Sendable (String, ExplorerState) -> String? = { text, state in
  let choices = Edit.completions(of: text, within: Editing.limits(state))
  guard let common = Spelling.beginning(of: choices) else { return nil }
  return common.count > text.count ? common : nil
}
