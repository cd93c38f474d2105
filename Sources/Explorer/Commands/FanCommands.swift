import ParallelScaling
import Trajectories

/// Many copies of the prompt at once.
let fanCommands: [Command] = [
  Command(
    name: "copies", title: "copies",
    doc:
      "Many copies of the prompt, made different by noise, and how they vote: `copies 64`, `copies noise 0.3`, "
      + "`relative-noise 0.3`, `dropout 0.1 held`, `noise-on-e 0.3`, `starts`, `seed 3`; a count before the key is "
      + "how many; again, or esc, goes back.",
    keys: [.character("S")], group: .fan, panes: [.fan], footerRank: 9, reason: needsRest,
    parameters: [
      .line(
        "copies", "how many, the noise and its size, held, seed and a number; in any order",
        takesCount: true, check: checkCopies, complete: { text, _ in FanWish.completion(of: text) })
    ],
    perform: { state, given in
      let wish = given.argument.flatMap { try? FanWish(parsing: $0) } ?? FanWish()
      if wish == FanWish(), state.fanQuestion != nil, !state.fanning.isStopped {
        state.zoom = state.outerZoom
        return []
      }
      return open(wish, &state)
    }),
  Command(
    name: "fan-branch", title: "make it",
    doc:
      "In the fan: make the run of the picked copy a branch like any other, with what is drawn on its way; a "
      + "second click does it too.",
    keys: [.enter], group: .fan, only: .fan, panes: [.fan],
    reason: { needsRest($0) ?? needsFan($0) },
    perform: { state, _ in FanBranch.make(&state) }),
  Command(
    name: "fan-down", title: "pick", doc: "In the fan: pick the next copy.",
    keys: [.down, .character("j")], group: .fan, only: .fan, panes: [.fan], reason: needsFan,
    parameters: [.steps("copies")],
    perform: { state, given in pick(given.number ?? 1, &state) }),
  Command(
    name: "fan-up", title: "pick before", doc: "In the fan: pick the copy before.",
    keys: [.up, .character("k")], group: .fan, only: .fan, reason: needsFan,
    parameters: [.steps("copies")],
    perform: { state, given in pick(-(given.number ?? 1), &state) }),
  Command(
    name: "fan-weaker", title: "less",
    doc: "In the fan: the copies anew with less noise, along 1, 2, 5, 10.",
    keys: [.character("<")], group: .fan, only: .fan, panes: [.fan], reason: needsFan,
    parameters: [.steps("sizes of noise")],
    perform: { state, given in Fanning.change(by: -(given.number ?? 1), &state) }),
  Command(
    name: "fan-stronger", title: "more noise", doc: "In the fan: the copies anew with more noise.",
    keys: [.character(">")], group: .fan, only: .fan, panes: [.fan], reason: needsFan,
    parameters: [.steps("sizes of noise")],
    perform: { state, given in Fanning.change(by: given.number ?? 1, &state) }),
  Command(
    name: "fan-curves", title: "curves",
    doc:
      "In the fan: other curves, where there is no room for all: agreement, coverage against the number of "
      + "copies, spread, cosine of pairs, drift, directions, entropy, distance of pairs.",
    keys: [.character("m")], group: .fan, only: .fan, reason: needsFan,
    parameters: [.steps("curves")],
    perform: { state, given in
      let count = FanCurves.all(state).count
      let step = max(-100_000, min(100_000, given.number ?? 1))
      state.fanning.firstCurve = ((state.fanning.firstCurve + step) % count + count) % count
      state.say(FanCurves.all(state)[state.fanning.firstCurve].title)
      return []
    }),
  Command(
    name: "fan-stop", title: "stop", doc: "In the fan: stop filling it; again goes back.",
    keys: [.escape], group: .fan, only: .fan, panes: [.fan], reason: needsPane,
    perform: { state, _ in
      guard state.isFillingFan else {
        state.zoom = state.outerZoom
        return []
      }
      let wasAsking = state.fanning.stop()
      state.say("stopped at \(state.fanning.copies.count); S goes on, esc goes back")
      return wasAsking ? [.drop(.ensemble)] : []
    }),
  Command(
    name: "fan-left", title: "earlier", doc: "In the fan: the iteration before.",
    keys: [.character("h"), .left], group: .fan, only: .fan, panes: [.fan], reason: needsFan,
    parameters: [.steps("iterations")],
    perform: { state, given in move(-(given.number ?? 1), &state) }),
  Command(
    name: "fan-right", title: "later", doc: "In the fan: the iteration after.",
    keys: [.character("l"), .right], group: .fan, only: .fan, panes: [.fan], reason: needsFan,
    parameters: [.steps("iterations")],
    perform: { state, given in move(given.number ?? 1, &state) }),
]

private let checkCopies: @Sendable (String, ExplorerState) -> ArgumentProblem? = { text, _ in
  do throws(FanWish.Problem) {
    _ = try FanWish(parsing: text)
    return nil
  } catch {
    return ArgumentProblem(column: error.column, error.words)
  }
}

private let needsPane: @Sendable (ExplorerState) -> String? = { state in
  Command.needsRun(state) ?? (state.zoom == .fan ? nil : "the fan is not shown; S shows it")
}

private let needsFan: @Sendable (ExplorerState) -> String? = { state in
  needsPane(state)
    ?? (state.fanQuestion == nil ? "another prompt is looked at by now; S makes copies of it" : nil)
}

private func open(_ wish: FanWish, _ state: inout ExplorerState) -> [Effect] {
  if wish.way == .starts {
    if let reason = Command.needsFreeStart(state) {
      state.complain(reason)
      return []
    }
    guard case .seeded = state.start else {
      state.complain("\(state.startLabel) is no drawn start; r asks from a seed, then starts")
      return []
    }
  }
  return Fanning.open(wish.way, seed: wish.seed, count: wish.count, &state)
}

private func pick(_ step: Int, _ state: inout ExplorerState) -> [Effect] {
  let count = state.fanning.copies.count
  guard count > 0 else {
    state.complain("no copy is there yet")
    return []
  }
  let step = max(-100_000, min(100_000, step))
  let wanted = state.fanning.selected.map { $0 + step } ?? (step > 0 ? 0 : count - 1)
  state.fanning.selected = min(max(0, wanted), count - 1)
  if state.fanning.selected != wanted { state.say(step < 0 ? "the first" : "the last") }
  return []
}

/// What the mouse does in the fan: a click picks a copy, another makes it a branch; the wheel steps.
func pointFan(
  _ mouse: MouseEvent, _ place: Layout.Place, _ state: inout ExplorerState
) -> [Effect] {
  switch mouse.action {
  case .wheelUp: return move(-1, &state)
  case .wheelDown: return move(1, &state)
  case .press, .drag:
    let isPress = mouse.action == .press
    if isPress {
      state.message = nil
      state.grabbed = place.name
    }
    guard let picked = fanPane.pick(state, place.inner(state), mouse.at) else { return [] }
    if let iteration = picked.iteration { return move(iteration - state.fanIteration, &state) }
    guard isPress, let copy = picked.copy else { return [] }
    if copy == state.fanning.selected {
      return invoke(Invocation("fan-branch"), &state)
    }
    return invoke(Invocation("choose", "\(copy + 1)"), &state)
  }
}

private func move(_ step: Int, _ state: inout ExplorerState) -> [Effect] {
  let last = min(state.edge, state.fanQuestion?.iterations ?? 0)
  let wanted = min(state.cursor.iteration, last) + max(-100_000, min(100_000, step))
  state.cursor.iteration = min(max(0, wanted), last)
  if state.cursor.iteration != wanted {
    state.complain(step < 0 ? "the initial state" : "the copies end at r \(last)")
  }
  return []
}
