import Trajectories

/// Showing a run to a class.
let presentCommands: [Command] = [
  Command(
    name: "present", title: "present",
    doc:
      "For a class: few panes, large cells, a strong trail; what comes after the iteration in view is not shown, "
      + "and whether the answer is right only after `v`. Again, or `present off`, ends it.",
    keys: [], group: .look,
    parameters: [.choice("state", ["on", "off"], "whether it is", usual: "the other of the two")],
    perform: { state, given in
      guard given.choice.map({ $0 == "on" }) ?? (state.presenting == nil) else {
        state.presenting = nil
        state.say("all panes and numbers again; present shows a class less")
        return []
      }
      guard state.presenting == nil else {
        state.say("presenting already; present off ends it")
        return []
      }
      state.presenting = Presenting()
      if state.touring == nil {
        state.advise(
          "Presenting: space plays, h and l step, 0 begins anew, [ and ] change the pace, :loop repeats, v tells "
            + "whether the answer is right. :present ends it.")
      }
      return []
    }),
  Command(
    name: "verdict", title: "right?",
    doc: "While presenting: tell whether the answer is right, or hide it again (`v`).", keys: [],
    group: .look,
    reason: { state in
      if state.presenting == nil { return "the verdict is told already; present hides it" }
      if state.hidesVerdict, !state.hasHiddenVerdict {
        return
          "nobody can tell whether this is right: it is of no task that the model was trained on"
      }
      return Command.needsRun(state)
    },
    parameters: [
      .choice("state", ["on", "off"], "whether it is told", usual: "the other of the two")
    ],
    perform: { state, given in
      guard let node = state.runs.tree.current else { return [] }
      if given.choice.map({ $0 == "on" }) ?? state.hidesVerdict {
        state.presenting?.told.insert(node)
      } else {
        state.presenting?.told.remove(node)
      }
      return []
    }),
]
