/// A text and how it was thought: the run of its prompt, then the run of each token that was
/// appended. A value.
///
/// Runs are ragged: each has as many iterations as it was given, and says at which of them the
/// token after it was taken.
public struct Rollout: Sendable {
  /// The run of the prompt, or of one appended token.
  public struct Passage: Sendable {
    public fileprivate(set) var trajectory: Trajectory
    /// Where its first token stands in the text.
    public let firstToken: Int
    /// The iteration at which the next token was read out; nil for the last passage.
    public fileprivate(set) var taken: Int?
    /// Where each exit rule would have stopped it.
    public fileprivate(set) var exits: ExitWatch

    /// Iterations the text as it stands owes to it.
    public var iterations: Int { taken ?? trajectory.lastIteration }
    public var tokens: Range<Int> { firstToken..<firstToken + trajectory.tokens.count }
  }

  /// Passages that were set aside when the text went on from an earlier place.
  public struct Tail: Sendable {
    /// The passage they followed, and the iteration of it at which the first was taken.
    let passage: Int
    let iteration: Int
    fileprivate let passages: [Passage]

    /// Tokens that were set aside.
    public var count: Int { passages.count }
  }

  public private(set) var passages: [Passage]  // never empty
  private let rules: [ExitRule]

  /// - Parameter rules: the exit rules that watch every passage.
  public init(prompt: Trajectory, rules: [ExitRule]) {
    self.rules = rules
    var exits = ExitWatch(rules: rules)
    exits.observe(prompt)
    passages = [Passage(trajectory: prompt, firstToken: 0, exits: exits)]
  }

  public var last: Passage { passages[passages.count - 1] }
  public var tokenCount: Int { last.tokens.upperBound }
  public var promptCount: Int { passages[0].tokens.count }
  /// The tokens that were appended.
  public var appended: [Token] { passages.dropFirst().map { $0.trajectory.tokens[0] } }

  /// The passage a token belongs to, by number.
  public func passage(of token: Int) -> Int {
    min(passages.count - 1, max(0, token - promptCount + 1))
  }

  public func token(_ index: Int) -> Token {
    let passage = passages[passage(of: index)]
    return passage.trajectory.tokens[index - passage.firstToken]
  }

  /// Adds an iteration to the last passage.
  public mutating func append(_ step: Step) {
    let last = passages.count - 1
    passages[last].trajectory.append(step)
    passages[last].exits.observe(passages[last].trajectory)
  }

  /// Takes in how far the states of a passage are from its last.
  public mutating func measured(distanceToLast distances: [[Float]], ofPassage passage: Int) {
    guard passages.indices.contains(passage) else { return }
    passages[passage].trajectory.measured(distanceToLast: distances)
  }

  /// Adds a token that was read out of the last passage at an iteration.
  public mutating func append(_ token: Trajectory, takenAt iteration: Int) {
    precondition(token.tokens.count == 1, "tokens are appended one by one")
    let first = tokenCount
    passages[passages.count - 1].taken = iteration
    passages.append(
      Passage(trajectory: token, firstToken: first, exits: ExitWatch(rules: rules)))
  }

  /// Takes out what follows a passage, which is the last one then and can go on; nil when nothing
  /// follows.
  public mutating func setAside(after passage: Int) -> Tail? {
    guard let iteration = passages[passage].taken else { return nil }
    let tail = Tail(
      passage: passage, iteration: iteration, passages: Array(passages[(passage + 1)...]))
    passages.removeSubrange((passage + 1)...)
    passages[passage].taken = nil
    return tail
  }

  /// Puts back what was set aside, and sets aside what stands in its place.
  public mutating func exchange(_ tail: Tail) -> Tail? {
    let other = setAside(after: tail.passage)
    passages[tail.passage].taken = tail.iteration
    passages += tail.passages
    return other
  }
}
