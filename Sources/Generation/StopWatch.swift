/// Lets generated text through until a stop string comes, and holds back what may become one, or is
/// the beginning of a character.
public struct StopWatch: Sendable {
  private let strings: [[UInt8]]
  private var held: [UInt8] = []
  /// Whether a stop string came; nothing is let through after it.
  public private(set) var isStopped = false

  public init(strings: [String]) {
    self.strings = strings.map { Array($0.utf8) }.filter { !$0.isEmpty }
  }

  /// Takes what a token says and gives what can be shown.
  public mutating func take(_ bytes: [UInt8]) -> [UInt8] {
    guard !isStopped else { return [] }
    held += bytes
    if let end = firstStop() {
      isStopped = true
      defer { held = [] }
      return Array(held[..<end])
    }
    let kept = max(beginningOfStop(), beginningOfCharacter())
    defer { held = Array(held.suffix(kept)) }
    return held.dropLast(kept)
  }

  /// What is still held when no more comes.
  public mutating func rest() -> [UInt8] {
    defer { held = [] }
    return held
  }

  private func firstStop() -> Int? {
    held.indices.first { start in strings.contains { held[start...].starts(with: $0) } }
  }

  /// Length of the longest ending that a stop string begins with.
  private func beginningOfStop() -> Int {
    strings.map { string in
      (0..<string.count).reversed().first {
        held.suffix($0).elementsEqual(string.prefix($0)) && $0 <= held.count
      } ?? 0
    }.max() ?? 0
  }

  /// Length of an unfinished UTF-8 sequence at the end.
  private func beginningOfCharacter() -> Int {
    for length in 1...3 where length <= held.count {
      let byte = held[held.count - length]
      if byte & 0xC0 == 0x80 { continue }
      let whole =
        switch byte {
        case 0xC2...0xDF: 2
        case 0xE0...0xEF: 3
        case 0xF0...0xF4: 4
        default: 1
        }
      return whole > length ? length : 0
    }
    return 0
  }
}
