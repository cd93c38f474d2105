/// How the elements of a stored tensor are encoded. Raw values are the names safetensors uses.
public enum ElementType: String, Sendable, CaseIterable {
  case float32 = "F32"
  case bfloat16 = "BF16"
  case float16 = "F16"

  /// Bytes per element.
  public var size: Int { self == .float32 ? 4 : 2 }
}

/// A tensor as it lies in a file: shape, element type, and where its bytes are. Nothing is
/// converted until asked for.
public struct StoredTensor: Sendable {
  /// What the file calls it.
  public let name: String
  /// Sizes, outermost first.
  public let shape: [Int]
  /// The encoding of each element.
  public let elementType: ElementType
  /// The memory it lies in.
  public let region: ByteRegion
  /// Offset of its first byte in `region`.
  public let offset: Int

  /// - Precondition: all bytes lie inside the region.
  public init(
    name: String, shape: [Int], elementType: ElementType, region: ByteRegion, offset: Int
  ) {
    let count = shape.reduce(1, *)
    precondition(offset >= 0 && offset + count * elementType.size <= region.count)
    self.name = name
    self.shape = shape
    self.elementType = elementType
    self.region = region
    self.offset = offset
  }

  /// Number of elements.
  public var count: Int { shape.reduce(1, *) }
  /// Size of the outermost dimension; 1 for a scalar.
  public var rows: Int { shape.first ?? 1 }
  /// Elements per row.
  public var rowLength: Int { shape.dropFirst().reduce(1, *) }

  /// Some of its rows, where they lie.
  /// - Precondition: the rows exist.
  public func rows(_ some: Range<Int>) -> StoredTensor {
    precondition(!shape.isEmpty && some.lowerBound >= 0 && some.upperBound <= rows, "rows \(some)")
    return StoredTensor(
      name: name, shape: [some.count] + shape.dropFirst(), elementType: elementType,
      region: region, offset: offset + some.lowerBound * rowLength * elementType.size)
  }

  /// The elements converted to float32 (exact for every supported encoding).
  public func floats() -> [Float] { floats(in: 0..<count) }

  /// Elements `range`, counted in row-major order, converted to float32.
  public func floats(in range: Range<Int>) -> [Float] {
    precondition(range.lowerBound >= 0 && range.upperBound <= count)
    let start = offset + range.lowerBound * elementType.size
    return region.withBytes(in: start..<start + range.count * elementType.size) { bytes in
      [Float](unsafeUninitializedCapacity: range.count) { out, written in
        switch elementType {
        case .float32:
          UnsafeMutableRawBufferPointer(out).copyMemory(from: bytes)
        case .bfloat16:
          for i in 0..<range.count {
            let bits = bytes.loadUnaligned(fromByteOffset: i * 2, as: UInt16.self)
            out[i] = Float(bitPattern: UInt32(bits) << 16)
          }
        case .float16:
          for i in 0..<range.count {
            let bits = bytes.loadUnaligned(fromByteOffset: i * 2, as: UInt16.self)
            out[i] = Float(Float16(bitPattern: bits))
          }
        }
        written = range.count
      }
    }
  }
}
