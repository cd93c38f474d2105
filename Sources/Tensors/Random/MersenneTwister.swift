/// The generator mt19937 (Matsumoto and Nishimura, 1998), as torch's CPU generator seeds it.
public struct MersenneTwister: Sendable {
  private var state: [UInt32]  // [624]
  private var next = 624

  /// Starts a sequence; only the low 32 bits of the seed matter.
  public init(seed: UInt64) {
    state = [UInt32](repeating: 0, count: 624)
    state[0] = UInt32(truncatingIfNeeded: seed)
    for i in 1..<624 {
      state[i] = 1_812_433_253 &* (state[i - 1] ^ state[i - 1] >> 30) &+ UInt32(i)
    }
  }

  /// 32 random bits.
  public mutating func draw() -> UInt32 {
    if next == 624 { refill() }
    var y = state[next]
    next += 1
    y ^= y >> 11
    y ^= y << 7 & 0x9D2C_5680
    y ^= y << 15 & 0xEFC6_0000
    y ^= y >> 18
    return y
  }

  private mutating func refill() {
    state.withUnsafeMutableBufferPointer { state in
      for i in 0..<624 {
        let following = i + 1 == 624 ? 0 : i + 1
        let middle = i + 397 < 624 ? i + 397 : i + 397 - 624
        let y = state[i] & 0x8000_0000 | state[following] & 0x7FFF_FFFF
        state[i] = state[middle] ^ y >> 1 ^ (y & 1 == 0 ? 0 : 0x9908_B0DF)
      }
    }
    next = 0
  }
}
