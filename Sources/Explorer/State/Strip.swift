/// Words that stay on the screen until they are sent away: what to look for, or what could not be done.
struct Strip: Sendable, Hashable {
  enum Kind: Sendable, Hashable {
    case hint
    case failure
    /// What a tour tells.
    case tour
  }
  let kind: Kind
  /// Stands above the text: which tour, how far, and what to press.
  var head: String?
  let text: String
}

extension ExplorerState {
  /// What the strip below the panes says; a failure before a hint. Where there is no run a failure has the
  /// whole screen instead.
  var strip: Strip? {
    guard trajectory != nil else { return nil }
    return failure.map { Strip(kind: .failure, text: $0) } ?? touring?.strip(glyphs)
      ?? hint.map { Strip(kind: .hint, text: $0) }
  }

  /// Sends away what the strip says.
  /// - Returns: whether it said anything.
  mutating func dismissStrip() -> Bool {
    guard let strip else { return false }
    switch strip.kind {
    case .failure: failure = nil
    case .hint: hint = nil
    case .tour: Touring.end(&self)
    }
    return true
  }

  /// Says that something could not be done.
  mutating func fail(_ text: String) {
    failure = text
    messages.add(.failure, text, at: place)
  }

  /// Says what to look for.
  mutating func advise(_ text: String) {
    hint = text
    messages.add(.hint, text, at: place)
  }

  mutating func say(_ text: String) {
    message = Message(kind: .info, text: text)
    messages.add(.info, text, at: place)
  }

  mutating func complain(_ text: String) {
    message = Message(kind: .error, text: text)
    messages.add(.error, text, at: place)
  }

  private var place: MessageLog.Place? {
    trajectory.map { _ in MessageLog.Place(iteration: iterationWords, run: runs.tree.current) }
  }
}
