import LatentModels
import Synchronization
import Tensors
import Trajectories

/// How long streams are where a norm makes states of them, which the states themselves do not show: behind
/// a norm all are about as long. Looks while an iteration runs, and changes no bit of it.
final class StreamLengths: Sendable {
  /// The sites, that of the vector that is read first.
  private let sites: [Site]
  private let seen = Mutex<[Site: [Float]]>([:])

  init(of facts: ModelFacts) {
    sites = facts.normedBlocks.map { Site(.core, $0, .stream) }
  }

  /// These hooks, and behind them one that measures; the same where nothing is to be measured.
  func watching(_ hooks: Hooks) -> Hooks {
    if sites.isEmpty { return hooks }
    let mine = Hook.reading(Set(sites)) { [self] value in
      let lengths = (0..<value.values.rows).map { StateMetrics.norm(value.values, $0) }
      seen.withLock { $0[value.site] = lengths }
    }
    return Hooks(hooks.all + [mine])
  }

  /// Those of one sequence's rows; nil where nothing was measured.  // [vectors][tokens]
  func of(_ rows: Range<Int>) -> [[Float]]? {
    if sites.isEmpty { return nil }
    let seen = seen.withLock { $0 }
    let lengths = sites.compactMap { site in
      seen[site].flatMap { $0.count >= rows.upperBound ? Array($0[rows]) : nil }
    }
    return lengths.count == sites.count ? lengths : nil
  }
}
