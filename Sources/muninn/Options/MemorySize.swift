import ArgumentParser

/// An amount of memory on the command line: bytes, or a number with a unit such as `512M` or
/// `1.5GiB`; units are binary.
struct MemorySize: ExpressibleByArgument, Equatable {
  let bytes: Int

  init(bytes: Int) { self.bytes = bytes }

  init?(argument: String) {
    let digits = argument.prefix { $0.isASCII && ($0.isNumber || $0 == ".") }
    var unit = argument.dropFirst(digits.count).lowercased()
    if unit.hasSuffix("ib") { unit.removeLast(2) } else if unit.hasSuffix("b") { unit.removeLast() }
    let powers = ["": 0, "k": 10, "m": 20, "g": 30, "t": 40]
    guard let number = Double(digits), number > 0, let power = powers[unit] else { return nil }
    let bytes = number * Double(1 << power)
    guard bytes >= 1, bytes < Double(1 << 50) else { return nil }
    self.init(bytes: Int(bytes))
  }
}
