extension StoredTensor {
  /// The matrix with rows and columns changed about, in memory of its own: files of some families
  /// store linear maps as [inputs, outputs].
  /// - Precondition: it is two-dimensional.
  public func transposed() -> StoredTensor {
    precondition(shape.count == 2, "\(name): shape \(shape) is no matrix")
    let (rows, columns, size) = (shape[0], shape[1], elementType.size)
    let total = count * size
    let memory = UnsafeMutableRawPointer.allocate(byteCount: max(1, total), alignment: 64)
    region.withBytes(in: offset..<offset + total) { bytes in
      // In squares, so that neither side is read all across its length.
      let side = 64
      for top in stride(from: 0, to: rows, by: side) {
        for left in stride(from: 0, to: columns, by: side) {
          for row in top..<min(rows, top + side) {
            for column in left..<min(columns, left + side) {
              let from = (row * columns + column) * size
              let to = (column * rows + row) * size
              for byte in 0..<size {
                memory.storeBytes(of: bytes[from + byte], toByteOffset: to + byte, as: UInt8.self)
              }
            }
          }
        }
      }
    }
    nonisolated(unsafe) let address = UnsafeRawPointer(memory)
    return StoredTensor(
      name: name, shape: [columns, rows], elementType: elementType,
      region: ByteRegion(base: address, count: total) { address.deallocate() }, offset: 0)
  }
}
