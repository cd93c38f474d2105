/// A stage of a decoder at work: it takes pieces of text in parts and gives what is certain, so that
/// a text that is still being written can be shown as far as it is whole.
///
/// Every stage gives, part by part, what it would give for the pieces as a whole; what a later part
/// could still change is held back.
struct DecoderStage: Sendable {
  /// A part of a piece.
  struct Part: Sendable {
    var text: [UInt32]
    /// Whether the piece ends with it.
    var isEnd: Bool
  }

  private let stage: Decoder.Stage
  /// What is held back of the piece at hand, or before it.
  private var held: [UInt32] = []
  /// Whole pieces so far.
  private var pieces = 0
  /// Marks stripped at the start of the piece at hand; nil once another letter came.
  private var stripped: Int? = 0
  /// Whether the piece at hand is too long to be a byte token.
  private var isPassing = false
  private var run: [UInt8] = []
  private var bytes = UTF8Assembler()

  init(_ stage: Decoder.Stage) { self.stage = stage }

  /// What a part gives.
  mutating func take(_ part: Part) -> [Part] {
    defer { if part.isEnd { pieces += 1 } }
    switch stage {
    case .fuse: return [Part(text: part.text, isEnd: false)]
    case .spaced:
      let isLater = pieces > 0 && !isPassing
      isPassing = !part.isEnd
      return [Part(text: isLater ? [32] + part.text : part.text, isEnd: part.isEnd)]
    case .metaspace(let mark, let dropsFirst):
      let drops = dropsFirst && pieces == 0
      let text = part.text.compactMap { $0 != mark ? $0 : drops ? nil : 32 }
      return [Part(text: text, isEnd: part.isEnd)]
    case .byteLevel:
      held += part.text
      guard part.isEnd else { return [] }
      defer { held = [] }
      return [Part(text: bytes.take(ByteAlphabet.bytes(of: held)), isEnd: false)]
    case .replace(let pattern, let content): return replace(part, pattern, by: content)
    case .strip(let mark, let start, let stop): return strip(part, mark, start, stop)
    case .byteFallback: return fallBack(part)
    }
  }

  /// What is still held when no more pieces come.
  mutating func finish() -> [Part] {
    switch stage {
    case .fuse: [Part(text: [], isEnd: true)]
    case .byteLevel: [Part(text: bytes.finish(), isEnd: true)]
    case .byteFallback: endRun()
    case .replace, .strip, .metaspace, .spaced: []
    }
  }

  /// Holds back the beginning of an occurrence that a later part may complete.
  private mutating func replace(_ part: Part, _ pattern: [UInt32], by content: [UInt32]) -> [Part] {
    let text = held + part.text
    held = []
    var result: [UInt32] = []
    var position = 0
    for range in ScalarText.ranges(of: pattern, in: text) {
      result += text[position..<range.lowerBound] + content
      position = range.upperBound
    }
    var rest = text[position...]
    if pattern.isEmpty, !part.isEnd {
      // An empty pattern occurs at the end too, but only of the whole.
      result.removeLast(content.count)
    } else if !part.isEnd {
      let longest = min(pattern.count - 1, rest.count)
      let kept = stride(from: longest, to: 0, by: -1).first {
        pattern.starts(with: rest.suffix($0))
      }
      held = Array(rest.suffix(kept ?? 0))
      rest = rest.dropLast(held.count)
    }
    return [Part(text: result + rest, isEnd: part.isEnd)]
  }

  /// Holds back the marks that may turn out to be the last ones of the piece.
  private mutating func strip(_ part: Part, _ mark: UInt32, _ start: Int, _ stop: Int) -> [Part] {
    var text = part.text[...]
    if let before = stripped {
      let count = min(start - before, text.prefix { $0 == mark }.count)
      text = text.dropFirst(count)
      stripped = text.isEmpty ? before + count : nil
    }
    let all = held + text
    held = Array(all.suffix(min(stop, all.reversed().prefix { $0 == mark }.count)))
    let result = Part(text: all.dropLast(held.count), isEnd: part.isEnd)
    if part.isEnd {
      held = []
      stripped = 0
    }
    return [result]
  }

  /// Holds back a run of byte tokens: it is text as a whole, or one U+FFFD a byte.
  private mutating func fallBack(_ part: Part) -> [Part] {
    if isPassing {
      isPassing = !part.isEnd
      return [part]
    }
    held += part.text
    if part.isEnd, let byte = Decoder.fallbackByte(held) {
      run.append(byte)
      held = []
      return []
    }
    guard part.isEnd || held.count > 6 else { return [] }
    isPassing = !part.isEnd
    defer { held = [] }
    return endRun() + [Part(text: held, isEnd: part.isEnd)]
  }

  private mutating func endRun() -> [Part] {
    defer { run = [] }
    if run.isEmpty { return [] }
    guard let text = String(validating: run, as: UTF8.self) else {
      return run.map { _ in Part(text: [0xFFFD], isEnd: true) }
    }
    return [Part(text: ScalarText.scalars(text), isEnd: true)]
  }
}

/// Makes letters of bytes that come in parts; what is not UTF-8 becomes U+FFFD, one for each maximal
/// part of a letter, as where all bytes are there at once.
struct UTF8Assembler: Sendable {
  /// The beginning of a letter, at most three bytes.
  private var held: [UInt8] = []

  /// The letters that are whole.
  mutating func take(_ bytes: [UInt8]) -> [UInt32] {
    var all = held + bytes
    held = Array(all.suffix(Self.unfinished(all)))
    all.removeLast(held.count)
    return ScalarText.scalars(String(decoding: all, as: UTF8.self))
  }

  /// What is left when no more bytes come.
  mutating func finish() -> [UInt32] {
    defer { held = [] }
    return ScalarText.scalars(String(decoding: held, as: UTF8.self))
  }

  /// How many bytes at the end could be the beginning of a letter.
  private static func unfinished(_ bytes: [UInt8]) -> Int {
    for count in 1...3 where count <= bytes.count {
      let lead = bytes[bytes.count - count]
      if lead & 0xC0 == 0x80 { continue }
      let length = lead >= 0xF5 || lead < 0xC2 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2
      guard count < length else { return 0 }
      guard count > 1 else { return 1 }
      // Only some second bytes go with these: no overlong forms, surrogates, or beyond U+10FFFF.
      let second = bytes[bytes.count - count + 1]
      let allowed: ClosedRange<UInt8> =
        switch lead {
        case 0xE0: 0xA0...0xBF
        case 0xED: 0x80...0x9F
        case 0xF0: 0x90...0xBF
        case 0xF4: 0x80...0x8F
        default: 0x80...0xBF
        }
      return allowed.contains(second) ? count : 0
    }
    return 0
  }
}
