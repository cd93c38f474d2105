import Trajectories

/// Where a run stops by itself, what it goes on until, and what is looked for in it.
let conditionCommands: [Command] = [
  Command(
    name: "break", title: "break",
    doc:
      "Stop where something becomes so of this token: `break entropy < 0.5 && iteration > 4`, "
      + "`break argmax changes`, `break rank(\"7\") == 1`; or at an address: `break 12:8.3`, of two clocks "
      + "`break 2.L1`.",
    keys: [.character("B")], group: .conditions, reason: Command.needsRun,
    parameters: [.stop("where to stop", usual: "typed on a line of its own")],
    perform: { state, given in
      withStop(given, "break", &state) { stop, state in
        let point = state.breaking.add(stop, token: state.cursor.token)
        let words = point.words(state.model?.passes)
        state.say("break \(point.number): \(words); > runs to it, < runs back")
        return []
      }
    }),
  Command(
    name: "breaks", title: "breaks", doc: "List the breakpoints.", keys: [], group: .conditions,
    perform: { state, _ in
      let passes = state.model?.passes
      let words = state.breaking.points.map { "\($0.number) \($0.words(passes))" }
      state.say(
        words.isEmpty ? "no breakpoints; B sets one" : words.joined(separator: "  ·  "))
      return []
    }),
  Command(
    name: "unbreak", title: "unbreak",
    doc: "Take out a breakpoint by its number, or all of them: `unbreak 2`, `unbreak`.", keys: [],
    group: .conditions,
    parameters: [
      .whole("number", 1...1_000_000, "the breakpoint to take out", usual: "all", takesCount: true)
    ],
    perform: { state, given in
      let count = state.breaking.remove(given.number)
      guard count > 0 else {
        state.complain("there is no such breakpoint; breaks lists them")
        return []
      }
      state.say(count == 1 ? "one breakpoint less" : "\(count) breakpoints less")
      return []
    }),
  Command(
    name: "continue", title: "to break",
    doc: "On to the next breakpoint: among the iterations there are, then computing to the target.",
    keys: [.character(">")], group: .conditions, reason: needsBreakpoint,
    perform: { state, given in
      if awaitsBreakpoints("continue", given, &state) { return [] }
      if let next = Breaking.place(state, isForward: true) { return stand(at: next, &state) }
      guard state.edge < state.target else {
        state.complain("no breakpoint is met up to r \(state.edge); e extends the run")
        return goTo(state.edge, &state)
      }
      state.cursor.iteration = state.edge
      return Playback.play(&state)
    }),
  Command(
    name: "reverse", title: "back to break",
    doc: "Back to the iteration before where a breakpoint holds.", keys: [.character("<")],
    group: .conditions, reason: needsBreakpoint,
    perform: { state, given in
      if awaitsBreakpoints("reverse", given, &state) { return [] }
      guard let last = Breaking.place(state, isForward: false) else {
        state.complain("no breakpoint is met before; > looks ahead")
        return []
      }
      return stand(at: last, &state)
    }),
  Command(
    name: "until", title: "until",
    doc:
      "Run until something is so of this token, past the target if need be: "
      + "`until argmax stable 5`, `until kl < 1e-3`; or up to an address: `until 40`, `until 3.L2`.",
    keys: [.character("U")], group: .conditions, reason: Command.needsSettledRun,
    parameters: [.stop("when to stop", usual: "typed on a line of its own")],
    perform: { state, given in
      withStop(given, "until", &state) { stop, state in
        if Watching.awaits([stop.condition], "until", given, &state) { return [] }
        return Breaking.run(until: stop, &state)
      }
    }),
  Command(
    name: "find", title: "find",
    doc:
      "Go to where something is so of this token, with n and N from there on: "
      + "`find residual < 1e-2`; or to a token by its text or id, `find \"9-5\"`, `find #57`; "
      + "`find argmax changes` looks for flips again.",
    keys: [.character("f")], group: .conditions, reason: Command.needsRun,
    parameters: [
      .line(
        "condition", "what to look for, or a text", usual: "typed on a line of its own",
        check: TokenSearch.check, complete: ConditionParameter.complete)
    ],
    perform: { state, given in
      if let text = given.argument.flatMap({ TokenSearch.sought($0, state) }) {
        state.breaking.text = text
        return TokenSearch.go(text, isForward: true, &state)
      }
      return withCondition(given, "find", &state) { condition, state in
        state.breaking.text = nil
        state.breaking.search = condition == .argmaxChanges ? nil : condition
        if Watching.awaits([condition], "find", given, &state) { return [] }
        let next = Breaking.found(state, isForward: true)
        guard let place = next ?? Breaking.found(state, isForward: false) else {
          state.complain("nowhere so far: \(condition); U runs until it is so")
          return []
        }
        let words = state.words(Address(token: state.cursor.token, iteration: place))
        state.say("\(words) is where \(condition); n and N go on")
        return goTo(place, &state)
      }
    }),
]

private let needsBreakpoint: @Sendable (ExplorerState) -> String? = { state in
  Command.needsSettledRun(state)
    ?? (state.breaking.points.isEmpty ? "there are no breakpoints; B sets one" : nil)
}

private func awaitsBreakpoints(
  _ command: String, _ given: Arguments, _ state: inout ExplorerState
) -> Bool {
  Watching.awaits(state.breaking.points.map(\.condition), command, given, &state)
}

private func stand(at iteration: Int, _ state: inout ExplorerState) -> [Effect] {
  let effects = goTo(iteration, &state)
  _ = Breaking.stop(&state)
  return effects
}

/// Does something with what was given to stop at; without one the line is opened to type it.
private func withStop(
  _ given: Arguments, _ name: String, _ state: inout ExplorerState,
  _ perform: (StopParameter.Stop, inout ExplorerState) -> [Effect]
) -> [Effect] {
  with(given, name, &state, read: StopParameter.read, perform)
}

/// The same with a condition.
private func withCondition(
  _ given: Arguments, _ name: String, _ state: inout ExplorerState,
  _ perform: (Condition, inout ExplorerState) -> [Effect]
) -> [Effect] {
  with(given, name, &state, read: ConditionParameter.read, perform)
}

private func with<Value>(
  _ given: Arguments, _ name: String, _ state: inout ExplorerState,
  read: (String, ExplorerState) throws -> Value,
  _ perform: (Value, inout ExplorerState) -> [Effect]
) -> [Effect] {
  guard let text = given.argument else {
    CommandLine.open(name + " ", &state)
    return []
  }
  guard let value = try? read(text, state) else { return [] }
  return perform(value, &state)
}
