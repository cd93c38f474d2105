import Trajectories

/// The tree of runs as the list that is shown, and which of its rows is selected.
struct RunList {
  /// Without the members of families that are folded.
  let rows: [TreeRow]
  let selectedRow: Int

  init(_ state: ExplorerState) {
    let tree = state.runs.tree
    let shown = Self.shown(tree.rows, folded: state.folded)
    let wanted = state.selectedRun ?? tree.current
    selectedRow = wanted.flatMap { Self.row(of: $0, in: shown, state) } ?? 0
    rows = shown
  }

  private static func shown(_ rows: [TreeRow], folded: Set<NodeID>) -> [TreeRow] {
    var shown: [TreeRow] = []
    var hidden: Int?
    for row in rows {
      if let depth = hidden, row.depth > depth { continue }
      hidden = nil
      if case .family(let family, _) = row.item, folded.contains(family.id) { hidden = row.depth }
      shown.append(row)
    }
    return shown
  }

  /// A line stands for all tokens of it that nothing else follows, and for a family that is folded.
  private static func row(
    of node: NodeID, in rows: [TreeRow], _ state: ExplorerState
  ) -> Int? {
    let root = state.runs.tree.path(to: node).first?.id ?? node
    func isFamily(_ row: TreeRow) -> Bool {
      if case .family(_, let members) = row.item { members.contains(root) } else { false }
    }
    if state.selectsFamily, let row = rows.firstIndex(where: isFamily) { return row }
    return rows.firstIndex { row in
      if case .branch(let nodes) = row.item { nodes.contains(node) } else { false }
    } ?? rows.firstIndex(where: isFamily)
  }

  var selected: NodeID? { rows.indices.contains(selectedRow) ? rows[selectedRow].node : nil }

  /// The family whose own line is selected.
  var selectedFamily: Family? {
    guard rows.indices.contains(selectedRow), case .family(let family, _) = rows[selectedRow].item
    else { return nil }
    return family
  }
}

extension ExplorerState {
  /// Selects a row of the tree.
  mutating func select(_ row: TreeRow) {
    selectedRun = row.node
    if case .family = row.item { selectsFamily = true } else { selectsFamily = false }
  }

  /// Shows a family as one line of the tree, or its runs.
  mutating func fold(_ family: Family, _ isFolded: Bool = true) {
    if isFolded { folded.insert(family.id) } else { folded.remove(family.id) }
  }
}

/// What the mouse does in a list of runs: a click selects, another on the same opens, the wheel moves.
func pointList(
  _ mouse: MouseEvent, _ place: Layout.Place, _ state: inout ExplorerState
) -> [Effect] {
  let isTree = place.name == .runs
  func run(_ name: String) -> [Effect] {
    invoke(Invocation(name), &state)
  }
  switch mouse.action {
  case .wheelUp: return run(isTree ? "run-up" : "variant-up")
  case .wheelDown: return run(isTree ? "run-down" : "variant-down")
  case .drag: return []
  case .press:
    state.message = nil
    let list = place.inner(state)
    if isTree {
      guard let row = RunsView(state, list).row(at: mouse.at) else { return [] }
      let rows = RunList(state)
      if row == rows.selectedRow { return run("run-open") }
      return invoke(Invocation("choose", "\(row + 1)"), &state)
    } else {
      guard let table = state.table else { return [] }
      let view = VariantsView(state, table, list)
      guard let node = view.node(at: mouse.at) else { return [] }
      if node == view.rows[view.selectedRow].node { return run("variant-open") }
      guard let row = view.rows.firstIndex(where: { $0.node == node }) else { return [] }
      return invoke(Invocation("choose", "\(row + 1)"), &state)
    }
  }
}
