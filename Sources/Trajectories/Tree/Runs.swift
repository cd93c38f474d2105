/// The one owner of what was run, on the side of the screen: the tree with all its acts, and what
/// was computed of every node. A value.
///
/// What was computed is beside the tree and no act touches it: iterations arrive at any node,
/// looked at or not, deleted or not, and are there when an undo brings the node back.
public struct Runs: Sendable {
  public private(set) var history: TreeHistory
  private var runs: [NodeID: NodeRun] = [:]
  /// Nodes of the tree, and those that an undo or redo can bring back.
  private var known: Set<NodeID>
  private var texts: [Int: String] = [:]
  private let rules: [ExitRule]

  /// - Parameter rules: the exit rules that watch every run.
  public init(_ tree: RunTree = RunTree(), rules: [ExitRule] = []) {
    history = TreeHistory(tree)
    known = Set(tree.nodes.map(\.id))
    self.rules = rules
  }

  public var tree: RunTree { history.tree }

  /// What was computed of a node; nil where nothing was yet.
  public subscript(id: NodeID) -> NodeRun? { runs[id] }

  /// The branch to a node; nil where part of it is not there.
  public func branch(to id: NodeID) -> Branch? { Branch(tree.path(to: id), runs) }

  /// The branch that is looked at.
  public var branch: Branch? { tree.current.flatMap(branch) }

  /// A token as a person sees it, as far as it occurred.
  public func text(of token: Int) -> String { texts[token] ?? "#\(token)" }

  // MARK: What was computed

  /// The beginning of a node's run: its tokens and s₀. One that was begun before stays as it is, and
  /// of a forgotten node nothing is kept.
  public mutating func begin(_ id: NodeID, _ trajectory: Trajectory) {
    guard known.contains(id), runs[id] == nil else { return }
    for token in trajectory.tokens { texts[token.id] = token.text }
    runs[id] = NodeRun(trajectory, rules: rules)
  }

  /// Takes in iterations of a node, wherever it is.
  /// - Returns: false when it was never begun, or is forgotten.
  @discardableResult
  public mutating func extend(_ id: NodeID, _ change: (inout Trajectory) -> Void) -> Bool {
    guard runs[id] != nil else { return false }
    runs[id]?.extend(change)
    return true
  }

  // MARK: Acts

  /// Begins a prompt and shows it, as `TreeHistory` does.
  @discardableResult
  public mutating func add(
    _ prompt: PromptCause, variant: Variant? = nil, _ trajectory: Trajectory, isShown: Bool = true
  ) throws(TreeError) -> NodeID {
    let id = try act { (history) throws(TreeError) in
      try history.add(prompt, variant: variant, isShown: isShown)
    }
    begin(id, trajectory)
    return id
  }

  /// Begins prompts together, as one act, and goes on looking where one looks. Those that are there
  /// already stay as they are.
  /// - Returns: the node of each, in order.
  @discardableResult
  public mutating func add(
    _ members: [(prompt: PromptCause, variant: Variant?, trajectory: Trajectory)], label: String
  ) throws(TreeError) -> [NodeID] {
    let new = members.filter { tree.twin(of: .prompt($0.prompt), at: nil) == nil }
    if !new.isEmpty {
      try act { (history) throws(TreeError) in
        try history.add(new.map { ($0.prompt, $0.variant) }, label: label, isShown: false)
      }
    }
    return members.compactMap { member in
      let id = tree.twin(of: .prompt(member.prompt), at: nil)
      if let id { begin(id, member.trajectory) }
      return id
    }
  }

  /// Appends a token and shows it, as `TreeHistory` does.
  /// - Throws: also when the iteration it leaves from was not computed.
  @discardableResult
  public mutating func append(
    _ token: TokenCause, at fork: Fork, _ trajectory: Trajectory
  ) throws(TreeError) -> NodeID {
    guard fork.iteration <= runs[fork.node]?.trajectory.lastIteration ?? 0 else {
      throw .noSuchPlace(fork)
    }
    let id = try act { (history) throws(TreeError) in try history.append(token, at: fork) }
    begin(id, trajectory)
    return id
  }

  /// Edits a run and shows what became of it, as `TreeHistory` does.
  @discardableResult
  public mutating func edit(
    _ node: NodeID, _ cause: EditCause, _ trajectory: Trajectory, isShown: Bool = true
  ) throws(TreeError) -> NodeID {
    let id = try act { (history) throws(TreeError) in
      try history.edit(node, cause, isShown: isShown)
    }
    begin(id, trajectory)
    return id
  }

  /// Runs a node anew as one of many copies and shows it, as `TreeHistory` does.
  @discardableResult
  public mutating func copy(
    _ node: NodeID, _ cause: CopyCause, _ trajectory: Trajectory
  ) throws(TreeError) -> NodeID {
    let id = try act { (history) throws(TreeError) in try history.copy(node, cause) }
    begin(id, trajectory)
    return id
  }

  /// Does something to the tree that adds no single run: a family, which begins afterwards, looking
  /// elsewhere, a name, a deletion. What can come back by no undo any more is forgotten.
  @discardableResult
  public mutating func act<T>(
    _ body: (inout TreeHistory) throws(TreeError) -> T
  ) throws(TreeError) -> T {
    let doomed = history.doomed
    let result = try body(&history)
    guard !history.canRedo else { return result }
    for id in doomed where !tree.contains(id) {
      known.remove(id)
      runs[id] = nil
    }
    if case .added(let ids) = history.last { known.formUnion(ids) }
    return result
  }

  /// Makes one act of the last two, as `TreeHistory` does.
  public mutating func joinLast() { history.joinLast() }

  /// Takes back the last act.
  @discardableResult
  public mutating func undo() throws(TreeError) -> TreeChange.Act { try history.undo() }

  /// Does the act again that was taken back last.
  @discardableResult
  public mutating func redo() throws(TreeError) -> TreeChange.Act { try history.redo() }
}
