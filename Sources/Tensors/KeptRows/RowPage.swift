import Synchronization

/// A piece of memory for rows that are written once, from the front, and never changed: whoever holds
/// a page and a count may read that many rows, whatever others add after them.
///
/// That is what lets many forks share what they have in common: a fork that goes on appends behind
/// the rows it knows if nobody else did before, and takes a page of its own otherwise.
final class RowPage: Sendable {
  /// Rows it has room for.
  let capacity: Int
  /// Numbers in a row.
  let width: Int
  private nonisolated(unsafe) let pointer: UnsafeMutablePointer<Float>  // [capacity, width]
  private let written = Mutex(0)

  init(capacity: Int, width: Int) {
    precondition(capacity > 0 && width > 0, "a page of [\(capacity), \(width)]")
    self.capacity = capacity
    self.width = width
    pointer = .allocate(capacity: capacity * width)
  }

  deinit { pointer.deallocate() }

  /// Where a row that was written lies.
  func row(_ index: Int) -> UnsafePointer<Float> { UnsafePointer(pointer + index * width) }

  /// Takes the next rows for the caller to fill before anybody else is told of them.
  /// - Parameter count: rows the caller knows.
  /// - Returns: how many it got, and where; 0 when others wrote behind these or the page is full.
  func claim(_ wanted: Int, after count: Int) -> (count: Int, first: UnsafeMutablePointer<Float>) {
    let taken = written.withLock { written in
      guard written == count else { return 0 }
      let taken = min(wanted, capacity - written)
      written += taken
      return taken
    }
    return (taken, pointer + count * width)
  }
}
