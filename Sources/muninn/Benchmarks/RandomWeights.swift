import Foundation
import Tensors

/// Normal random numbers for measurements: a pool drawn once and repeated. Good enough for speed,
/// which depends on values only in that none is subnormal or infinite.
enum RandomWeights {
  /// Standard normal numbers within three deviations (Box and Muller's transform).
  static func normals(_ count: Int, seed: UInt64) -> [Float] {
    var state = seed &* 0x9E37_79B9_7F4A_7C15 | 1
    func uniform() -> Double {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return (Double(state >> 11) + 0.5) / Double(1 << 53)
    }
    var values: [Float] = []
    values.reserveCapacity(count)
    while values.count < count {
      let radius = (-2 * log(uniform())).squareRoot()
      let angle = 2 * Double.pi * uniform()
      values.append(Float(min(3, max(-3, radius * cos(angle)))))
      if values.count < count { values.append(Float(min(3, max(-3, radius * sin(angle))))) }
    }
    return values
  }

  /// Rounds to the nearest bfloat16, ties to even.
  static func bfloat16(_ value: Float) -> UInt16 {
    let bits = value.bitPattern
    return UInt16(truncatingIfNeeded: (bits + 0x7FFF + (bits >> 16 & 1)) >> 16)
  }

  /// A weight in memory of its own.
  static func tensor(
    outputs: Int, inputs: Int, type: ElementType, deviation: Float
  ) -> StoredTensor {
    let pool = normals(65_537, seed: 1).map { bfloat16($0 * deviation) }
    let bytes = outputs * inputs * type.size
    let memory = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 64)
    var next = 0
    for index in 0..<outputs * inputs {
      if type == .bfloat16 {
        memory.storeBytes(of: pool[next], toByteOffset: index * 2, as: UInt16.self)
      } else {
        memory.storeBytes(of: UInt32(pool[next]) << 16, toByteOffset: index * 4, as: UInt32.self)
      }
      next = next + 1 == pool.count ? 0 : next + 1
    }
    let address = UInt(bitPattern: memory)
    let region = ByteRegion(base: memory, count: bytes) {
      UnsafeMutableRawPointer(bitPattern: address)?.deallocate()
    }
    return StoredTensor(
      name: "random", shape: [outputs, inputs], elementType: type, region: region, offset: 0)
  }
}
