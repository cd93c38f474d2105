/// How much of a state the injection keeps, as the weights say.
let contractionCommands: [Command] = [
  Command(
    name: "contraction", title: "contraction",
    doc:
      "How much of a state every iteration keeps, channel by channel, read from the weights (Parcae): how "
      + "it is spread, half-lives, the slow channels; again, or esc, goes back.",
    keys: [], group: .look, reason: needsInjection,
    perform: { state, _ in
      if state.zoom == .contraction {
        state.zoom = state.outerZoom
        return []
      }
      Playback.pause(&state)
      state.contraction = LookingAtContraction(outer: state.zoom)
      state.zoom = .contraction
      return []
    }),
  Command(
    name: "close-contraction", title: "back", doc: "Contraction: back to where one was.",
    keys: [.escape], group: .look, only: .contraction, panes: [.contraction], reason: needsPane,
    perform: { state, _ in
      state.zoom = state.outerZoom
      return []
    }),
  Command(
    name: "channel-down", title: "faster", doc: "Contraction: on to channels that forget faster.",
    keys: [.character("j"), .down], group: .look, only: .contraction, panes: [.contraction],
    reason: needsPane, parameters: [.steps("channels")],
    perform: { state, given in scroll(given.number ?? 1, &state) }),
  Command(
    name: "channel-up", title: "slower", doc: "Contraction: back to slower channels.",
    keys: [.character("k"), .up], group: .look, only: .contraction, panes: [.contraction],
    reason: needsPane, parameters: [.steps("channels")],
    perform: { state, given in scroll(-(given.number ?? 1), &state) }),
]

/// What the explorer keeps of looking at the contraction.
struct LookingAtContraction: Sendable, Hashable {
  /// What filled the screen before.
  var outer: PaneName?
  /// The first channel that is listed, counted from the slowest.
  var first = 0
}

private let needsInjection: @Sendable (ExplorerState) -> String? = { state in
  Command.needsRun(state)
    ?? (state.model?.injection == nil
      ? "only a diagonal injection, as Parcae has, says in its weights what an iteration keeps"
      : nil)
}

private let needsPane: @Sendable (ExplorerState) -> String? = { state in
  state.zoom == .contraction ? nil : "contraction is not shown; :contraction shows it"
}

private func scroll(_ lines: Int, _ state: inout ExplorerState) -> [Effect] {
  let count = state.model?.injection?.decay.count ?? 0
  let place = Layout(state).place(.contraction)
  let rows = place.flatMap { ContractionView(state, $0.inner(state))?.rows } ?? 1
  state.contraction.first = max(0, min(state.contraction.first + lines, count - rows))
  return []
}
