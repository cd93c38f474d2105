/// Matrices that a file keeps apart and the computation reads as one.
extension StoredTensor {
  /// Stacks matrices of one width, rows of the first on top, in memory of their own. Element types
  /// that differ become float32, which holds all of them exactly.
  /// - Precondition: at least one matrix; all are two-dimensional and equally wide.
  public static func stacking(_ parts: [StoredTensor], name: String) -> StoredTensor {
    precondition(!parts.isEmpty, "nothing to stack")
    let width = parts[0].rowLength
    precondition(
      parts.allSatisfy { $0.shape.count == 2 && $0.rowLength == width },
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
      name: name, shape: [parts.reduce(0) { $0 + $1.rows }, width],
      elementType: isUniform ? type : .float32,
      region: ByteRegion(base: address, count: total) { address.deallocate() }, offset: 0)
  }
}
