/// One act on a tree, with what it takes to undo it: the nodes it touched, before and after. Its
/// size is that of the act, not of the tree.
public struct TreeChange: Sendable, Hashable {
  public enum Act: Sendable, Hashable {
    /// One node, or a family.
    case added([NodeID])  // ascending
    case shown(NodeID)
    case named(NodeID)
    /// With all that needed it.
    case deleted(NodeID)
  }

  struct Edit: Sendable, Hashable {
    var before: Node?
    var after: Node?
  }

  struct Looking: Sendable, Hashable {
    var current: NodeID?
    var previous: NodeID?
  }

  public let act: Act
  let nodes: [Edit]
  let lookingBefore: Looking
  let lookingAfter: Looking

  init(act: Act, nodes: [Edit], lookingBefore: Looking, lookingAfter: Looking) {
    self.act = act
    self.nodes = nodes
    self.lookingBefore = lookingBefore
    self.lookingAfter = lookingAfter
  }

  /// Two as one: what was added counts, or else what was done last.
  init(_ first: TreeChange, then second: TreeChange) {
    switch (first.act, second.act) {
    case (.added(let a), .added(let b)): act = .added(a + b)
    case (.added, _): act = first.act
    default: act = second.act
    }
    var edits = first.nodes
    for edit in second.nodes {
      let id = edit.before?.id ?? edit.after?.id
      if let place = edits.firstIndex(where: { ($0.after?.id ?? $0.before?.id) == id }) {
        edits[place].after = edit.after
      } else {
        edits.append(edit)
      }
    }
    nodes = edits
    lookingBefore = first.lookingBefore
    lookingAfter = second.lookingAfter
  }
}

/// A tree and every act on it, to be undone and redone, switching included. Computing is no act:
/// what was computed is not in here, and no undo loses it.
public struct TreeHistory: Sendable, Hashable {
  public private(set) var tree: RunTree
  private var past: [TreeChange] = []
  private var future: [TreeChange] = []  // the next to redo last
  private var lastID: Int

  /// - Parameter tree: one that was read from a file; what was done to it is forgotten.
  public init(_ tree: RunTree = RunTree()) {
    self.tree = tree
    // Deleted ones that are still spoken of keep their numbers too.
    lastID = tree.nodes.reduce(0) { last, node in
      max(last, node.id.value, node.variant?.of.value ?? 0, node.family?.id.value ?? 0)
    }
  }

  /// What was done last; nil when nothing can be undone.
  public var last: TreeChange.Act? { past.last?.act }
  public var canUndo: Bool { !past.isEmpty }
  /// How many acts can be undone.
  public var count: Int { past.count }
  public var canRedo: Bool { !future.isEmpty }

  /// Nodes that are nowhere any more when the next new act comes: what made them was undone.
  var doomed: [NodeID] {
    future.flatMap { change -> [NodeID] in
      if case .added(let ids) = change.act { ids } else { [] }
    }
  }

  // MARK: Acts

  /// Begins a prompt and shows it; where it is there already, shows that.
  /// - Parameter isShown: false to go on looking where one looks.
  @discardableResult
  public mutating func add(
    _ prompt: PromptCause, variant: Variant? = nil, isShown: Bool = true
  ) throws(TreeError) -> NodeID {
    guard !prompt.ids.isEmpty else { throw .empty("A prompt") }
    return try add(.prompt(prompt), at: nil, variant, isShown: isShown)
  }

  /// Appends a token to a node at an iteration and shows it; where it is there already, shows that.
  @discardableResult
  public mutating func append(_ token: TokenCause, at fork: Fork) throws(TreeError) -> NodeID {
    guard tree.contains(fork.node) else { throw .noSuchNode(fork.node) }
    guard fork.iteration >= 0 else { throw .noSuchPlace(fork) }
    return try add(.token(token), at: fork, nil)
  }

  /// Edits a node's run and shows it; where it is there already, shows that.
  /// - Parameter isShown: false to go on looking where one looks.
  @discardableResult
  public mutating func edit(
    _ node: NodeID, _ cause: EditCause, isShown: Bool = true
  ) throws(TreeError) -> NodeID {
    try rerun(node, .edit(cause), isShown: isShown)
  }

  /// Runs a node anew as one of many copies and shows it; where it is there already, shows that.
  @discardableResult
  public mutating func copy(_ node: NodeID, _ cause: CopyCause) throws(TreeError) -> NodeID {
    try rerun(node, .copy(cause), isShown: true)
  }

  private mutating func rerun(
    _ node: NodeID, _ cause: Cause, isShown: Bool
  ) throws(TreeError) -> NodeID {
    guard tree.contains(node) else { throw .noSuchNode(node) }
    return try add(
      cause, at: Fork(node: node, iteration: cause.firstIteration ?? 0), nil, isShown: isShown)
  }

  /// Begins prompts together and shows the first, or goes on looking where one looks.
  /// - Returns: their ids, in order.
  @discardableResult
  public mutating func add(
    _ members: [(prompt: PromptCause, variant: Variant?)], label: String, isShown: Bool = true
  ) throws(TreeError) -> [NodeID] {
    guard !members.isEmpty else { throw .empty("A family") }
    guard members.allSatisfy({ !$0.prompt.ids.isEmpty }) else { throw .empty("A prompt") }
    let ids = members.indices.map { NodeID(lastID + 1 + $0) }
    let family = Family(id: ids[0], label: label)
    try insert(
      zip(ids, members).map { id, member in
        Node(
          id: id, fork: nil, cause: .prompt(member.prompt), variant: member.variant,
          family: family)
      }, isShown: isShown || tree.current == nil)
    return ids
  }

  /// Looks at the branch to a node.
  public mutating func show(_ id: NodeID) throws(TreeError) {
    guard tree.contains(id) else { throw .noSuchNode(id) }
    if id != tree.current { commit(.shown(id), [], showing: id) }
  }

  /// Looks at the branch that was looked at before.
  public mutating func swap() throws(TreeError) {
    guard let previous = tree.previous else { throw .noOtherBranch }
    try show(previous)
  }

  /// Calls a node something, or with nil nothing of its own.
  public mutating func name(_ id: NodeID, _ name: String?) throws(TreeError) {
    guard let before = tree[id] else { throw .noSuchNode(id) }
    guard before.name != name else { return }
    var after = before
    after.name = name
    commit(.named(id), [TreeChange.Edit(before: before, after: after)], showing: nil)
  }

  /// Takes out a node and all that needs it. What was looked at in there is left for its parent, or
  /// for the run it is a variant of, or for the prompt nearest in age.
  public mutating func delete(_ id: NodeID) throws(TreeError) {
    guard let node = tree[id] else { throw .noSuchNode(id) }
    try delete(node, tree.subtree(of: id))
  }

  /// Takes out all of a family that are still there, as one act.
  public mutating func delete(_ family: Family) throws(TreeError) {
    let members = tree.members(of: family)
    guard let first = members.first.flatMap({ tree[$0] }) else { throw .noSuchNode(family.id) }
    try delete(first, members.flatMap(tree.subtree))
  }

  private mutating func delete(_ node: Node, _ gone: [NodeID]) throws(TreeError) {
    let id = node.id
    guard gone.count < tree.count else { throw .lastBranch }
    let isGone = Set(gone)
    var looking = TreeChange.Looking(current: tree.current, previous: tree.previous)
    if looking.previous.map(isGone.contains) ?? false { looking.previous = nil }
    if looking.current.map(isGone.contains) ?? false {
      let left = tree.children(of: nil).filter { !isGone.contains($0) }
      looking.current =
        node.fork?.node ?? tree.base(of: id) ?? left.last { $0 < id } ?? left.first
      if looking.previous == looking.current { looking.previous = nil }
    }
    commit(
      .deleted(id), gone.map { TreeChange.Edit(before: tree[$0], after: nil) }, looking)
  }

  // MARK: Back and forth

  /// Makes one act of the last two, which are undone and redone together.
  public mutating func joinLast() {
    guard past.count > 1, future.isEmpty, let second = past.popLast(), let first = past.popLast()
    else { return }
    past.append(TreeChange(first, then: second))
  }

  /// Takes back the last act.
  @discardableResult
  public mutating func undo() throws(TreeError) -> TreeChange.Act {
    guard let change = past.popLast() else { throw .nothingToUndo }
    tree.apply(change, isBack: true)
    future.append(change)
    return change.act
  }

  /// Does the act again that was taken back last.
  @discardableResult
  public mutating func redo() throws(TreeError) -> TreeChange.Act {
    guard let change = future.popLast() else { throw .nothingToRedo }
    tree.apply(change)
    past.append(change)
    return change.act
  }

  private mutating func add(
    _ cause: Cause, at fork: Fork?, _ variant: Variant?, isShown: Bool = true
  ) throws(TreeError) -> NodeID {
    if let twin = tree.twin(of: cause, at: fork) {
      if isShown, twin != tree.current { commit(.shown(twin), [], showing: twin) }
      return twin
    }
    let id = NodeID(lastID + 1)
    try insert(
      [Node(id: id, fork: fork, cause: cause, variant: variant, family: nil)],
      isShown: isShown || tree.current == nil)
    return id
  }

  /// Adds new nodes and shows the first.
  private mutating func insert(_ nodes: [Node], isShown: Bool = true) throws(TreeError) {
    for node in nodes {
      if let problem = tree.problem(of: node) { throw .damaged(node.id, problem) }
    }
    lastID += nodes.count
    commit(
      .added(nodes.map(\.id)), nodes.map { TreeChange.Edit(before: nil, after: $0) },
      showing: isShown ? nodes.first?.id : nil)
  }

  /// - Parameter shown: looked at from now on; nil leaves it.
  private mutating func commit(
    _ act: TreeChange.Act, _ edits: [TreeChange.Edit], showing shown: NodeID?
  ) {
    let looking =
      shown.map { TreeChange.Looking(current: $0, previous: tree.current) }
      ?? TreeChange.Looking(current: tree.current, previous: tree.previous)
    commit(act, edits, looking)
  }

  private mutating func commit(
    _ act: TreeChange.Act, _ edits: [TreeChange.Edit], _ looking: TreeChange.Looking
  ) {
    let change = TreeChange(
      act: act, nodes: edits,
      lookingBefore: TreeChange.Looking(current: tree.current, previous: tree.previous),
      lookingAfter: looking)
    tree.apply(change)
    past.append(change)
    future = []
  }
}
