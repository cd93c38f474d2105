/// A short mark by which two long things are told apart, and damaged ones from whole ones. It guards
/// against mistakes, not against malice.
///
/// Bytes go by FNV-1a of 64 bits (Fowler, Noll and Vo). Floats go through eight lanes of the same rule
/// over their bits, so that a gigabyte takes a fraction of a second; every lane maps different words
/// to different values, so that no single change goes unseen.
public struct Fingerprint: Sendable, Equatable {
  @usableFromInline var hash: UInt64 = 0xCBF2_9CE4_8422_2325

  /// The mark of nothing yet.
  public init() {}

  /// The mark of all that was added.
  public var value: UInt64 { hash }

  /// The same in 16 hexadecimal digits.
  public var text: String {
    let digits = String(value, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }

  /// The mark of some bytes.
  public static func of(_ bytes: some Sequence<UInt8>) -> UInt64 {
    var print = Fingerprint()
    print.add(bytes)
    return print.value
  }

  /// Adds bytes; how they are cut into calls makes no difference.
  @inlinable
  public mutating func add(_ bytes: some Sequence<UInt8>) { for byte in bytes { add(byte) } }

  /// Adds a text and its end, so that two texts are not taken for one.
  public mutating func add(_ text: String) {
    add(text.utf8)
    add(0xFF)
  }

  /// Adds numbers by their bits, and how many they are.
  public mutating func add(_ floats: [Float]) {
    var lanes = SIMD8<UInt32>(repeating: 0x811C_9DC5)
    let prime = SIMD8<UInt32>(repeating: 0x0100_0193)
    let whole = floats.count & ~7
    floats.withUnsafeBytes { bytes in
      for i in stride(from: 0, to: 4 * whole, by: 32) {
        lanes = (lanes ^ bytes.loadUnaligned(fromByteOffset: i, as: SIMD8<UInt32>.self)) &* prime
      }
    }
    for lane in lanes.indices { add(word: lanes[lane]) }
    for value in floats[whole...] { add(word: value.bitPattern) }
    add(word: UInt32(truncatingIfNeeded: floats.count))
  }

  private mutating func add(word: UInt32) {
    for shift in stride(from: UInt32(0), to: 32, by: 8) {
      add(UInt8(truncatingIfNeeded: word >> shift))
    }
  }

  @inlinable mutating func add(_ byte: UInt8) { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
}
