import Tasks

/// A text that windows are drawn from.
public struct PlainText: Sendable {
  /// The text, runs of blanks and line ends made one blank: a line of its own is a prompt here.
  let bytes: [UInt8]
  /// Where words begin.
  private let starts: [Int]

  /// - Returns: nil when the text holds no words.
  public init?(_ raw: [UInt8]) {
    var (bytes, starts): ([UInt8], [Int]) = ([], [])
    bytes.reserveCapacity(raw.count)
    var isInWord = false
    for byte in raw {
      if byte <= 0x20 {
        if isInWord { bytes.append(0x20) }
        isInWord = false
      } else {
        if !isInWord { starts.append(bytes.count) }
        isInWord = true
        bytes.append(byte)
      }
    }
    guard !starts.isEmpty else { return nil }
    self.bytes = bytes
    self.starts = starts
  }

  /// Up to `count` bytes from the beginning of some word.
  func window(_ count: Int, _ random: inout TaskRandom) -> ArraySlice<UInt8> {
    let start = starts[random.below(starts.count)]
    return bytes[start..<min(bytes.count, start + count)]
  }

  /// Some words in a row.
  func words(_ count: Int, _ random: inout TaskRandom) -> [UInt8] {
    let first = random.below(starts.count)
    let end = first + count < starts.count ? starts[first + count] : bytes.count
    return Array(bytes[starts[first]..<end].prefix(40)).trimmed()
  }
}

extension [UInt8] {
  fileprivate func trimmed() -> [UInt8] {
    var copy = self
    while copy.last == 0x20 { copy.removeLast() }
    return copy
  }
}
