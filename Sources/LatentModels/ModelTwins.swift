import Synchronization
import Tensors

/// A small model once for every thread of its team, over the same packed weights: each has scratch of its
/// own and computes on the thread that calls it alone.
///
/// Operations on a few short rows take microseconds, so that threads which divide each of them wait for
/// one another, and for rows that another has written, longer than they compute. Sequences that are dealt out
/// among twins meet nobody until they are done. A row's numbers are the same either way.
public struct ModelTwins: Sendable {
  let models: [any LatentModel]
  let team: ThreadTeam

  /// How many there are: at least two.
  public var count: Int { models.count }

  /// Deals neighbours out among the twins, to each its share, which they work on side by side.
  /// - Parameter body: told a share and its model, on any thread; shares are not empty.
  /// - Returns: what the body gave, in order.
  /// - Throws: what it threw first, in the order of shares.
  public func deal<Element: Sendable, Result: Sendable>(
    _ elements: [Element], _ body: (ArraySlice<Element>, any LatentModel) throws -> [Result]
  ) throws -> [Result] {
    var outcomes: [Swift.Result<[Result], any Error>] = Array(
      repeating: .success([]), count: count)
    team.change(&outcomes, workInElement: Self.muchWork) { index, outcome in
      let share = elements[
        elements.count * index / count..<elements.count * (index + 1) / count]
      if !share.isEmpty { outcome = Swift.Result { try body(share, models[index]) } }
    }
    return try outcomes.flatMap { try $0.get() }
  }

  /// In multiply-adds: a run of a model always is worth a thread.
  private static let muchWork = 1 << 20
}

/// Keeps the twins of a model once somebody has asked for them.
final class TwinKeeper: Sendable {
  private let team: ThreadTeam
  private let isWorthIt: Bool
  private let kept = Mutex<ModelTwins?>(nil)

  init(team: ThreadTeam, packedBytes: Int) {
    self.team = team
    isWorthIt = team.count > 1 && packedBytes <= Self.smallWeights
  }

  /// - Parameter make: a model over the same weights, on the thread that calls it.
  /// - Returns: nil where there is one thread, or where weights had better be read once for all.
  func twins(_ make: () -> any LatentModel) -> ModelTwins? {
    guard isWorthIt else { return nil }
    return kept.withLock { kept in
      if let kept { return kept }
      let twins = ModelTwins(models: (0..<team.count).map { _ in make() }, team: team)
      kept = twins
      return twins
    }
  }

  /// Bytes of packed weights that caches hold, where each thread reads all of them.
  private static let smallWeights = 4 << 20
}
