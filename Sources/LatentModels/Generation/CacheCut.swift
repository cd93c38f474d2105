/// Keys and values taken out of a cache, to be put back later: how a text goes back to an earlier
/// token or iteration without losing what came after it.
public struct CacheCut: Sendable {
  /// What each slot lost, at its end.
  fileprivate let slots: [Int: CacheSlot]
  /// How many positions the cache had seen, and how many of them were the newest.
  fileprivate let seen: Int
  fileprivate let newest: Int
}

extension CacheContents {
  mutating func takeOut(from first: Int, where isMeant: (Int) -> Bool) -> CacheCut {
    let width = 2 * layout.keyWidth
    var taken: [Int: CacheSlot] = [:]
    // A list of its own: a second reference to the rows would make every removal copy them.
    for slot in Array(slots.keys) where isMeant(slot) {
      let count = slots[slot]?.positions.count ?? 0
      var kept = count
      while kept > 0, let last = slots[slot]?.positions[kept - 1], last >= first { kept -= 1 }
      guard kept < count else { continue }
      if kept == 0 {
        taken[slot] = slots.removeValue(forKey: slot)
        continue
      }
      taken[slot] = CacheSlot(
        positions: Array(slots[slot]?.positions[kept...] ?? []),
        rows: Array(slots[slot]?.rows[(kept * width)...] ?? []))
      slots[slot]?.positions.removeSubrange(kept...)
      slots[slot]?.rows.removeSubrange((kept * width)...)
    }
    return CacheCut(slots: taken, seen: seen, newest: newest)
  }

  mutating func putBack(_ cut: CacheCut) {
    for (slot, taken) in cut.slots {
      if let last = slots[slot]?.positions.last, let first = taken.positions.first {
        precondition(last < first, "slot \(slot) has position \(first) already")
      }
      slots[slot, default: CacheSlot()].positions += taken.positions
      slots[slot, default: CacheSlot()].rows += taken.rows
    }
    seen = cut.seen
    newest = cut.newest
  }
}
