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
    PlacedRandom(key: Self.mix(key ^ part &* Self.partStep))
  }

  /// The seed whose first part, 0, is where part `part` of `seed` is: what is drawn for one of many copies,
  /// drawn as for the first of another seed. There is one for each, as the finalizer can be undone.
  public static func seed(ofPart part: UInt64, of seed: UInt64) -> UInt64 {
    unmix(PlacedRandom(seed: seed).key ^ part &* partStep) &- step
  }

  /// 64 random bits of a coordinate.
  @inline(__always) public func bits(_ coordinate: UInt64) -> UInt64 {
    Self.mix(key &+ coordinate &* Self.step)
  }

  /// Normal numbers of mean 0 and deviation 1, of the coordinates from 0 on (Box and Muller, 1958; each
  /// pair of coordinates has one draw).
  public func normal(_ count: Int) -> [Float] {
    [Float](unsafeUninitializedCapacity: max(0, count)) { numbers, written in
      for coordinate in stride(from: 0, to: count, by: 2) {
        let bits = bits(UInt64(coordinate))
        // In (0, 1], so that the logarithm is finite, and in [0, 1).
        let distance = (Double(bits >> 32) + 1) * 0x1p-32
        let angle = Double(bits & 0xFFFF_FFFF) * 0x1p-32 * 2 * Double.pi
        let radius = (-2 * log(distance)).squareRoot()
        numbers[coordinate] = Float(radius * cos(angle))
        if coordinate + 1 < count { numbers[coordinate + 1] = Float(radius * sin(angle)) }
      }
      written = max(0, count)
    }
  }

  private static let step: UInt64 = 0x9E37_79B9_7F4A_7C15
  private static let partStep: UInt64 = 0xD1B5_4A32_D192_ED03

  @inline(__always) private static func mix(_ value: UInt64) -> UInt64 {
    var z = value
    z = (z ^ z >> 30) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ z >> 27) &* 0x94D0_49BB_1331_11EB
    return z ^ z >> 31
  }

  /// The value that `mix` makes this of: shifts undone twice as far at a time, and products by the inverses
  /// of both factors modulo 2⁶⁴.
  private static func unmix(_ value: UInt64) -> UInt64 {
    var z = (value ^ value >> 31 ^ value >> 62) &* 0x3196_42B2_D24D_8EC3
    z = (z ^ z >> 27 ^ z >> 54) &* 0x96DE_1B17_3F11_9089
    return z ^ z >> 30 ^ z >> 60
  }
}
