/// How wide cells of the heat map are.
let heatCommands: [Command] = [
  Command(
    name: "beside", title: "beside",
    doc:
      "A second metric beside the heat map, in narrow cells without text: `beside kl`; none, or auto, which "
      + "shows one from 150 columns on.",
    keys: [], group: .heat, reason: needsOneRun,
    parameters: [
      .choice(
        "metric",
        { state in
          [
            Parameter.Choice("auto", "one where there is room"),
            Parameter.Choice("none", "no second"),
          ]
            + state.metrics.map(Parameter.Choice.init)
        }, "the metric, none or auto", isRequired: true)
    ],
    perform: { state, given in
      state.beside = BesideChoice(given.choice ?? "auto")
      let place = Layout(state).place(.heat)?.inner(state)
      let rooms = state.branch.flatMap { branch in
        place.map { HeatRooms(state, branch, $0) }
      }
      if state.beside == .none {
        state.say("no second metric beside the heat map")
      } else if rooms?.beside != nil, let metric = state.besideMetric {
        state.say("beside it \(metric.title): \(metric.explanation)")
      } else {
        state.complain("there is no room for it beside the heat map now; + enlarges that")
      }
      return []
    }),
  Command(
    name: "wider", title: "wider", doc: "Wider cells in the heat map, which fills the screen.",
    keys: [.character(">")], group: .heat, only: .heat, isOnlyZoomed: true, panes: [.heat],
    reason: needsOneRun,
    parameters: [
      .whole("columns", 1...widestCell, "by how many columns", usual: "1", takesCount: true)
    ],
    perform: { state, given in resize(by: given.number ?? 1, &state) }),
  Command(
    name: "narrower", title: "narrower", doc: "Narrower cells in the heat map.",
    keys: [.character("<")], group: .heat, only: .heat, isOnlyZoomed: true, panes: [.heat],
    reason: needsOneRun,
    parameters: [
      .whole("columns", 1...widestCell, "by how many columns", usual: "1", takesCount: true)
    ],
    perform: { state, given in resize(by: -(given.number ?? 1), &state) }),
  Command(
    name: "cell-width", title: "cell width",
    doc:
      "Columns a cell of the heat map takes, 1 to \(widestCell), or auto for what there is room for.",
    keys: [], group: .heat, reason: needsOneRun,
    parameters: [.choice("columns", widths, "columns, or auto", usual: "auto")],
    perform: { state, given in
      if let width = given.choice.flatMap({ Int($0) }) {
        set(width, &state)
      } else {
        state.cellWidth = nil
        state.say("cells as wide as there is room for")
      }
      return []
    }),
]

private let widestCell = 24
private let widths = ["auto"] + (1...widestCell).map(String.init)

private func set(_ width: Int, _ state: inout ExplorerState) {
  state.cellWidth = width
  state.say("cells of \(width) columns; :cell-width auto for what there is room for")
}

private func resize(by step: Int, _ state: inout ExplorerState) -> [Effect] {
  guard let branch = state.branch, let place = Layout(state).place(.heat),
    let map = HeatMap(state, branch, HeatRooms(state, branch, place.inner(state)).map)
  else {
    state.complain("the heat map is not in sight; + enlarges it")
    return []
  }
  let width = map.grid.cellWidth + max(-widestCell, min(widestCell, step))
  guard (1...widestCell).contains(width) else {
    state.complain("cells have 1 to \(widestCell) columns")
    return []
  }
  set(width, &state)
  return []
}
