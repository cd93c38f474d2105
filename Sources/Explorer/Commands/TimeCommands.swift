import Trajectories

/// Going back and forth in a run.
let timeCommands: [Command] = [
  Command(
    name: "play", title: "play",
    doc: "Play or pause: replay to the live edge, then compute on to the target.",
    keys: [.character(" ")], group: .time, footerRank: 0, reason: Command.needsSettledRun,
    perform: { state, _ in
      if state.isPlaying {
        Playback.pause(&state)
        return []
      }
      if state.isLooping, state.isAtEdge, state.edge >= state.target { state.cursor.iteration = 0 }
      guard !state.isAtEdge || state.edge < state.target else {
        state.complain("at the target r = \(state.target); e extends it, 0 goes back to the start")
        return []
      }
      return Playback.play(&state)
    }),
  Command(
    name: "step-back", title: "back", doc: "One iteration back; with a count, that many.",
    keys: [.character("h"), .left], group: .time, footerRank: 1, reason: Command.needsRun,
    parameters: [.steps("iterations")],
    perform: { state, given in goBack(&state, by: given.number ?? 1) }),
  Command(
    name: "step-forward", title: "step",
    doc: "One iteration forward; at the live edge it computes one more.",
    keys: [.character("l"), .right], group: .time, footerRank: 2, reason: Command.needsSettledRun,
    parameters: [.steps("iterations")],
    perform: { state, given in Playback.stepForward(&state, by: max(1, given.number ?? 1)) }),
  Command(
    name: "back-5", title: "back 5", doc: "Five iterations back.", keys: [.character("H")],
    group: .time, reason: Command.needsRun,
    parameters: [.steps("times five iterations")],
    perform: { state, given in goBack(&state, by: 5 * (given.number ?? 1)) }),
  Command(
    name: "forward-5", title: "on 5", doc: "Five iterations forward, computing what is missing.",
    keys: [.character("L")], group: .time, reason: Command.needsSettledRun,
    parameters: [
      .whole("count", 1...1000, "how many times five iterations", usual: "1", takesCount: true)
    ],
    perform: { state, given in
      Playback.stepForward(&state, by: 5 * max(1, min(1000, given.number ?? 1)))
    }),
  Command(
    name: "first", title: "start", doc: "To the initial state s0.",
    keys: [.character("0")], group: .time, panes: [.scrub], reason: Command.needsRun,
    perform: { state, _ in goTo(0, &state) }),
  Command(
    name: "last", title: "live edge", doc: "To the live edge: the last iteration computed.",
    keys: [.character("$"), .character("E")], group: .time, panes: [.scrub],
    reason: Command.needsRun,
    perform: { state, _ in
      state.cursor.iteration = state.edge
      return []
    }),
  Command(
    name: "next-flip", title: "next flip",
    doc: "To the next iteration where the likeliest token changes, or what f looks for is so.",
    keys: [.character("n")],
    group: .time, panes: [.scrub, .entropy, .predictions], reason: Command.needsRun,
    perform: { state, _ in
      if let text = state.breaking.text { return TokenSearch.go(text, isForward: true, &state) }
      guard let next = Breaking.found(state, isForward: true) else {
        state.complain("no later \(state.breaking.sought) so far; N looks back, e computes on")
        return []
      }
      return goTo(next, &state)
    }),
  Command(
    name: "previous-flip", title: "flip before",
    doc:
      "To the iteration before where the likeliest token changed, or what f looks for is so; with a count that "
      + "many copies, as S does: 64N.",
    keys: [.character("N")],
    group: .time, reason: Command.needsRun,
    parameters: [
      .whole(
        "copies", 2...Fanning.mostCopies,
        "as many copies of the prompt, as S does; nothing looks back", takesCount: true)
    ],
    perform: { state, given in
      if let copies = given.number {
        return Command.named("copies")?.run(&state, "\(copies)") ?? []
      }
      if let text = state.breaking.text { return TokenSearch.go(text, isForward: false, &state) }
      guard let last = Breaking.found(state, isForward: false) else {
        state.complain("no earlier \(state.breaking.sought); n looks ahead")
        return []
      }
      return goTo(last, &state)
    }),
  Command(
    name: "last-flip", title: "last flip",
    doc: "To where the likeliest token changed last: from there on the answer stands.",
    keys: [.character("F")], group: .time, panes: [.predictions, .scrub],
    reason: Command.needsRun,
    perform: { state, _ in
      guard let last = state.flips.last else {
        state.complain("the answer of this token never flipped; j and k choose another")
        return []
      }
      return goTo(last, &state)
    }),
  Command(
    name: "goto", title: "go to",
    doc:
      "To an iteration, an address token:iteration.block, or a share: `goto 8`, `goto 12:8`, `goto 12:8.3`, "
      + "`goto 12:p.1` and `goto 12:8.c.1` for prelude and coda, `goto 50%`; of two clocks `goto 2.L1` and "
      + "`goto 12:2.H.1` name cycle and pass.",
    keys: [], group: .time, reason: Command.needsRun,
    parameters: [
      .line(
        "place", "an iteration (8), an address (12:8, 12:8.3) or a share (50%)", isRequired: true,
        takesCount: true, check: checkPlace)
    ],
    perform: { state, given in goToPlace(given, &state) }),
  Command(
    name: "speed", title: "speed",
    doc: "So many iterations a second: `speed 4`, `speed 0.5`, `speed max`.",
    keys: [], group: .time,
    parameters: [
      .choice("rate", ExplorerState.speedNames, "iterations a second", isRequired: true)
    ],
    perform: { state, given in
      let index =
        given.choice.flatMap { ExplorerState.speedNames.firstIndex(of: $0) } ?? state.speedIndex
      return setSpeed(index, &state)
    }),
  Command(
    name: "slower", title: "slower", doc: "Fewer iterations a second.", keys: [.character("[")],
    group: .time, perform: { state, _ in changeSpeed(-1, &state) }),
  Command(
    name: "faster", title: "faster", doc: "More iterations a second.", keys: [.character("]")],
    group: .time, perform: { state, _ in changeSpeed(1, &state) }),
  Command(
    name: "loop", title: "loop",
    doc:
      "Playback begins anew where it has come to its end, and computes nothing twice; again, or `loop off`, "
      + "ends that.",
    keys: [], group: .time,
    parameters: [
      .choice("state", ["on", "off"], "whether it does", usual: "the other of the two")
    ],
    perform: { state, given in
      state.isLooping = given.choice.map { $0 == "on" } ?? !state.isLooping
      state.say(
        state.isLooping
          ? "playback begins anew at its end; space plays, loop off ends that"
          : "playback rests at its end")
      return state.isLooping ? [] : Playback.leaveLoop(&state)
    }),
]

private func goBack(_ state: inout ExplorerState, by count: Int) -> [Effect] {
  Playback.pause(&state)
  guard state.cursor.iteration > 0 else {
    state.complain("at the initial state already; l steps forward")
    return []
  }
  state.cursor.iteration = max(0, state.cursor.iteration - max(1, min(count, 1_000_000)))
  return []
}

/// To a kept iteration; what was playing stops.
func goTo(_ iteration: Int, _ state: inout ExplorerState) -> [Effect] {
  Playback.pause(&state)
  state.cursor.iteration = min(max(0, iteration), state.edge)
  return []
}

/// A place as it is typed after `goto`.
enum TypedPlace {
  case iteration(Int)
  case share(Int)
  case address(Address)

  init(_ text: String, _ state: ExplorerState) throws(ArgumentProblem) {
    let passes = state.model?.passes
    // Without a token a place with a pass is one of the token looked at.
    let own = "\(state.cursor.token):"
    let isOwn = passes != nil && !text.contains(":") && text.contains(".")
    if text.contains(":") || isOwn {
      do throws(AddressError) {
        self = .address(try Address(parsing: isOwn ? own + text : text, passes: passes))
      } catch {
        throw ArgumentProblem(
          column: max(1, error.column - (isOwn ? own.count : 0)), error.problem)
      }
    } else if text.hasSuffix("%"), let share = Int(text.dropLast()), (0...100).contains(share) {
      self = .share(share)
    } else if let iteration = Int(text), iteration >= 0 {
      self = .iteration(iteration)
    } else {
      throw ArgumentProblem(
        "goto takes an iteration (8), an address (12:8, 12:8.3) or a share (50%)")
    }
  }
}

private let checkPlace: @Sendable (String, ExplorerState) -> ArgumentProblem? = { text, state in
  do throws(ArgumentProblem) {
    _ = try TypedPlace(text, state)
    return nil
  } catch {
    return error
  }
}

private func goToPlace(_ given: Arguments, _ state: inout ExplorerState) -> [Effect] {
  switch given.argument.flatMap({ try? TypedPlace($0, state) }) {
  case .share(let share): goTo(state.edge * share / 100, &state)
  case .iteration(let iteration): goToIteration(iteration, &state)
  case .address(let address): goToAddress(address, &state)
  case nil: []
  }
}

private func goToAddress(_ address: Address, _ state: inout ExplorerState) -> [Effect] {
  guard address.token < state.tokenCount else {
    state.complain("there is no token \(address.token); tokens are 0...\(state.tokenCount - 1)")
    return []
  }
  state.select(token: address.token)
  // The prelude ran once, before all iterations: it is looked at from wherever one is.
  let iteration =
    address.block?.part == .prelude ? max(1, state.cursor.iteration) : address.iteration
  let isThere = iteration <= state.edge
  let effects = goToIteration(iteration, &state)
  guard let block = address.block, isThere else { return effects }
  if let reason = needsIteration(state) {
    state.complain(reason)
    return effects
  }
  state.lookInside(at: block)
  return effects
}

private func goToIteration(_ iteration: Int, _ state: inout ExplorerState) -> [Effect] {
  guard iteration > state.edge else { return goTo(iteration, &state) }
  state.complain("only \(state.edge) iterations so far; \(iteration - state.edge)e computes on")
  return goTo(state.edge, &state)
}

private func changeSpeed(_ change: Int, _ state: inout ExplorerState) -> [Effect] {
  let next = state.speedIndex + change
  guard ExplorerState.speeds.indices.contains(next) else {
    state.complain(
      change < 0 ? "that is the slowest; ] is faster" : "no limit already; [ is slower")
    return []
  }
  return setSpeed(next, &state)
}

private func setSpeed(_ next: Int, _ state: inout ExplorerState) -> [Effect] {
  state.speedIndex = next
  if state.isPlaying {
    state.nextDue = min(state.nextDue ?? state.now, state.now + (state.speed.map { 1 / $0 } ?? 0))
  }
  state.say(
    "speed: "
      + (ExplorerState.speeds[next] == nil
        ? "as fast as they come" : "\(ExplorerState.speedNames[next]) iterations a second"))
  return state.nextDue.map { [.wake(at: $0)] } ?? []
}
