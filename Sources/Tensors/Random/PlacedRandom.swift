import Glibc

/// Random numbers that are a function of a seed and a place alone: it does not matter which thread draws
/// which, what was drawn before, or what else is drawn beside them.
///
/// A place is told part by part: `PlacedRandom(seed: 7).at(copy).at(iteration).at(site).at(position)`,
/// then its numbers by coordinate. Bits come out of the finalizer of splitmix64 (Steele, Lea and Flood,
/// 2014) over a counter, as in that generator.
public struct PlacedRandom: Sendable, Hashable {
  private let key: UInt64

  private init(key: UInt64) { self.key = key }

  /// All places of a seed.
  public init(seed: UInt64) { key = Self.mix(seed &+ Self.step) }

  /// A part of this place: parts of different numbers have nothing to do with each other.
  @inline(__always) public func at(_ part: UInt64) -> PlacedRandom {
    PlacedRandom(key: Self.mix(key ^ part &* 0xD1B5_4A32_D192_ED03))
  }

  /// 64 random bits of a coordinate.
  @inline(__always) public func bits(_ coordinate: UInt64) -> UInt64 {
    Self.mix(key &+ coordinate &* Self.step)
  }

  /// Normal numbers of mean 0 and deviation 1, of the coordinates from 0 on (Box and Muller, 1958; each
  /// pair of coordinates has one draw).
  public func normal(_ count: Int) -> [Float] {
    (0..<count).map { coordinate in
      let bits = bits(UInt64(coordinate & ~1))
      // In (0, 1], so that the logarithm is finite, and in [0, 1).
      let distance = (Double(bits >> 32) + 1) * 0x1p-32
      let angle = Double(bits & 0xFFFF_FFFF) * 0x1p-32 * 2 * Double.pi
      let radius = (-2 * log(distance)).squareRoot()
      return Float(radius * (coordinate & 1 == 0 ? cos(angle) : sin(angle)))
    }
  }

  private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15

  @inline(__always) private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }
}
