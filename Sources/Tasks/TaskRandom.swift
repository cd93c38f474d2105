/// A small generator (SplitMix64, Steele, Lea and Flood 2014) whose whole state is one number, so that
/// data can be drawn again from any point of a run and is the same on every machine.
public struct TaskRandom: RandomNumberGenerator, Sendable, Equatable {
  /// All there is to know about what follows.
  public var state: UInt64

  /// A generator for one stream of a seed; streams of one seed do not overlap in practice.
  public init(seed: UInt64, stream: UInt64 = 0) {
    var mixer = TaskRandom(state: seed)
    state = mixer.next() ^ (stream &* 0xD1B5_4A32_D192_ED03)
    state = next()
  }

  private init(state: UInt64) { self.state = state }

  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A whole number in `0..<count`, unbiased.
  /// - Precondition: `count` is positive.
  public mutating func below(_ count: Int) -> Int {
    precondition(count > 0, "nothing to draw from")
    let bound = UInt64(count)
    let threshold = (0 &- bound) % bound
    while true {
      let product = next().multipliedFullWidth(by: bound)
      if product.low >= threshold { return Int(product.high) }
    }
  }

  /// A number in [0, 1) with 53 random bits.
  public mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }

  /// The same things in a random order (Fisher and Yates).
  static func shuffled<Element>(_ things: [Element], _ random: inout TaskRandom) -> [Element] {
    var things = things
    for last in stride(from: things.count - 1, to: 0, by: -1) {
      things.swapAt(last, random.below(last + 1))
    }
    return things
  }
}
