import ArgumentParser

/// Numbers on the command line that lie in a range.
enum NumberOption {
  /// - Throws: `ValidationError` that names the option, its range and the number.
  static func check(_ value: Int?, _ option: String, _ range: ClosedRange<Int>) throws {
    guard let value, !range.contains(value) else { return }
    throw ValidationError(
      "--\(option) takes a number from \(range.lowerBound) to \(range.upperBound), not \(value).")
  }
}
