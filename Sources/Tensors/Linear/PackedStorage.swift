import Glibc

/// Anonymous memory for packed weights: zero-filled, page-aligned, huge pages advised.
final class PackedStorage: @unchecked Sendable {
  let bytes: UnsafeMutableRawPointer
  let count: Int

  /// - Parameter purpose: named in the error.
  /// - Throws: `OutOfMemory` when the system refuses.
  init(count: Int, purpose: String = "") throws(OutOfMemory) {
    guard count >= 0, count < Int.max / 2 else { throw OutOfMemory(bytes: count, purpose: purpose) }
    let hugePage = 2 << 20
    // Only large weights gain from huge pages; rounding up small ones would waste most of a page.
    let rounded = count >= hugePage ? (count + hugePage - 1) & -hugePage : max(count, 1)
    let spare = count >= hugePage ? hugePage : 0
    let memory = mmap(
      nil, rounded + spare, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let memory, memory != MAP_FAILED else {
      throw OutOfMemory(bytes: count, purpose: purpose)
    }
    mapping = memory
    mapped = rounded + spare
    bytes = spare > 0 ? memory.alignedUp(toMultipleOf: hugePage) : memory
    self.count = count
    if spare > 0 { _ = madvise(bytes, rounded, MADV_HUGEPAGE) }
  }

  deinit { munmap(mapping, mapped) }

  private let mapping: UnsafeMutableRawPointer
  private let mapped: Int
}

extension UnsafeMutableRawPointer {
  fileprivate func alignedUp(toMultipleOf alignment: Int) -> UnsafeMutableRawPointer {
    let address = UInt(bitPattern: self)
    let mask = UInt(alignment - 1)
    return self + Int(((address + mask) & ~mask) - address)
  }
}
