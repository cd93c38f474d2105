import Trajectories

/// What kind of motion the states of each token are in.
let motionCommands: [Command] = [
  Command(
    name: "motion", title: "motion",
    doc:
      "Fixed point, cycle, slide? What kind of motion each token's states are in, with the evidence; "
      + "over the second half of the run, or `motion 20-60`.",
    keys: [.character("o")], group: .look, footerRank: 9, reason: Command.needsRun,
    parameters: [
      .line("window", "iterations, such as 20-60", usual: "the second half", check: checkWindow)
    ],
    perform: { state, given in
      if let argument = given.argument {
        state.motion.window = window(argument, edge: state.edge)
      } else {
        if state.zoom == .motion { return close(&state) }
        state.motion.window = nil
      }
      state.lookAtMotion()
      return []
    }),
  Command(
    name: "close-motion", title: "back",
    doc: "Kinds of motion: stop what is being worked out, and back to where one was.",
    keys: [.escape], group: .look, only: .motion, panes: [.motion],
    reason: { state in state.zoom == .motion ? nil : "o shows kinds of motion; nothing is open" },
    perform: { state, _ in close(&state) }),
  Command(
    name: "jacobian", title: "Jacobian",
    doc:
      "Kinds of motion: how small changes are stretched at the end of the window and along it: spectral "
      + "radius, largest singular value, exponent. Takes many iterations' time.",
    keys: [.character("J")], group: .look, only: .motion, panes: [.motion],
    reason: { state in
      Command.needsRun(state)
        ?? (state.zoom == .motion
          ? nil : "o shows kinds of motion; the Jacobian is asked for there")
    },
    perform: { state, _ in
      state.motion.wantsStretch = true
      state.motion.stopped = nil
      return []
    }),
]

private let checkWindow: @Sendable (String, ExplorerState) -> ArgumentProblem? = { text, state in
  window(text, edge: state.edge) == nil
    ? ArgumentProblem(
      "motion takes iterations from 0 to \(state.edge), two at least, such as 20-60") : nil
}

private func close(_ state: inout ExplorerState) -> [Effect] {
  let isAsking = state.motion.isAsking
  state.motion.wantsStretch = false
  state.zoom = state.outerZoom
  return isAsking ? [.cancel] : []
}

/// `FIRST-LAST`; nil where they are not there, or fewer than two.
private func window(_ text: String, edge: Int) -> ClosedRange<Int>? {
  let bounds = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
  guard bounds.count == 2, let first = bounds[0], let last = bounds[1], first >= 0, first < last,
    last <= edge
  else { return nil }
  return first...last
}
