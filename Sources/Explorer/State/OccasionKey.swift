/// A key that means something of its own while a tour is given or a class is shown something. The footer
/// shows it first, and what answers keys reads it.
struct OccasionKey: Sendable {
  let key: Key
  /// A word or two for the footer.
  let title: String
  let invocation: Invocation

  /// Those there are now; an earlier one comes before a later.
  static func all(_ state: ExplorerState) -> [OccasionKey] {
    guard state.failure == nil else { return [] }
    var keys: [OccasionKey] = []
    if let touring = state.touring {
      keys.append(
        OccasionKey(
          key: .character(" "), title: touring.nextTitle, invocation: Invocation("tour-next")))
      keys.append(
        OccasionKey(key: .escape, title: "leave the tour", invocation: Invocation("tour-end")))
    }
    if state.presenting != nil, !state.isComparing {
      keys.append(
        OccasionKey(
          key: .character("v"), title: state.hidesVerdict ? "right?" : "hide it",
          invocation: Invocation("verdict")))
    }
    return keys
  }

  /// What a key means now; nil where it means what it always does.
  static func invocation(_ key: Key, _ state: ExplorerState) -> Invocation? {
    all(state).first { $0.key == key }?.invocation
  }
}
