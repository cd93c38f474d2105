import CKernels

/// Random numbers that are a function of a seed and a place alone: it does not matter which thread draws
/// which, what was drawn before, or what else is drawn beside them.
///
/// A place is told part by part: `PlacedRandom(seed: 7).at(copy).at(iteration).at(site).at(position)`,
/// then its numbers by coordinate. Bits come out of the finalizer of splitmix64 (Steele, Lea and Flood,
/// 2014) over a counter, as in that generator.
public struct PlacedRandom: Sendable, Hashable {
  let key: UInt64

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

  /// Normal numbers of mean 0, of the coordinates from 0 on (Box and Muller, 1958; each pair of
  /// coordinates has one draw). They are the same to the bit on every machine, and within 2·10⁻⁷ of
  /// exact ones as a share of the pair's length, which is below 6.7.
  /// - Parameter size: their deviation, which each is multiplied by in float32.
  public func normal(_ count: Int, size: Float = 1) -> [Float] {
    [Float](unsafeUninitializedCapacity: max(0, count)) { numbers, written in
      muninn_kernels().pointee.normals(key, size, numbers.baseAddress, Int64(max(0, count)))
      written = max(0, count)
    }
  }

  /// What elements are multiplied by where some are dropped: 0 with a chance of `share`, else
  /// 1 / (1 − share), so that their mean stays.
  /// - Precondition: a share from 0 to below 1.
  public func dropout(_ count: Int, share: Float) -> [Float] {
    let dropping = Dropping(share: share)
    var factors = [Float](repeating: 1, count: max(0, count))
    muninn_kernels().pointee.drop(
      key, dropping.threshold, dropping.kept, &factors, Int64(factors.count))
    return factors
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
