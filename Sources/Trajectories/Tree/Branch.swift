/// A text and how it was thought: the way through a tree to one of its nodes, as the run of its
/// prompt, then the run of each token that was appended. A view, made when it is looked at.
///
/// Runs are ragged: each has as many iterations as it was given, and says at which of them the
/// token after it was taken.
public struct Branch: Sendable {
  /// The run of the prompt, or of one appended token.
  public struct Passage: Sendable {
    public let node: NodeID
    public let run: NodeRun
    /// Where its first token stands in the text.
    public let firstToken: Int
    /// The iteration at which the next token was read out; nil for the last passage.
    public let taken: Int?

    public var trajectory: Trajectory { run.trajectory }
    /// What each exit rule says of it.
    public var exits: ExitWatch { run.exits }
    /// Iterations the text as it stands owes to it.
    public var iterations: Int { taken ?? trajectory.lastIteration }
    public var tokens: Range<Int> { firstToken..<firstToken + trajectory.tokens.count }
  }

  public let passages: [Passage]  // never empty

  /// nil for no nodes, and where one of them was never begun.
  init?(_ path: [Node], _ runs: [NodeID: NodeRun]) {
    var passages: [Passage] = []
    var first = 0
    for (index, node) in path.enumerated() {
      guard let run = runs[node.id] else { return nil }
      // An edited run, and a copy, stands in the place of the one it was made from.
      if node.cause.isRerun, let before = passages.popLast() { first = before.firstToken }
      let taken = index + 1 < path.count ? path[index + 1].fork?.iteration : nil
      passages.append(Passage(node: node.id, run: run, firstToken: first, taken: taken))
      first += run.trajectory.tokens.count
    }
    guard !passages.isEmpty else { return nil }
    self.passages = passages
  }

  /// The node it leads to.
  public var node: NodeID { last.node }
  public var last: Passage { passages[passages.count - 1] }
  public var tokenCount: Int { last.tokens.upperBound }
  public var promptCount: Int { passages[0].tokens.count }
  /// The tokens that were appended.
  public var appended: [Token] { passages.dropFirst().flatMap(\.trajectory.tokens) }

  /// The passage a token belongs to, by number.
  public func passage(of token: Int) -> Int {
    min(passages.count - 1, max(0, token - promptCount + 1))
  }

  public func token(_ index: Int) -> Token {
    let passage = passages[passage(of: index)]
    return passage.trajectory.tokens[index - passage.firstToken]
  }

  /// What is read out at a place; nil where nothing was computed, or not read yet.
  public func reading(_ place: Address) -> Reading? {
    guard place.token >= 0, place.token < tokenCount, place.iteration >= 0 else { return nil }
    let passage = passages[passage(of: place.token)]
    guard place.iteration <= passage.trajectory.lastIteration else { return nil }
    let readings = passage.trajectory.steps[place.iteration].readings
    let row = place.token - passage.firstToken
    return readings.indices.contains(row) && !readings[row].isUnread ? readings[row] : nil
  }

  /// How many iterations a token has.
  public func lastIteration(of token: Int) -> Int {
    passages[passage(of: token)].trajectory.lastIteration
  }
}
