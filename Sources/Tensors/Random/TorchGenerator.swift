import Glibc

/// Random numbers in the order in which torch's CPU generator gives them out, so that a run can be
/// repeated from its seed on either side.
public struct TorchGenerator: Sendable {
  /// How drawn numbers are stored: torch draws bfloat16 tensors in another order than float32 ones.
  public enum Storage: String, Codable, Sendable, CaseIterable {
    case float32
    case bfloat16
  }

  private var twister: MersenneTwister
  /// The second number of the last pair that a short normal draw made.
  private var spare: Double?

  /// As `torch.manual_seed(seed)`.
  public init(seed: UInt64) { twister = MersenneTwister(seed: seed) }

  /// 32 random bits.
  public mutating func bits32() -> UInt32 { twister.draw() }

  /// 64 random bits, the high half drawn first.
  public mutating func bits64() -> UInt64 {
    let high = UInt64(twister.draw())
    return high << 32 | UInt64(twister.draw())
  }

  /// A float32 in 0..<1 with 24 random bits.
  public mutating func unit() -> Float { Float(bits32() & 0xFF_FFFF) * 0x1p-24 }

  /// A float64 in 0..<1 with 53 random bits.
  public mutating func unitDouble() -> Double {
    Double(bits64() & 0x1F_FFFF_FFFF_FFFF) * 0x1p-53
  }

  /// As `torch.empty(count).uniform_(from, to)`.
  public mutating func uniform(
    _ count: Int, from low: Float = 0, to high: Float = 1, storage: Storage = .float32
  ) -> [Float] {
    let (first, end) = (storage.round(low), storage.round(high))
    return (0..<count).map { _ in
      // One rounding, as the compiled reference does: near ±1 the inverse error function makes a
      // hundredfold of the last bit. What rounds up to the open end becomes the closed one.
      let value = storage.round(low.addingProduct(unit(), high - low))
      return value >= end ? first : value
    }
  }

  /// As `torch.empty(count).normal_(mean, deviation)`: one by one in float64 for fewer than 16
  /// numbers, else in blocks of 16 whose two halves are the two ends of the Box–Muller pairs.
  public mutating func normal(
    _ count: Int, mean: Float = 0, deviation: Float = 1, storage: Storage = .float32
  ) -> [Float] {
    precondition(count >= 0, "no negative number of draws")
    guard count >= 16 else {
      return (0..<count).map { _ in
        storage.round(Float(nextNormal() * Double(deviation) + Double(mean)))
      }
    }
    var values = [Float](repeating: 0, count: count)
    // float32 draws all uniforms first, bfloat16 only those of whole blocks.
    let drawn = storage == .float32 ? count : count / 16 * 16
    for i in 0..<drawn { values[i] = unit() }
    for start in stride(from: 0, through: count - 16, by: 16) {
      Self.boxMuller(&values, at: start, mean: mean, deviation: deviation)
    }
    if count % 16 != 0 {
      // What does not fill a block makes the last 16 numbers be drawn anew.
      for i in count - 16..<count { values[i] = unit() }
      Self.boxMuller(&values, at: count - 16, mean: mean, deviation: deviation)
    }
    return storage == .float32 ? values : values.map(storage.round)
  }

  // Not 2 * Float.pi, which is rounded towards zero.
  private static let fullTurn = Float(2 * Double.pi)

  private static func boxMuller(
    _ values: inout [Float], at start: Int, mean: Float, deviation: Float
  ) {
    for i in start..<start + 8 {
      let radius = (-2 * logf(1 - values[i])).squareRoot()
      let angle = fullTurn * values[i + 8]
      values[i] = radius * cosf(angle) * deviation + mean
      values[i + 8] = radius * sinf(angle) * deviation + mean
    }
  }

  private mutating func nextNormal() -> Double {
    if let value = spare {
      spare = nil
      return value
    }
    let first = unitDouble()
    let second = unitDouble()
    let radius = (-2 * log1p(-second)).squareRoot()
    let angle = 2 * Double.pi * first
    spare = radius * sin(angle)
    return radius * cos(angle)
  }

  /// As `torch.bernoulli` of `count` equal probabilities.
  public mutating func bernoulli(_ count: Int, probability: Float) -> [Bool] {
    (0..<count).map { _ in unit() < probability }
  }

  /// As `torch.randint(low, high, (count,))`: low..<high.
  /// - Precondition: the range is not empty.
  public mutating func integers(_ count: Int, in range: Range<Int>) -> [Int] {
    precondition(!range.isEmpty, "no integer in \(range)")
    let width = UInt64(range.upperBound) &- UInt64(range.lowerBound)
    return (0..<count).map { _ in
      let value = width >= 1 << 28 ? bits64() % width : UInt64(bits32()) % width
      return range.lowerBound + Int(value)
    }
  }
}

extension TorchGenerator.Storage {
  /// The nearest value this storage holds, ties to even.
  public func round(_ value: Float) -> Float {
    guard self == .bfloat16, value.isFinite else { return value }
    let bits = value.bitPattern
    return Float(bitPattern: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) & 0xFFFF_0000)
  }
}
