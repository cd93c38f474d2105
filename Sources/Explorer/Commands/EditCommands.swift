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
    complete: { text, state in
      let choices = Edit.completions(of: text, within: Editing.limits(state))
      guard var common = choices.first else { return nil }
      for choice in choices.dropFirst() {
        while !choice.hasPrefix(common) { common.removeLast() }
      }
      return common.count > text.count ? common : nil
    },
    perform: { state, given in
      guard let text = given.argument else {
        CommandLine.open("edit " + Editing.opening(state), &state)
        return []
      }
      do throws(EditError) {
        return try Editing.edit(text, &state)
      } catch {
        CommandLine.reopen("edit", text, at: error.column, saying: error.problem, &state)
        return []
      }
    })
]
