import Trajectories

/// The table of runs that differ in one thing, and what is selected in it.
struct VariantTable: Sendable, Hashable {
  /// What its rows are sorted by.
  enum Order: String, Sendable, CaseIterable {
    case given = "token"
    case answer
    case since
    case entropy
    case judged

    var next: Order {
      let all = Self.allCases
      return all[((all.firstIndex(of: self) ?? 0) + 1) % all.count]
    }
  }

  let variants: Variants
  var order = Order.given
  /// The run looked at, where none was chosen.
  var selected: NodeID?

  init(_ variants: Variants) { self.variants = variants }

  /// In the order that was asked for; those that are equal in it by their tokens or starts.
  func rows(_ state: ExplorerState) -> [SweepTable.Row] {
    let rows = SweepTable(variants, state.runs).rows
    func sorted<T: Comparable>(_ key: (SweepTable.Row) -> T) -> [SweepTable.Row] {
      rows.enumerated().map { (key($0.element), $0.offset, $0.element) }
        .sorted { ($0.0, $0.1) < ($1.0, $1.1) }.map(\.2)
    }
    switch order {
    case .given: return rows
    case .answer:
      let votes = SweepTable(variants, state.runs).votes.map(\.answer?.id)
      return sorted { row in votes.firstIndex(of: row.answer?.id) ?? 0 }
    case .since: return sorted { $0.standsSince ?? .max }
    case .entropy: return sorted { -($0.entropy.map { $0.isNaN ? .infinity : $0 } ?? .infinity) }
    case .judged:
      return sorted { row in state.judgement(of: row.node).map { $0.isRight ? 1 : 0 } ?? 2 }
    }
  }

  /// The row that is selected.
  func selectedRow(_ rows: [SweepTable.Row], _ state: ExplorerState) -> Int {
    rows.firstIndex { $0.node == selected }
      ?? rows.firstIndex { $0.node == state.branch?.passages[0].node } ?? 0
  }
}

extension ExplorerState {
  /// Opens the table of these runs.
  mutating func open(_ variants: Variants) {
    if table?.variants != variants { table = VariantTable(variants) }
    zoom = .variants
  }

  /// The variants that the run looked at is one of: of its token where one was changed, or of its
  /// start.
  var ownVariants: Variants? {
    guard let cause = promptCause, let node = branch?.passages[0].node else { return nil }
    if let table, table.variants.contains(cause) { return table.variants }
    var found: [Variants] = []
    if case .token(let position, _)? = runs.tree[node]?.variant?.change {
      found.append(Variants(of: cause, position: position))
    }
    found.append(Variants(of: cause, position: nil))
    // The run that others are variants of.
    for id in runs.tree.children(of: nil) {
      if case .token(let position, _)? = runs.tree[id]?.variant?.change,
        runs.tree[id]?.variant?.of == node
      {
        found.append(Variants(of: cause, position: position))
      }
    }
    return found.first { $0.nodes(in: runs.tree).count > 1 }
  }
}
