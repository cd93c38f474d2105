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
    name: "next-block", title: "next block", doc: "Inside: the next block; its attention is drawn.",
    keys: [.character("}")], group: .inside, panes: [.inside], reason: needsOpenCell,
    perform: { state, given in moveBlock(given.number ?? 1, &state) }),
  Command(
    name: "previous-block", title: "block before",
    doc: "Inside: the block before; before the first is what it reads.",
    keys: [.character("{")], group: .inside, panes: [.inside], reason: needsOpenCell,
    perform: { state, given in moveBlock(-(given.number ?? 1), &state) }),
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

private func moveBlock(_ step: Int, _ state: inout ExplorerState) -> [Effect] {
  guard let blocks = state.inside.known?.pass.blocks.count else {
    state.complain("the blocks are still being looked at")
    return []
  }
  let wanted = state.inside.block + max(-100_000, min(100_000, step))
  state.inside.block = min(max(0, wanted), blocks - 1)
  if state.inside.block != wanted {
    state.complain(
      step < 0
        ? "the first block reads this; h goes to the iteration before"
        : "the last block; l goes to the next iteration")
  }
  return []
}
