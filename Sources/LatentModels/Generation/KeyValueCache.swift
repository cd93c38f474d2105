import Synchronization
import Tensors

/// Keys and values of the tokens a model has seen, one set for every layer in time: the core's
/// layers have one for each iteration (or share them, see `CacheStrategy`).
///
/// Keys are kept as attention reads them, after bias, norm and rotation. Calls go in order: the
/// model's `begin` adds positions, its layers then write their slots for these positions.
public final class KeyValueCache: Sendable {
  public let layout: CacheLayout
  public let strategy: CacheStrategy
  private let contents: Mutex<CacheContents>

  /// An empty cache.
  /// - Parameter seed: for the `randomized` lookup.
  /// - Throws: `CacheStrategyError` when the strategy does not fit the model.
  public init(
    layout: CacheLayout, strategy: CacheStrategy = CacheStrategy(), seed: UInt64 = 0
  ) throws(CacheStrategyError) {
    try strategy.check(layout)
    self.layout = layout
    self.strategy = strategy
    contents = Mutex(CacheContents(layout: layout, strategy: strategy, seed: seed))
  }

  /// Positions added so far, less those cleared.
  public var seen: Int { contents.withLock { $0.seen } }

  /// Adds positions at the end; layers write their keys and values for them next.
  /// - Returns: the new positions.
  @discardableResult public func extend(by tokens: Int) -> Range<Int> {
    precondition(tokens >= 0, "no negative number of tokens")
    return contents.withLock { contents in
      contents.seen += tokens
      contents.newest = tokens
      return contents.seen - tokens..<contents.seen
    }
  }

  /// Forgets the last `count` positions in every slot.
  public func clearLast(_ count: Int) {
    contents.withLock { $0.clear(from: max(0, $0.seen - count)) }
  }

  /// Takes out what the positions from `first` on keep of the core's iterations from `iteration`
  /// (counted from 0) on: what a token has that is thought about for a shorter time.
  /// - Precondition: iterations do not share slots.
  public func takeOut(iterationsFrom iteration: Int, positionsFrom first: Int) -> CacheCut {
    precondition(strategy.sharing == .none, "shared slots have no iteration of their own")
    return contents.withLock { contents in
      let start = layout.core(0, iteration: iteration)
      return contents.takeOut(from: first) { $0 >= start }
    }
  }

  /// Takes out the positions from `first` on. What is left is as it was before they were added,
  /// with the last `newest` positions those of the call that runs.
  public func takeOut(positionsFrom first: Int, newest: Int) -> CacheCut {
    contents.withLock { contents in
      let cut = contents.takeOut(from: first) { _ in true }
      contents.seen = first
      contents.newest = newest
      return cut
    }
  }

  /// Puts back what was taken out last, which leaves the cache as it was.
  /// - Precondition: what was added since has been taken out or cleared.
  public func putBack(_ cut: CacheCut) { contents.withLock { $0.putBack(cut) } }

  /// Bytes of all keys and values.
  public var bytes: Int {
    contents.withLock { $0.slots.values.reduce(0) { $0 + $1.rows.count } } * 4
  }

  /// Which positions have an entry in which slot, in order.
  public var positions: [Int: [Int]] { contents.withLock { $0.slots.mapValues(\.positions) } }

  /// Whether the newest positions may be written to a slot: those of the core and the prelude are
  /// written once for each position, unless iterations share them.
  public func canWrite(slot: Int) -> Bool { contents.withLock { $0.canWrite(slot) } }

  /// The slots a read gives, as (position, slot) in order: what attention at `slot` looks at.
  func sources(slot: Int) -> [(position: Int, slot: Int)] {
    contents.withLock { $0.sources(strategy.shared(slot, layout)) }
  }

  /// Writes keys and values of the newest positions.
  /// - Parameter projected: `[tokens, queries + keys + values]`.
  /// - Precondition: `canWrite(slot:)`, and one row for each of the newest positions.
  func write(_ projected: Buffer, slot: Int) {
    contents.withLock { $0.write(projected, slot: slot) }
  }

  /// Writes the newest keys and values, then lets the newest queries look at what the strategy
  /// gives.
  func attend(
    _ projected: Buffer, slot: Int, heads: Int, keyValueHeads: Int, into result: Buffer,
    team: ThreadTeam
  ) {
    contents.withLock { contents in
      contents.write(projected, slot: slot)
      if contents.seen == projected.rows {
        // Nothing older: the same as without a cache.
        Operations.causalAttention(
          projected, heads: heads, keyValueHeads: keyValueHeads, into: result, team: team)
        return
      }
      contents.withRows(strategy.shared(slot, layout)) { rows in
        Operations.cachedAttention(
          projected, heads: heads, keyValueHeads: keyValueHeads,
          headDimension: layout.keyWidth / keyValueHeads, kept: rows, into: result, team: team)
      }
    }
  }
}

/// Where the layers that run now keep their keys and values; nil where nothing is kept.
struct CachePlace {
  let cache: KeyValueCache
  let slot: Int
  /// Position of the first token of the call.
  let firstPosition: Int
}
