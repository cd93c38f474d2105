import Foundation
import Tensors

/// Repeatable numbers for tests.
struct TestNumbers {
  private var state: UInt64
  init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

  /// Uniform in −1..<1.
  mutating func next() -> Float {
    state ^= state << 13
    state ^= state >> 7
    state ^= state << 17
    return Float(Int32(truncatingIfNeeded: state >> 20) >> 8) / Float(1 << 23)
  }

  mutating func floats(_ count: Int) -> [Float] { (0..<count).map { _ in next() } }

  mutating func matrix(_ rows: Int, _ columns: Int) -> Matrix {
    Matrix(rows: rows, columns: columns, values: floats(rows * columns))
  }
}

/// A stored tensor of the given numbers, at an odd address so that nothing may assume alignment.
func stored(
  _ values: [Float], shape: [Int], as type: ElementType = .float32, name: String = "test.weight"
) -> StoredTensor {
  var bytes: [UInt8] = [0]
  for value in values {
    switch type {
    case .float32: withUnsafeBytes(of: value.bitPattern) { bytes.append(contentsOf: $0) }
    case .bfloat16:
      withUnsafeBytes(of: UInt16(value.bitPattern >> 16)) { bytes.append(contentsOf: $0) }
    case .float16: withUnsafeBytes(of: Float16(value).bitPattern) { bytes.append(contentsOf: $0) }
    }
  }
  let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes.count, alignment: 16)
  memory.copyMemory(from: bytes, byteCount: bytes.count)
  let address = UInt(bitPattern: memory)
  let region = ByteRegion(base: memory, count: bytes.count) {
    UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
  }
  return StoredTensor(name: name, shape: shape, elementType: type, region: region, offset: 1)
}

/// The largest difference between two lists, over the largest magnitude of the second.
func relativeError(_ a: [Float], _ b: [Float]) -> Double {
  precondition(a.count == b.count)
  let largest = b.map { abs(Double($0)) }.max() ?? 0
  let error = zip(a, b).map { abs(Double($0) - Double($1)) }.max() ?? 0
  return a.allSatisfy(\.isFinite) ? error / max(largest, 1e-30) : .infinity
}
