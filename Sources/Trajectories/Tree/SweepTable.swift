/// What runs that differ in one thing came to, one a line: token → answer, since when, how sure.
public struct SweepTable: Sendable, Hashable {
  public struct Row: Sendable, Hashable {
    public let node: NodeID
    /// What it was begun with: the text of its token, or its start in words.
    public let label: String
    /// The token that it has; nil where they differ in their start.
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

  /// In the order in which they were given; runs of which nothing was computed are left out.
  public let rows: [Row]

  /// - Parameter position: where their tokens differ; nil where their starts do.
  public init(_ nodes: [NodeID], position: Int?, _ runs: Runs) {
    rows = nodes.compactMap { id in
      guard case .prompt(let cause)? = runs.tree[id]?.cause, let run = runs[id] else { return nil }
      let token = position.map { cause.ids[$0] }
      return Row(
        node: id, label: token.map(runs.text) ?? cause.start.words, token: token,
        iterations: run.trajectory.lastIteration, answer: run.answer?.best,
        standsSince: run.standsSince, entropy: run.answer?.entropy)
    }
  }

  /// Of all there are, whatever act made them.
  public init(_ variants: Variants, _ runs: Runs) {
    self.init(variants.nodes(in: runs.tree), position: variants.position, runs)
  }

  /// Of those that were begun together, in the order in which they were.
  public init(_ family: Family, _ runs: Runs) {
    let members = runs.tree.members(of: family)
    var position: Int?
    if case .token(let at, _)? = members.first.flatMap({ runs.tree[$0]?.variant?.change }) {
      position = at
    }
    self.init(members, position: position, runs)
  }

  /// How many of them say each answer, the most frequent first, then by id; nil stands for those
  /// without one.
  public var votes: [(answer: Candidate?, count: Int)] {
    let groups = Dictionary(grouping: rows, by: \.answer?.id).values
    return groups.map { ($0[0].answer, $0.count) }
      .sorted { ($1.count, $0.answer?.id ?? .max) < ($0.count, $1.answer?.id ?? .max) }
  }
}
