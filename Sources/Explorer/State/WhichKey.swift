/// When the list of what the next key does is shown: while a count waits for its key, after a moment in
/// which none came, or where it is asked for. It is there for one key.
struct WhichKey: Sendable, Hashable {
  var isOpen = false
  /// When it opens by itself, in seconds of `ExplorerState.now`.
  private(set) var due: Double?

  /// Seconds in which somebody who knows the key has pressed it.
  static let patience = 0.7

  /// Opens it after a moment.
  mutating func wait(from now: Double) -> [Effect] {
    due = now + Self.patience
    return [.wake(at: now + Self.patience)]
  }

  /// Time went on.
  static func advance(_ state: inout ExplorerState) -> [Effect] {
    guard let due = state.whichKey.due else { return [] }
    guard state.now >= due else { return [.wake(at: due)] }
    state.whichKey = WhichKey()
    state.whichKey.isOpen = state.pendingCount != nil
    return []
  }
}
