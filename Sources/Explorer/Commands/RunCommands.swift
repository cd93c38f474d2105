/// Starting runs and letting them go on.
let runCommands: [Command] = [
  Command(
    name: "extend", title: "extend", doc: "Think longer: 8 more iterations, or the count given.",
    keys: [.character("e")], group: .run, footerRank: 3,
    reason: Command.needsSettledRun,
    parameters: [
      .whole(
        "count", 1...Playback.maximumIterations, "how many more iterations", usual: "8",
        takesCount: true)
    ],
    perform: { state, given in
      let more = given.number ?? 8
      if let reason = state.noMoreThoughts {
        state.complain(reason)
        return []
      }
      state.standOnPassage()
      state.liveTarget = min(Playback.maximumIterations, max(state.target, state.edge) + more)
      if let warning = state.model?.depthWarning(at: state.target) { state.say(warning) }
      if state.isPlaying { return [] }
      state.cursor.iteration = state.edge
      return Playback.play(&state)
    }),
  Command(
    name: "prompt", title: "prompt", doc: "Ask something else; the runs before stay.",
    keys: [.character("/"), .character("i")], group: .run, footerRank: 4,
    parameters: [.text("text", "what to ask", usual: "typed on a line of its own")],
    perform: { state, given in
      if let text = given.argument {
        return state.remember(text, as: .prompts) + ask(text, &state)
      }
      if let draft = state.promptDraft {
        state.mode = .prompt(LineEditor(goingOnWith: draft, history: state.promptHistory))
        return []
      }
      var text = ""
      if case .text(let current) = state.prompt { text = current }
      if let node = state.branch?.passages[0].node { text = state.promptText(of: node) ?? text }
      state.mode = .prompt(LineEditor(text, history: state.promptHistory))
      return []
    }),
  Command(
    name: "ask", title: "ask",
    doc: "Ask this: `ask 3+4?`; in quotes with \\n for a new line.", keys: [], group: .run,
    parameters: [.text("text", "what to ask", isRequired: true)],
    perform: { state, given in ask(given.argument ?? "", &state) }),
  Command(
    name: "seed", title: "seed",
    doc: "Another random initial state, as a branch; a count is the seed: 42r.",
    keys: [.character("r")], group: .run, footerRank: 5, reason: Command.needsFreeStart,
    parameters: [.seed("the seed", usual: "the next free one")],
    perform: { state, given in
      let seed = given.seed ?? Asking.nextSeed(state)
      state.isPlaying = true
      return Asking.ask(state.prompt, state.seeded(seed), &state)
    }),
  Command(
    name: "zero", title: "zero start", doc: "Start from a state of zeros, as a branch.",
    keys: [.character("z")],
    group: .run, reason: Command.needsFreeStart,
    perform: { state, _ in
      state.isPlaying = true
      return Asking.ask(state.prompt, .zero, &state)
    }),
  Command(
    name: "cancel", title: "stop", doc: "Stop the work in progress; pressed again, quit.",
    keys: [.control("c")], group: .run,
    perform: { state, _ in
      // As the shell counts an end by interrupt, whether it came as a key or as a signal.
      if state.isQuitArmed { return [.quit(130)] }
      state.isQuitArmed = true
      let isBusy = state.awaitsAnswers
      guard
        isBusy || state.isPlaying || state.stepGoal != nil || state.together != nil
      else {
        state.say("nothing is running; press it again, or q, to quit")
        return []
      }
      state.together = nil
      state.causing.isStopped = true
      state.writing.pending = 0
      Playback.pause(&state)
      state.say("stopping; press it again to quit")
      return isBusy ? [.cancel] : []
    }),
]

/// Starts a run on another prompt, from the same start.
func ask(_ text: String, _ state: inout ExplorerState) -> [Effect] {
  guard state.model != nil else {
    state.complain(
      state.loading == nil
        ? "no model could be opened; q quits" : "the model is still being opened; ask in a moment")
    return []
  }
  guard !text.isEmpty else {
    state.complain("an empty prompt asks nothing; the run stays as it is")
    return []
  }
  state.isPlaying = true
  // What to look for in another prompt is said no more.
  state.hint = nil
  return Asking.ask(.text(text), state.start, &state)
}
