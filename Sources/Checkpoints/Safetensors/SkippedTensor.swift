import Tensors

/// A tensor that is in a file but is no floating-point weight this program computes with. It keeps
/// its place, so integers (token ids in reference files) can still be read.
public struct SkippedTensor: Sendable {
  /// What the file calls it.
  public let name: String
  /// Sizes, outermost first.
  public let shape: [Int]
  /// The element type as the file spells it, such as `I64`.
  public let type: String
  /// Why it is skipped, a clause such as "its elements are integers".
  public let reason: String
  /// The memory it lies in.
  let region: ByteRegion
  /// Its bytes in `region`.
  let range: Range<Int>

  /// The elements of a float64 tensor, each rounded to float32; nil for another type.
  public func roundedDoubles() -> [Float]? {
    guard type == "F64" else { return nil }
    return region.withBytes(in: range) { bytes in
      (0..<range.count / 8).map {
        Float(bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self))
      }
    }
  }

  /// Whether its elements are floating-point numbers, of whatever width.
  var isFloating: Bool { type.hasPrefix("F") || type.hasPrefix("BF") || type.hasPrefix("C") }

  /// The elements as integers; nil when the type is no integer type. U64 values beyond the range
  /// of `Int` come out as their bit pattern.
  public func integers() -> [Int]? {
    switch type {
    case "I32": elements(Int32.self)
    case "I64": elements(Int64.self)
    case "I16": elements(Int16.self)
    case "I8": elements(Int8.self)
    case "U8", "BOOL": elements(UInt8.self)
    case "U16": elements(UInt16.self)
    case "U32": elements(UInt32.self)
    case "U64": elements(UInt64.self)
    default: nil
    }
  }

  private func elements<Element: FixedWidthInteger & BitwiseCopyable>(
    _: Element.Type
  ) -> [Int] {
    region.withBytes(in: range) { bytes in
      let size = MemoryLayout<Element>.size
      return (0..<range.count / size).map { index in
        Int(
          truncatingIfNeeded: bytes.loadUnaligned(fromByteOffset: index * size, as: Element.self))
      }
    }
  }
}
