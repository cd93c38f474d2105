/// Votes of copies for answers.
public struct Vote: Sendable, Equatable {
  /// An answer, and what was given for it; nil is the class of those that answer nothing.
  public struct Tally: Sendable, Equatable {
    public let answer: Rollout.Answer?
    public var weight: Double
    /// How many copies gave it.
    public var count: Int
  }

  /// In the order in which answers were first given.
  public let tallies: [Tally]

  /// Counts copies, or adds up their weights.
  /// - Parameters:
  ///   - weights: one a copy; nil for one each.
  ///   - countsUnreadable: whether those that answer nothing are a class that can win, as in the
  ///     released code.
  /// - Precondition: as many weights as copies.
  public init(
    _ rollouts: [Rollout], weights: [Double]? = nil, countsUnreadable: Bool = false
  ) {
    precondition(weights == nil || weights?.count == rollouts.count, "one weight a copy")
    var tallies: [Tally] = []
    var places: [Rollout.Answer?: Int] = [:]
    for (index, rollout) in rollouts.enumerated() {
      if rollout.answer == nil, !countsUnreadable { continue }
      let weight = weights?[index] ?? 1
      if let place = places[rollout.answer] {
        tallies[place].weight += weight
        tallies[place].count += 1
      } else {
        places[rollout.answer] = tallies.count
        tallies.append(Tally(answer: rollout.answer, weight: weight, count: 1))
      }
    }
    self.tallies = tallies
  }

  /// The answer with the largest weight; of several the one given first. nil where there is none.
  public var winner: Tally? {
    tallies.reduce(nil) { best, tally in
      guard let best else { return tally }
      return tally.weight > best.weight ? tally : best
    }
  }

  /// The share of all copies that gave the winner's answer.
  public func share(of count: Int) -> Double {
    count == 0 ? 0 : Double(winner?.count ?? 0) / Double(count)
  }
}
