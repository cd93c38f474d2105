import Tensors

/// Memory given out in order and taken back all at once. After the first round of a computation it
/// allocates nothing any more.
final class TapeMemory {
  private var slabs: [UnsafeMutableRawBufferPointer] = []
  private var slab = 0
  private var used = 0

  deinit { for slab in slabs { slab.deallocate() } }

  /// Bytes taken from the system so far.
  var size: Int { slabs.reduce(0) { $0 + $1.count } }

  /// Takes everything back.
  func rewind() { (slab, used) = (0, 0) }

  /// Undefined bytes on a 64-byte boundary, valid until `rewind` has been called and others are given
  /// out.
  func bytes(_ count: Int) -> UnsafeMutableRawPointer {
    let rounded = max(64, (count + 63) & -64)
    while slab < slabs.count {
      if used + rounded <= slabs[slab].count, let base = slabs[slab].baseAddress {
        defer { used += rounded }
        return base + used
      }
      (slab, used) = (slab + 1, 0)
    }
    let size = max(Self.slabSize, rounded)
    let memory = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 64)
    slabs.append(UnsafeMutableRawBufferPointer(start: memory, count: size))
    used = rounded
    return memory
  }

  /// An undefined matrix.
  func matrix(rows: Int, columns: Int) -> BufferView {
    let stride = BufferView.stride(columns: columns)
    let memory = bytes(rows * stride * 4).bindMemory(to: Float.self, capacity: rows * stride)
    return BufferView(pointer: memory, rows: rows, columns: columns, stride: stride)
  }

  private static let slabSize = 1 << 22
}

/// One piece of memory that grows and is written again and again.
final class Scratch {
  private var memory: UnsafeMutableRawPointer?
  private var capacity = 0

  deinit { memory?.deallocate() }

  /// Bytes taken from the system.
  var size: Int { capacity }

  /// At least `count` undefined bytes on a 64-byte boundary; what was there before is gone.
  func bytes(_ count: Int) -> UnsafeMutableRawPointer {
    if let memory, capacity >= count { return memory }
    memory?.deallocate()
    let fresh = UnsafeMutableRawPointer.allocate(byteCount: max(64, count), alignment: 64)
    (memory, capacity) = (fresh, max(64, count))
    return fresh
  }

  /// An undefined matrix in place of what was there before.
  func matrix(rows: Int, columns: Int) -> BufferView {
    let stride = BufferView.stride(columns: columns)
    let memory = bytes(rows * stride * 4).bindMemory(to: Float.self, capacity: rows * stride)
    return BufferView(pointer: memory, rows: rows, columns: columns, stride: stride)
  }
}
