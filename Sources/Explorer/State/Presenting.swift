import Trajectories

/// The screen as a class sees it: few panes, large cells, a strong trail. What comes after the iteration in
/// view is not shown, and whether the answer is right only when somebody asks.
struct Presenting: Sendable, Hashable {
  /// Runs of which that was told.
  var told: Set<NodeID> = []
}

extension ExplorerState {
  /// The last iteration that is to be seen of the passage in view.
  var lastShown: Int { presenting == nil ? edge : min(edge, cursor.iteration) }

  /// Whether right and wrong are not told now.
  var hidesVerdict: Bool {
    if touring?.isBeginning == true { return true }
    guard let presenting else { return false }
    return runs.tree.current.map { !presenting.told.contains($0) } ?? true
  }
}
