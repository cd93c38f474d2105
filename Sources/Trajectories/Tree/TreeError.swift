/// Something cannot be done to a tree.
public enum TreeError: Error, Equatable, CustomStringConvertible {
  case noSuchNode(NodeID)
  /// A place was not yet reached.
  case noSuchPlace(Fork)
  /// It is the only branch there is.
  case lastBranch
  case noOtherBranch
  case nothingToUndo
  case nothingToRedo
  /// A family of nobody, a prompt of no tokens.
  case empty(String)
  /// A file says something of a node that cannot be.
  case damaged(NodeID, String)

  public var description: String {
    switch self {
    case .noSuchNode(let id): "There is no run \(id) any more; u brings back what was deleted."
    case .noSuchPlace(let fork):
      "Run \(fork.node) has no iteration \(fork.iteration) yet."
    case .lastBranch: "It is the only run there is; another must be there before it can go."
    case .noOtherBranch: "No other run was looked at before."
    case .nothingToUndo: "Nothing to undo."
    case .nothingToRedo: "Nothing to redo."
    case .empty(let what): "\(what) needs at least one."
    case .damaged(let id, let what): "Run \(id): \(what)."
    }
  }
}
