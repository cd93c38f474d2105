import Trajectories

/// Everything that was said in the session, oldest first: footers and strips show it for a while only.
struct MessageLog: Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    case info
    case error
    case hint
    case failure
  }

  /// Where one was when it was said.
  struct Place: Sendable, Hashable {
    /// In words of all clocks that the model has.
    let iteration: String
    let run: NodeID?
  }

  struct Entry: Sendable, Hashable {
    let kind: Kind
    let text: String
    /// nil before there was a run.
    let place: Place?
    /// How often it was said in a row.
    fileprivate(set) var times = 1
  }

  private(set) var entries: [Entry] = []

  /// How many are kept.
  static let most = 500

  mutating func add(_ kind: Kind, _ text: String, at place: Place?) {
    if let last = entries.last, last.kind == kind, last.text == text, last.place == place {
      entries[entries.count - 1].times += 1
      return
    }
    entries.append(Entry(kind: kind, text: text, place: place))
    if entries.count > Self.most { entries.removeFirst() }
  }
}

/// What a key means while the messages are listed.
func pressMessages(_ key: Key, _ scroll: Int, _ state: inout ExplorerState) -> [Effect] {
  let act = ModeKey.messages.act(key)
  if act == .leave {
    state.mode = .normal
    return []
  }
  let moved = act?.moved(
    from: scroll, page: max(1, MessagesList.room(state) - 1), bottom: MessagesList.bottom(state))
  // What is said here is not in the list that is read.
  if moved == nil {
    state.message = Message(kind: .info, text: ModeKey.messages.words(state.glyphs))
  }
  state.mode = .messages(scroll: moved ?? scroll)
  return []
}
