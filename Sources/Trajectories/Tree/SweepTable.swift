/// What the members of a family came to, one a line: token → answer, since when, how sure.
public struct SweepTable: Sendable, Hashable {
  public struct Row: Sendable, Hashable {
    public let node: NodeID
    /// What the member was begun with: the text of its token, or its start in words.
    public let label: String
    /// The token that was put in; nil where the family differs in its start.
    public let token: Int?
    /// Iterations it went.
    public let iterations: Int
    /// What it says at its end, last position; nil where nothing can be read out.
    public let answer: Candidate?
    /// Since which iteration it says so; nil before the first, and without an answer.
    public let standsSince: Int?
    /// Of what it says at its end, nats.
    public let entropy: Float?
  }

  public let family: Family
  /// In the order in which they were begun; members of which nothing was computed are left out.
  public let rows: [Row]

  public init(_ family: Family, _ runs: Runs) {
    self.family = family
    rows = runs.tree.members(of: family).compactMap { id in
      guard let node = runs.tree[id], let run = runs[id] else { return nil }
      var token: Int?
      if case .token(let position, _) = node.variant?.change {
        token = node.cause.ids[position]
      }
      return Row(
        node: id, label: token.map(runs.text) ?? runs.words(id), token: token,
        iterations: run.trajectory.lastIteration, answer: run.answer?.best,
        standsSince: run.standsSince, entropy: run.answer?.entropy)
    }
  }

  /// How many members say each answer, the most frequent first, then by id; nil stands for those
  /// without one.
  public var votes: [(answer: Candidate?, count: Int)] {
    let groups = Dictionary(grouping: rows, by: \.answer?.id).values
    return groups.map { ($0[0].answer, $0.count) }
      .sorted { ($1.count, $0.answer?.id ?? .max) < ($0.count, $1.answer?.id ?? .max) }
  }
}
