import LatentModels
import Trajectories

/// Which token's state, at which iteration, carries the answer.
let causeCommands: [Command] = [
  Command(
    name: "cause", title: "causes",
    doc:
      "Which token's state carries the answer: states of this run put into another: the one compared "
      + "with, selected in the tree, or before, or `cause 3`, `cause seed 5`, `cause token 1 8`, `cause noise 0.5`; "
      + "again, or esc, goes back.",
    keys: [.character("C")], group: .causes, panes: [.causes],
    footerRank: 9, reason: needsRest,
    parameters: [
      .line(
        "run", "a run, or what to corrupt: 3, seed 5, token 1 8, zero, noise 0.5",
        usual: "the one at hand", takesCount: true, complete: completeCause)
    ],
    perform: { state, given in
      let text = given.argument
      guard state.zoom == .causes, text == nil, state.causePair != nil else {
        return Corrupting.open(text, &state)
      }
      if state.causing.isStopped {
        state.causing.isStopped = false
        return []
      }
      state.zoom = state.outerZoom
      return []
    }),
  Command(
    name: "cause-run", title: "make it",
    doc: "In the causes: make the run of the cell, as a branch beside the corrupted one.",
    keys: [.enter], group: .causes, only: .causes, panes: [.causes],
    reason: { needsRest($0) ?? needsMap($0) },
    perform: { state, _ in Causing.make(&state) }),
  Command(
    name: "cause-next", title: "carrier",
    doc: "In the causes: to the next cell that brings back enough alone, or most.",
    keys: [.character("n")], group: .causes, only: .causes, panes: [.causes], reason: needsMap,
    perform: { state, _ in
      guard let next = nextCarrier(state) else {
        state.complain("nothing comes back so far")
        return []
      }
      state.cursor = Address(token: next.token, iteration: min(next.iteration, state.edge))
      return []
    }),
  Command(
    name: "cause-kind", title: "once/held",
    doc:
      "In the causes: a state put back once, or held from there on. Once is soon forgotten where the "
      + "model reads its prompt at every iteration.",
    keys: [.character("o")], group: .causes, only: .causes, panes: [.causes], reason: needsMap,
    perform: { state, _ in
      state.causing.kind = state.causing.kind == .hold ? .once : .hold
      state.say(
        state.causing.kind == .hold
          ? "held: put back after that iteration and all that follow"
          : "once: put back after that iteration alone"
            + (state.model?.thinksOnce == true ? "" : "; soon forgotten, as e comes in again"))
      return []
    }),
  Command(
    name: "cause-measure", title: "measure",
    doc: "In the causes: measured by the logit difference of both answers, or by probability.",
    keys: [.character("m")], group: .causes, only: .causes, panes: [.causes], reason: needsMap,
    perform: { state, _ in
      state.causing.measure =
        state.causing.measure == .probability ? .logitDifference : .probability
      state.say("measured by \(state.causing.measure.rawValue)")
      return []
    }),
  Command(
    name: "cause-site", title: "place",
    doc: "In the causes: put back what the next block's attention or feed-forward adds, or states.",
    keys: [.character("}")], group: .causes, only: .causes, panes: [.causes], reason: needsMap,
    parameters: [.steps("places")],
    perform: { state, given in moveSite(given.number ?? 1, &state) }),
  Command(
    name: "cause-site-before", title: "place before",
    doc: "In the causes: the place inside the iteration before, or states.",
    keys: [.character("{")], group: .causes, only: .causes, reason: needsMap,
    parameters: [.steps("places")],
    perform: { state, given in moveSite(-(given.number ?? 1), &state) }),
  Command(
    name: "cause-left", title: "earlier", doc: "In the causes: the iteration before.",
    keys: [.character("h"), .left], group: .causes, only: .causes, reason: needsMap,
    parameters: [.steps("iterations")],
    perform: { state, given in moveIteration(-(given.number ?? 1), &state) }),
  Command(
    name: "cause-right", title: "later", doc: "In the causes: the iteration after.",
    keys: [.character("l"), .right], group: .causes, only: .causes, reason: needsMap,
    parameters: [.steps("iterations")],
    perform: { state, given in moveIteration(given.number ?? 1, &state) }),
  Command(
    name: "cause-stop", title: "stop", doc: "In the causes: stop filling the map; again goes back.",
    keys: [.escape], group: .causes, only: .causes, panes: [.causes], reason: needsPane,
    perform: { state, _ in
      guard state.isFillingMap else {
        state.zoom = state.outerZoom
        return []
      }
      let isAsked = state.causing.isAsking || state.together?.stepping.isEmpty == false
      state.together = nil
      state.causing.isStopped = true
      state.say("stopped; C goes on, esc goes back")
      return isAsked ? [.cancel] : []
    }),
]

private let completeCause: @Sendable (String, ExplorerState) -> String? = { text, state in
  let names = state.runs.tree.nodes.compactMap(\.name) + Corrupting.words
  let matches = names.filter { $0.hasPrefix(text) }
  return matches.count == 1 && matches[0] != text ? matches[0] : nil
}

private let needsPane: @Sendable (ExplorerState) -> String? = { state in
  Command.needsRun(state)
    ?? (state.zoom == .causes ? nil : "the map of causes is not shown; C shows it")
}

private let needsMap: @Sendable (ExplorerState) -> String? = { state in
  needsPane(state)
    ?? (state.causePair == nil
      ? "another run is looked at by now; C asks what carries its answer" : nil)
}

/// The next cell after the cursor, in the order of the text, that brings back enough; where none does, the
/// one that brings back most.
private func nextCarrier(_ state: ExplorerState) -> CausalFinding.Carrier? {
  guard let map = state.causalMap else { return nil }
  let finding = CausalFinding(map, by: state.causing.measure)
  return finding.carriers.first { $0.token > state.cursor.token } ?? finding.carriers.first
    ?? finding.most
}

private func moveIteration(_ step: Int, _ state: inout ExplorerState) -> [Effect] {
  let last = min(state.edge, state.causePair?.last ?? 0)
  let wanted = state.cursor.iteration + max(-100_000, min(100_000, step))
  state.cursor.iteration = min(max(0, wanted), last)
  if state.cursor.iteration != wanted {
    state.complain(step < 0 ? "the initial state" : "the map ends at r \(last)")
  }
  return []
}

/// States, then what attention and the feed-forward network of every block add, around.
private func moveSite(_ step: Int, _ state: inout ExplorerState) -> [Effect] {
  let blocks = state.model?.coreBlocks ?? 0
  guard blocks > 0 else {
    state.complain("this model says nothing of its blocks")
    return []
  }
  let sites: [Site?] =
    [nil]
    + (1...blocks).flatMap { [Site(.core, $0, .attention), Site(.core, $0, .feedForward)] }
  let here = sites.firstIndex(of: state.causing.site) ?? 0
  let next = (here + step % sites.count + sites.count) % sites.count
  state.causing.site = sites[next]
  state.say(state.causing.site.map { "put back: what \($0) adds" } ?? "put back: states")
  return []
}
