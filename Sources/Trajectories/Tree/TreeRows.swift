/// One line of a tree as a list.
public struct TreeRow: Sendable, Hashable {
  /// A run, or several that were begun together.
  public enum Item: Sendable, Hashable {
    /// A node, with the tokens before it that nothing else follows.
    case branch([NodeID])
    case family(Family, [NodeID])
  }

  public let item: Item
  /// How far it is indented.
  public let depth: Int
  /// Whether another follows under the same one.
  public let isLast: Bool

  /// The node that is opened here: the last of a branch, the first of a family.
  public var node: NodeID {
    switch item {
    case .branch(let nodes): nodes[nodes.count - 1]
    case .family(_, let members): members[0]
    }
  }
}

extension RunTree {
  /// The tree as a list: what leaves a run and what is a variant of it stand under it, families
  /// under a line of their own. Tokens that follow one another with no choice between them are one
  /// line, which ends where one looks.
  public var rows: [TreeRow] {
    let under = grouped
    var rows: [TreeRow] = []
    var waiting = Self.entries(under[nil] ?? [], depth: 0)
    while let entry = waiting.popLast() {
      switch entry.item {
      case .family(_, let members):
        rows.append(entry)
        waiting += Self.rows(members.map { .branch([$0]) }, depth: entry.depth + 1)
      case .branch(var chain):
        var last = chain[0]
        while last != current, self[last]?.cause.isToken ?? false, let next = under[last],
          next.count == 1, next[0].cause.isToken
        {
          last = next[0].id
          chain.append(last)
        }
        rows.append(TreeRow(item: .branch(chain), depth: entry.depth, isLast: entry.isLast))
        waiting += Self.entries(under[last] ?? [], depth: entry.depth + 1)
      }
    }
    return rows
  }

  /// Nodes by the one they stand under, ascending.
  private var grouped: [NodeID?: [Node]] {
    Dictionary(grouping: nodes) { $0.fork?.node ?? base(of: $0.id) }
  }

  /// Lines of nodes, the last first: members of a family share one.
  private static func entries(_ nodes: [Node], depth: Int) -> [TreeRow] {
    var items: [TreeRow.Item] = []
    var places: [NodeID: Int] = [:]
    for node in nodes {
      guard let family = node.family else {
        items.append(.branch([node.id]))
        continue
      }
      if let place = places[family.id], case .family(_, let members) = items[place] {
        items[place] = .family(family, members + [node.id])
      } else {
        places[family.id] = items.count
        items.append(.family(family, [node.id]))
      }
    }
    return rows(items, depth: depth)
  }

  private static func rows(_ items: [TreeRow.Item], depth: Int) -> [TreeRow] {
    items.indices.reversed().map {
      TreeRow(item: items[$0], depth: depth, isLast: $0 == items.count - 1)
    }
  }
}
