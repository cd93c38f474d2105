import LatentModels
import Trajectories

/// Looking into one cell of the heat map, block by block.
let insideCommands: [Command] = [
  Command(
    name: "inside", title: "inside",
    doc:
      "In the heat map: open the cell, to see what each block of its iteration added and would say; "
      + "enter, or esc, goes back.",
    keys: [.enter], group: .inside, only: .heat, panes: [.heat], reason: needsIteration,
    perform: { state, _ in
      state.lookInside()
      return []
    }),
  Command(
    name: "next-block", title: "next block",
    doc: "Inside: the next block, of prelude, core or coda; its attention is drawn.",
    keys: [.character("}")], group: .inside, panes: [.inside], reason: needsOpenCell,
    parameters: [.steps("blocks")],
    perform: { state, given in moveBlock(given.number ?? 1, &state) }),
  Command(
    name: "previous-block", title: "block before",
    doc: "Inside: the block before; before the first of the core is what it reads.",
    keys: [.character("{")], group: .inside, panes: [.inside], reason: needsOpenCell,
    parameters: [.steps("blocks")],
    perform: { state, given in moveBlock(-(given.number ?? 1), &state) }),
  Command(
    name: "attention", title: "attention",
    doc: "Inside: the selected block's attention from every token as a map, or what blocks say.",
    keys: [.character("A")], group: .inside, panes: [.inside], reason: needsOpenCell,
    perform: { state, _ in
      state.inside.map.isShown.toggle()
      return []
    }),
  Command(
    name: "next-head", title: "head",
    doc: "Inside, in the map of attention: the next head; after the last the mean over all.",
    keys: [.character(")")], group: .inside, panes: [.inside], reason: needsMap,
    parameters: [.steps("heads")],
    perform: { state, given in moveHead(given.number ?? 1, &state) }),
  Command(
    name: "previous-head", title: "head before",
    doc: "Inside, in the map of attention: the head before.",
    keys: [.character("(")], group: .inside, reason: needsMap,
    parameters: [.steps("heads")],
    perform: { state, given in moveHead(-(given.number ?? 1), &state) }),
  Command(
    name: "close", title: "back", doc: "Inside: back to where the cell was opened.",
    keys: [.enter], group: .inside, only: .inside, panes: [.inside], reason: needsOpenCell,
    perform: { state, _ in
      state.zoom = state.outerZoom
      return []
    }),
]

/// What to say where no iteration can be opened.
let needsIteration: @Sendable (ExplorerState) -> String? = { state in
  Command.needsRun(state)
    ?? (state.cursor.iteration == 0
      ? "no iteration led to \(state.glyphs.start), where the run starts; l steps forward" : nil)
}

private let needsOpenCell: @Sendable (ExplorerState) -> String? = { state in
  Command.needsRun(state)
    ?? (state.zoom == .inside ? nil : "enter in the heat map opens a cell; blocks are inside")
}

private let needsMap: @Sendable (ExplorerState) -> String? = { state in
  needsOpenCell(state)
    ?? (state.inside.map.isShown ? nil : "A shows the map of attention, which has heads")
}

private func moveBlock(_ step: Int, _ state: inout ExplorerState) -> [Effect] {
  guard let places = state.inside.known?.pass.places, let last = places.indices.last,
    let here = places.firstIndex(of: state.inside.block)
  else {
    state.complain("the blocks are still being looked at")
    return []
  }
  let wanted = here + max(-100_000, min(100_000, step))
  let next = min(max(0, wanted), last)
  state.inside.block = places[next]
  if next != wanted {
    state.complain(
      step < 0
        ? "nothing is before it; h goes to the iteration before"
        : "the last block; l goes to the next iteration")
  }
  return []
}

private func moveHead(_ step: Int, _ state: inout ExplorerState) -> [Effect] {
  guard let heads = LookingAtAttention.shown(state)?.heads else {
    state.complain("the map is still being looked at")
    return []
  }
  // The mean stands before the first.
  let here = (state.inside.map.head ?? -1) + 1 + max(-100_000, min(100_000, step))
  let next = (here % (heads + 1) + heads + 1) % (heads + 1)
  state.inside.map.head = next == 0 ? nil : next - 1
  return []
}
