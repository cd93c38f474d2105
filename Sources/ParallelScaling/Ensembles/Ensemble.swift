import LatentModels

/// Copies of a run as they come in, and whether it is worth going on.
public struct Ensemble: Sendable {
  public private(set) var rollouts: [Rollout] = []
  /// How many were asked for.
  public let wanted: Int

  public init(wanted: Int) { self.wanted = wanted }

  public mutating func add(_ more: [Rollout]) { rollouts += more }

  public var isComplete: Bool { rollouts.count >= wanted }

  /// Whether the copies that are still to come cannot change the majority, whatever they answer.
  public var isSettled: Bool {
    let counts = Vote(rollouts).tallies.map(\.count).sorted(by: >)
    guard let first = counts.first else { return false }
    // A tie is won by what was answered first, which the leader need not be.
    return first > (counts.dropFirst().first ?? 0) + (wanted - rollouts.count)
  }

  /// What every aggregator that can choose has chosen.
  public var choices: [(aggregator: Aggregator, answer: Rollout.Answer?)] {
    Aggregator.all.filter { $0.canChoose(rollouts) }.map { ($0, $0.answer(of: rollouts)) }
  }
}
