import Glibc

/// Numbers in few columns, the same everywhere.
enum Numbers {
  /// `12.3`, `.041`, `1e-5`: about three figures in at most six columns.
  static func short(_ value: Double) -> String {
    guard value.isFinite else { return value.isNaN ? "nan" : value < 0 ? "-inf" : "inf" }
    let size = abs(value)
    if size == 0 { return "0" }
    if size < 0.001 || size >= 99_999 { return exponent(value) }
    if size < 0.1 { return trimmed(fixed(value, 4)) }
    if size < 10 { return trimmed(fixed(value, 3)) }
    if size < 100 { return trimmed(fixed(value, 2)) }
    return trimmed(fixed(value, size < 1000 ? 1 : 0))
  }

  static func short(_ value: Float) -> String { short(Double(value)) }

  /// A label on an axis: two figures, so that it takes at most five columns.
  static func tick(_ value: Double) -> String {
    guard value.isFinite else { return "?" }
    let size = abs(value)
    if size < 1e-9 { return "0" }
    if size < 0.01 || size >= 9999 { return exponent(value) }
    if size < 1 { return trimmed(fixed(value, 2)) }
    return trimmed(fixed(value, size < 10 ? 2 : size < 100 ? 1 : 0))
  }

  /// Bytes in whole binary units: `32 MiB`.
  static func bytes(_ count: Int) -> String {
    var (value, unit) = (Double(count), 0)
    let units = ["B", "KiB", "MiB", "GiB", "TiB"]
    while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
    return fixed(value, value < 10 && value != value.rounded() ? 1 : 0) + " " + units[unit]
  }

  /// A probability as `.981`; one as `1.00`.
  static func probability(_ value: Float) -> String {
    guard value.isFinite else { return " nan" }
    if value >= 0.9995 { return "1.00" }
    if value > 0, value < 0.0005 { return "<.001" }
    return String(fixed(Double(value), 3).dropFirst())
  }

  /// A probability in three columns: `.98`, one as `1.0`.
  static func share(_ value: Float) -> String {
    guard value.isFinite else { return "nan" }
    return value >= 0.995 ? "1.0" : String(fixed(Double(value), 2).dropFirst())
  }

  /// A probability for those who count in hundredths: `98%`.
  static func percent(_ value: Float) -> String {
    value.isFinite ? "\(Int((Double(value) * 100).rounded()))%" : "nan"
  }

  /// Fixed decimals without the help of a locale.
  static func fixed(_ value: Double, _ decimals: Int) -> String {
    guard value.isFinite else { return short(value) }
    let factor = pow(10, Double(decimals))
    let scaled = (abs(value) * factor).rounded()
    guard scaled < 1e15 else { return exponent(value) }
    let sign = value < 0 && scaled > 0 ? "-" : ""
    let digits = String(Int(scaled))
    guard decimals > 0 else { return sign + digits }
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    return sign + padded.dropLast(decimals) + "." + padded.suffix(decimals)
  }

  /// `3e-5`
  private static func exponent(_ value: Double) -> String {
    var power = Int(floor(log10(abs(value))))
    var mantissa = Int((abs(value) / pow(10, Double(power))).rounded())
    if mantissa == 10 {
      mantissa = 1
      power += 1
    }
    return "\(value < 0 ? "-" : "")\(mantissa)e\(power)"
  }

  private static func trimmed(_ text: String) -> String {
    guard text.contains(".") else { return text }
    var text = text
    while text.hasSuffix("0") { text.removeLast() }
    if text.hasSuffix(".") { text.removeLast() }
    return text
  }

  /// `2.1 ms`, `340 µs`, `1.4 s`.
  static func duration(_ duration: Duration, ascii: Bool) -> String {
    let (seconds, attoseconds) = duration.components
    let time = Double(seconds) + Double(attoseconds) * 1e-18
    if time >= 1 { return "\(fixed(time, 1)) s" }
    if time >= 1e-3 { return "\(fixed(time * 1e3, time < 0.0995 ? 1 : 0)) ms" }
    return "\(fixed(time * 1e6, 0)) \(ascii ? "us" : "µs")"
  }
}
