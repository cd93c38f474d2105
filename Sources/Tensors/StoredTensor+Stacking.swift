/// Matrices that a file keeps apart and the computation reads as one.
extension StoredTensor {
  /// Stacks matrices of one width, rows of the first on top, or vectors one behind the other, in
  /// memory of their own. Element types that differ become float32, which holds all of them exactly.
  /// - Precondition: at least one; all have at least one dimension, and rows of one shape.
  public static func stacking(_ parts: [StoredTensor], name: String) -> StoredTensor {
    precondition(!parts.isEmpty, "nothing to stack")
    let row = parts[0].shape.dropFirst()
    precondition(
      parts.allSatisfy { !$0.shape.isEmpty && $0.shape.dropFirst() == row },
      "\(name): shapes \(parts.map(\.shape)) do not stack")
    let type = parts[0].elementType
    let isUniform = parts.allSatisfy { $0.elementType == type }
    let size = isUniform ? type.size : ElementType.float32.size
    let total = parts.reduce(0) { $0 + $1.count } * size
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, total), alignment: 64)
    var place = 0
    for part in parts {
      let target = UnsafeMutableRawBufferPointer(
        start: memory + place, count: part.count * size)
      if isUniform {
        part.region.withBytes(in: part.offset..<part.offset + part.count * size) {
          target.copyMemory(from: $0)
        }
      } else {
        part.floats().withUnsafeBytes { target.copyMemory(from: $0) }
      }
      place += part.count * size
    }
    nonisolated(unsafe) let address = UnsafeRawPointer(memory)
    return StoredTensor(
      name: name, shape: [parts.reduce(0) { $0 + $1.rows }] + row,
      elementType: isUniform ? type : .float32,
      region: ByteRegion(base: address, count: total) { address.deallocate() }, offset: 0)
  }
}
