import Trajectories

/// What is pointed at: the mouse comes to these, and a log has them.
let pointCommands: [Command] = [
  Command(
    name: "focus", title: "focus on",
    doc: "The pane of this name, as a click into it: `focus plane`.",
    keys: [], group: .look,
    parameters: [.choice("pane", shownPanes, "a pane on the screen", isRequired: true)],
    perform: { state, given in
      state.focus = given.choice.flatMap(PaneName.named) ?? state.focus
      return []
    }),
  Command(
    name: "select", title: "select",
    doc:
      "A token, a cell or a block of it, as a click does, which opens nothing: `select 12`, `select 12:8`, "
      + "`select 12:8.3`.",
    keys: [], group: .look, reason: Command.needsRun,
    parameters: [
      .line(
        "place", "a token, or an address token:iteration.block", isRequired: true,
        takesCount: true, check: checkSelection)
    ],
    perform: { state, given in
      guard let address = given.argument.flatMap({ try? selection($0, state) }) else { return [] }
      state.select(token: address.token)
      if let block = address.block { state.inside.block = block }
      if address.block?.part == .prelude || address.iteration == state.cursor.iteration {
        return []
      }
      return goTo(address.iteration, &state)
    }),
  Command(
    name: "choose", title: "choose",
    doc: "A line of the tree, the table, the exit rules or the fan, by its number: `choose 3`.",
    keys: [], group: .look, reason: Command.needsRun,
    parameters: [
      .whole("line", 1...1_000_000, "the line, counted from 1", isRequired: true, takesCount: true)
    ],
    perform: { state, given in choose((given.number ?? 1) - 1, &state) }),
  Command(
    name: "leave", title: "leave", doc: "Close the list or the line that is open.", keys: [],
    group: .program,
    // Every invocation leaves what is open; this one does nothing else.
    perform: { state, _ in
      state.say("all panes are at hand")
      return []
    }),
]

/// A token where one looks, or an address.
private func selection(
  _ text: String, _ state: ExplorerState
) throws(ArgumentProblem) -> Address {
  var address: Address
  if let token = Int(text) {
    address = Address(token: token, iteration: state.cursor.iteration)
  } else {
    do throws(AddressError) {
      address = try Address(parsing: text, passes: state.model?.passes)
    } catch {
      throw ArgumentProblem(column: error.column, error.problem)
    }
  }
  guard (0..<state.tokenCount).contains(address.token) else {
    throw ArgumentProblem(
      "there is no token \(address.token); tokens are 0...\(max(0, state.tokenCount - 1))")
  }
  var there = state
  there.select(token: address.token)
  if Int(text) != nil { address.iteration = there.cursor.iteration }
  guard address.iteration <= there.edge else {
    throw ArgumentProblem("only \(there.edge) iterations so far; e computes on")
  }
  return address
}

private let checkSelection: @Sendable (String, ExplorerState) -> ArgumentProblem? = {
  text, state in
  do throws(ArgumentProblem) {
    _ = try selection(text, state)
    return nil
  } catch {
    return error
  }
}

let shownPanes: @Sendable (ExplorerState) -> [Parameter.Choice] = { state in
  Layout(state).places.map { place in
    Parameter.Choice("\(place.name)", Pane.of(place.name).title(state, 40))
  }
}

/// What zoom takes: what Tab goes through.
let zoomChoices: @Sendable (ExplorerState) -> [Parameter.Choice] = { state in
  guard state.trajectory != nil else { return [Parameter.Choice("\(state.focus)")] }
  return Layout(state).panes(forFocus: state).map { name in
    Parameter.Choice("\(name)", Pane.of(name).title(state, 40))
  }
}

extension PaneName {
  static func named(_ name: String) -> PaneName? { allCases.first { "\($0)" == name } }
}

private func choose(_ row: Int, _ state: inout ExplorerState) -> [Effect] {
  func check(_ count: Int) -> Bool {
    if row < count { return true }
    state.complain(count == 0 ? "nothing is listed here" : "there are \(count) lines here")
    return false
  }
  switch state.zoom ?? state.focus {
  case .runs:
    let list = RunList(state)
    if check(list.rows.count) { state.select(list.rows[row]) }
  case .variants:
    let rows = state.table?.rows(state) ?? []
    if check(rows.count) { state.table?.selected = rows[row].node }
  case .exits: if check(state.exits.rules.count) { state.bench.selected = row }
  case .fan: if check(state.fanning.copies.count) { state.fanning.selected = row }
  default: state.complain("nothing is listed here; t, V, S and x show lists")
  }
  return []
}
