/// What was run and why: nodes of causes, and which of them is looked at. A value, and structure
/// alone; what was computed is kept beside it by id (`Runs`).
///
/// A branch is the way from a root to a node. Every act on a tree is a `TreeChange`.
public struct RunTree: Sendable, Hashable {
  private var table: [NodeID: Node] = [:]
  /// By parent, ascending; roots under nil.
  private var kept: [NodeID?: [NodeID]] = [:]
  /// The node whose branch is looked at; nil in an empty tree alone.
  public private(set) var current: NodeID?
  /// The one that was looked at before.
  public private(set) var previous: NodeID?

  public init() {}

  public var count: Int { table.count }
  public var isEmpty: Bool { table.isEmpty }
  /// In the order in which they were made.
  public var nodes: [Node] { table.values.sorted { $0.id < $1.id } }
  public subscript(id: NodeID) -> Node? { table[id] }
  public func contains(_ id: NodeID) -> Bool { table[id] != nil }

  /// Those that leave a node, or with nil the prompts, ascending.
  public func children(of id: NodeID?) -> [NodeID] { kept[id] ?? [] }

  /// The branch to a node, root first; empty when it is not there.
  public func path(to id: NodeID) -> [Node] {
    var path: [Node] = []
    var next = table[id]
    while let node = next {
      path.append(node)
      next = node.fork.flatMap { table[$0.node] }
    }
    return path.reversed()
  }

  /// A node and all that need it, parents first.
  public func subtree(of id: NodeID) -> [NodeID] {
    guard contains(id) else { return [] }
    var found = [id]
    var next = 0
    while next < found.count {
      found += children(of: found[next])
      next += 1
    }
    return found
  }

  /// The node of a family's members, ascending.
  public func members(of family: Family) -> [NodeID] {
    nodes.filter { $0.family?.id == family.id }.map(\.id)
  }

  /// The node that stands for the same cause at the same place, if there is one.
  public func twin(of cause: Cause, at fork: Fork?) -> NodeID? {
    children(of: fork?.node).first { table[$0]?.cause == cause && table[$0]?.fork == fork }
  }

  /// The node of a lineage, if it is there.
  public func node(of lineage: Lineage) -> NodeID? {
    var node: NodeID?
    for link in lineage.links {
      let fork = node.flatMap { node in link.iteration.map { Fork(node: node, iteration: $0) } }
      node = twin(of: link.cause, at: fork)
      if node == nil { return nil }
    }
    return node
  }

  /// The node that a variant is to be compared with, where it is still there.
  public func base(of id: NodeID) -> NodeID? {
    table[id]?.variant.flatMap { contains($0.of) ? $0.of : nil }
  }

  /// What it takes to have a node's bits again.
  public func lineage(of id: NodeID) -> Lineage? {
    Lineage(path(to: id).map { Lineage.Link(iteration: $0.fork?.iteration, cause: $0.cause) })
  }

  /// The same nodes of other causes.
  func map(_ change: (Cause) -> Cause) -> RunTree {
    var tree = self
    for (id, node) in table {
      tree.table[id] = Node(
        id: id, fork: node.fork, cause: change(node.cause), variant: node.variant,
        family: node.family, name: node.name)
    }
    return tree
  }

  /// Does a change, or takes it back.
  mutating func apply(_ change: TreeChange, isBack: Bool = false) {
    var parents: Set<NodeID?> = []
    for edit in change.nodes {
      let (old, new) = isBack ? (edit.after, edit.before) : (edit.before, edit.after)
      guard let id = new?.id ?? old?.id else { continue }
      table[id] = new
      guard (old == nil) != (new == nil) else { continue }
      let parent = (new ?? old)?.fork?.node
      parents.insert(parent)
      if new != nil { kept[parent, default: []].append(id) }
    }
    for parent in parents {
      let left = (kept[parent] ?? []).filter { table[$0] != nil }.sorted()
      kept[parent] = left.isEmpty ? nil : left
    }
    let looking = isBack ? change.lookingBefore : change.lookingAfter
    (current, previous) = (looking.current, looking.previous)
  }
}

extension RunTree: Codable {
  private enum Keys: String, CodingKey {
    case nodes
    case current
    case previous
  }

  /// - Throws: `DecodingError` for nodes that cannot be together.
  public init(from decoder: any Decoder) throws {
    let fields = try decoder.container(keyedBy: Keys.self)
    let nodes = try fields.decode([Node].self, forKey: .nodes)
    current = try fields.decodeIfPresent(NodeID.self, forKey: .current)
    previous = try fields.decodeIfPresent(NodeID.self, forKey: .previous)
    do {
      try insert(nodes)
    } catch {
      throw DecodingError.dataCorrupted(
        .init(codingPath: decoder.codingPath, debugDescription: error.description))
    }
  }

  public func encode(to encoder: any Encoder) throws {
    var fields = encoder.container(keyedBy: Keys.self)
    try fields.encode(nodes, forKey: .nodes)
    try fields.encodeIfPresent(current, forKey: .current)
    try fields.encodeIfPresent(previous, forKey: .previous)
  }

  private mutating func insert(_ nodes: [Node]) throws(TreeError) {
    for node in nodes {
      if contains(node.id) { throw .damaged(node.id, "it is there twice") }
      if let problem = problem(of: node) { throw .damaged(node.id, problem) }
      table[node.id] = node
      kept[node.fork?.node, default: []].append(node.id)
    }
    for parent in Array(kept.keys) { kept[parent]?.sort() }
    if let current, !contains(current) { throw .noSuchNode(current) }
    if let previous, !contains(previous) { throw .noSuchNode(previous) }
    if let first = nodes.first, current == nil {
      throw .damaged(first.id, "neither it nor another is looked at")
    }
  }

  /// Why a node cannot come after those that are there; nil when it can.
  func problem(of node: Node) -> String? {
    if node.id.value < 1 { return "ids count from 1" }
    if node.cause.ids.contains(where: { $0 < 0 }) { return "a token id is negative" }
    if let family = node.family, family.id > node.id { return "its family is younger than it" }
    switch node.cause {
    case .prompt(let prompt):
      if prompt.ids.isEmpty { return "its prompt has no token" }
      if node.fork != nil { return "a prompt leaves no other run" }
      if let model = prompt.model, !(1...200).contains(model.count) {
        return "its model is called nothing that is a name"
      }
      guard let variant = node.variant else { return nil }
      if variant.of >= node.id { return "it is a variant of what came later" }
      if case .token(let position, let old) = variant.change,
        !prompt.ids.indices.contains(position) || old < 0
      {
        return "its changed token is none of its prompt"
      }
    case .token:
      if node.variant != nil { return "only prompts are variants" }
      guard let fork = node.fork else { return "it leaves no other run" }
      if fork.iteration < 0 { return "it leaves before anything was there" }
      if fork.node >= node.id || !contains(fork.node) { return "what it leaves is not there" }
    case .edit, .copy:
      if node.variant != nil { return "only prompts are variants" }
      guard let fork = node.fork else { return "it is another run of nothing" }
      if !node.cause.canLeave(at: fork.iteration) { return "it does not leave where it first acts" }
      if fork.node >= node.id || !contains(fork.node) { return "what it runs anew is not there" }
    }
    return nil
  }
}
