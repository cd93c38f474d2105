import LatentModels

/// Copies of a run as they come in, and whether it is worth going on.
public struct Ensemble: Sendable {
  public private(set) var rollouts: [Rollout] = []
  /// How many were asked for.
  public let wanted: Int
  /// What aggregators are told.
  public var options: Aggregator.Options

  public init(wanted: Int, options: Aggregator.Options = Aggregator.Options()) {
    self.wanted = wanted
    self.options = options
  }

  public mutating func add(_ more: [Rollout]) { rollouts += more }

  /// Adds to each what a judge says of it.
  /// - Precondition: one verdict a copy.
  public mutating func judge(_ verdicts: [Verdict]) {
    precondition(verdicts.count == rollouts.count, "one verdict a copy")
    rollouts = zip(rollouts, verdicts).map { $0.judged($1) }
  }

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
    Aggregator.table(options).filter { $0.canChoose(rollouts) }
      .map { ($0, $0.answer(of: rollouts)) }
  }
}
