/// Numbers in text, as answers to compare.
public enum NumberReading {
  /// The last number of a text in one form of writing: `1,234.50` becomes `1234.5`; nil if there is
  /// none.
  public static func last(in text: String) -> String? {
    var last: String?
    var current: [UInt8] = []
    var before: UInt8 = 0x20
    let bytes = Array(text.utf8)
    for (index, byte) in bytes.enumerated() {
      let next = index + 1 < bytes.count ? bytes[index + 1] : 0x20
      if isDigit(byte) {
        // A minus after a letter or a digit is a hyphen or an operator.
        if current.isEmpty, before == UInt8(ascii: "-") { current.append(before) }
        current.append(byte)
      } else if !current.isEmpty {
        let groups = byte == UInt8(ascii: ",") || byte == UInt8(ascii: ".")
        if groups, isDigit(next), byte == UInt8(ascii: ",") || !current.contains(byte) {
          if byte == UInt8(ascii: ".") { current.append(byte) }
        } else {
          last = normal(current)
          current = []
        }
      }
      let isSign = byte == UInt8(ascii: "-")
      before = isSign && !isBlank(before) ? UInt8(ascii: "x") : byte
    }
    return current.isEmpty ? last : normal(current)
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  /// What may stand before a sign: blanks, brackets, currency, `=`.
  private static func isBlank(_ byte: UInt8) -> Bool {
    let isLetter = (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
    return !isLetter && !isDigit(byte) && byte != UInt8(ascii: ")")
  }

  /// Without what does not change a number: zeros before it, zeros after its point, the sign of 0.
  private static func normal(_ bytes: [UInt8]) -> String {
    let isNegative = bytes.first == UInt8(ascii: "-")
    let halves = bytes.drop { $0 == UInt8(ascii: "-") }.split(separator: UInt8(ascii: "."))
    let zero = UInt8(ascii: "0")
    var whole = Array((halves.first ?? []).drop { $0 == zero })
    if whole.isEmpty { whole = [zero] }
    let fraction =
      halves.count > 1 ? Array(halves[1].reversed().drop { $0 == zero }.reversed()) : []
    let isZero = whole == [zero] && fraction.isEmpty
    let text = whole + (fraction.isEmpty ? [] : [UInt8(ascii: ".")] + fraction)
    return (isNegative && !isZero ? "-" : "") + String(decoding: text, as: UTF8.self)
  }
}
