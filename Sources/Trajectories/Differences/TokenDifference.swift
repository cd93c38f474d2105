/// One position of two runs beside each other.
public struct TokenDifference: Sendable, Hashable {
  /// What one of the two came to there.
  public struct Side: Sendable, Hashable {
    /// The token of the text; nil where the text is shorter.
    public let token: Token?
    /// Iterations it had.
    public let iterations: Int
    /// What it says in the end; nil where nothing can be read out.
    public let says: Candidate?
    /// Since which iteration it says so, from 1; nil where it never did.
    public let since: Int?
    /// From which iteration on what it says stays within `Arrival.settled` of what it says in the end;
    /// nil where only the last does, and where that was not measured.
    public let arrives: Int?
  }

  public let index: Int
  public let a: Side
  public let b: Side
  /// The first iteration at which any number differs; nil where none does.
  public let first: Int?
  /// The first iteration, from 1, after which they would say different things; nil where they never do.
  public let parts: Int?
  /// The largest KL(A‖B), nats, from iteration 1 on; nil where it is not known.
  public let largestDivergence: Float?

  /// How far apart the two arrive: B after A in iterations, below 0 where it is earlier.
  public var later: Int? {
    guard let a = a.arrives, let b = b.arrives else { return nil }
    return b - a
  }

  /// Whether it settles in one of them alone, or at another iteration.
  public var arrivesOtherwise: Bool { a.arrives != b.arrives }
}

extension Arrival {
  /// KL(last ‖ now), nats, below which a prediction is what it ends with: where the scale of the metric
  /// begins.
  public static let settled: Float = 0.001

  /// The first iteration, from 1, from which on one token stays settled; nil where only the last
  /// iteration, which is compared with itself, is.
  public func settles(token: Int) -> Int? {
    var from: Int?
    for iteration in stride(from: last - 1, through: 1, by: -1) {
      guard let divergence = divergence(token: token, iteration: iteration),
        divergence <= Self.settled
      else { break }
      from = iteration
    }
    return from
  }
}

extension TokenDifference.Side {
  /// What a branch came to at a position.
  init(_ branch: Branch, token index: Int) {
    guard index < branch.tokenCount else {
      (token, iterations, says, since, arrives) = (nil, 0, nil, nil, nil)
      return
    }
    let passage = branch.passages[branch.passage(of: index)]
    let (run, row) = (passage.trajectory, index - passage.firstToken)
    let last = run.lastIteration
    token = branch.token(index)
    iterations = last
    says = branch.reading(Address(token: index, iteration: last))?.best
    since =
      last < 1 ? nil : run.running(token: row, iteration: last).repeats.map { last - $0 }
    arrives = run.arrival.flatMap { $0.last == last ? $0.settles(token: row) : nil }
  }
}
