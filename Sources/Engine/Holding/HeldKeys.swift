/// Bytes that an engine keeps, all together.
final class Ledger {
  var bytes = 0
}

/// Keys and values of the tokens of one node, as they count: each once, for as long as the node or
/// anything that goes on from it looks at them. It lives as long as they do.
final class HeldKeys {
  private let ledger: Ledger
  let parent: HeldKeys?
  /// The iteration of the parent at which this goes on.
  let fork: Int
  let bytesPerIteration: Int
  private let fixedBytes: Int
  /// How many go on, by iteration.
  private var forks: [Int: Int] = [:]
  /// Iterations that the node itself keeps.
  var iterations = 0 { didSet { count() } }
  private var counted = 0

  /// - Parameters:
  ///   - parent: those of the tokens before, and the iteration they are looked at up to.
  ///   - fixedBytes: of prelude and coda.
  init(
    after parent: (keys: HeldKeys, iteration: Int)?, fixedBytes: Int, bytesPerIteration: Int,
    ledger: Ledger
  ) {
    self.ledger = ledger
    self.parent = parent?.keys
    fork = parent?.iteration ?? 0
    self.fixedBytes = fixedBytes
    self.bytesPerIteration = bytesPerIteration
    parent?.keys.add(fork: fork, 1)
    count()
  }

  deinit {
    ledger.bytes -= counted
    parent?.add(fork: fork, -1)
  }

  private func add(fork: Int, _ number: Int) {
    forks[fork, default: 0] += number
    if forks[fork] == 0 { forks[fork] = nil }
    count()
  }

  private func count() {
    let bytes = fixedBytes + max(iterations, forks.keys.max() ?? 0) * bytesPerIteration
    ledger.bytes += bytes - counted
    counted = bytes
  }
}
