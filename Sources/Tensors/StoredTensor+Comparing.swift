import Glibc

extension StoredTensor {
  /// Whether two tensors have one shape and the same elements, bit by bit where both are stored in one
  /// type. Reads a few megabytes at a time and keeps none of them.
  public func hasSameElements(as other: StoredTensor) -> Bool {
    guard shape == other.shape else { return false }
    let step = 1 << 21
    return stride(from: 0, to: count, by: step).allSatisfy { first in
      let elements = first..<min(count, first + step)
      guard elementType == other.elementType else {
        return floats(in: elements) == other.floats(in: elements)
      }
      return reading(elements) { a in
        other.reading(elements) { b in
          guard let a = a.baseAddress, let b = b.baseAddress else { return true }
          return memcmp(a, b, elements.count * elementType.size) == 0
        }
      }
    }
  }

  private func reading(
    _ elements: Range<Int>, _ body: (UnsafeRawBufferPointer) -> Bool
  ) -> Bool {
    let size = elementType.size
    let bytes = offset + elements.lowerBound * size..<offset + elements.upperBound * size
    region.prepareToRead(bytes)
    defer { region.giveBack(bytes) }
    return region.withBytes(in: bytes, body)
  }
}
