/// The printable stand-ins that byte-level vocabularies use for the 256 bytes (the GPT-2 table):
/// printable Latin-1 stands for itself, the others follow from U+0100 on in order.
enum ByteAlphabet {
  /// The scalar value of each byte.
  static let scalars: [UInt32] = {
    var next: UInt32 = 256
    return (UInt32(0)...255).map { byte in
      if (33...126).contains(byte) || (161...172).contains(byte) || (174...255).contains(byte) {
        return byte
      }
      next += 1
      return next - 1
    }
  }()

  /// The byte of a scalar value below 0x144, or nil for one that stands for no byte.
  private static let bytes: [UInt8?] = {
    var table = [UInt8?](repeating: nil, count: 0x144)
    for (byte, scalar) in scalars.enumerated() { table[Int(scalar)] = UInt8(byte) }
    return table
  }()

  /// The byte a scalar stands for, if any.
  static func byte(of scalar: UInt32) -> UInt8? {
    scalar < 0x144 ? bytes[Int(scalar)] : nil
  }

  /// The bytes a piece stands for; a piece with a character outside the alphabet (an added token
  /// with a space in it) stands for its own UTF-8.
  static func bytes(of piece: [UInt32]) -> [UInt8] {
    var result: [UInt8] = []
    result.reserveCapacity(piece.count)
    for scalar in piece {
      guard let byte = byte(of: scalar) else { return ScalarText.utf8(piece) }
      result.append(byte)
    }
    return result
  }
}

/// Conversions between text and arrays of Unicode scalar values, the form all stages work on:
/// Swift's `Character` and `String` comparison follow canonical equivalence, vocabularies do not.
enum ScalarText {
  /// The scalar values of a string.
  static func scalars(_ text: String) -> [UInt32] { text.unicodeScalars.map(\.value) }

  /// The string of scalar values.
  static func string(_ scalars: [UInt32]) -> String {
    var text = ""
    for value in scalars { text.unicodeScalars.append(Unicode.Scalar(value) ?? "\u{FFFD}") }
    return text
  }

  /// The UTF-8 of scalar values.
  static func utf8(_ scalars: [UInt32]) -> [UInt8] { Array(string(scalars).utf8) }

  /// Whether a scalar is white space as Python sees it, which also counts the four separators
  /// U+001C to U+001F.
  static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isWhitespace || ("\u{1C}"..."\u{1F}").contains(scalar)
  }

  /// `scalars` with the text of some ranges, in order, replaced.
  static func replacing(
    _ ranges: [Range<Int>], in scalars: [UInt32], by content: [UInt32]
  ) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(scalars.count)
    var position = 0
    for range in ranges {
      result += scalars[position..<range.lowerBound]
      result += content
      position = range.upperBound
    }
    return result + scalars[position...]
  }

  /// Where a pattern occurs, left to right, without overlap. An empty one occurs everywhere.
  static func ranges(of pattern: [UInt32], in scalars: [UInt32]) -> [Range<Int>] {
    guard let first = pattern.first else { return (0...scalars.count).map { $0..<$0 } }
    var result: [Range<Int>] = []
    var position = 0
    while position + pattern.count <= scalars.count {
      if scalars[position] == first, scalars[position...].starts(with: pattern) {
        result.append(position..<position + pattern.count)
        position += pattern.count
      } else {
        position += 1
      }
    }
    return result
  }
}
