/// What a terminal answers when it is asked for its background (`ESC ] 11 ; ?`) and then for what it is
/// (`ESC [ c`), which nearly every one answers, told apart from what was typed meanwhile.
struct BackgroundReply: Sendable, Equatable {
  /// What was asked.
  static let question = "\u{1b}]11;?\u{1b}\\\u{1b}[c"

  /// The background; nil where the terminal did not say, or said what is no colour.
  private(set) var colour: Colour?
  /// It said what it is: nothing more comes.
  private(set) var isComplete = false
  /// All that is no answer, in its order.
  private(set) var typed: [UInt8] = []
  /// How the answer begins that breaks off at the end; nil where none does.
  private(set) var openEnd: TerminalAnswer.Kind?

  init(_ bytes: [UInt8]) {
    var rest = bytes[...]
    while let first = rest.first {
      if first == 0x1b, let answer = Self.answer(rest) {
        switch answer {
        case .background(let text, let length):
          colour = colour ?? Self.colour(text)
          rest = rest.dropFirst(length)
        case .nature(let length):
          isComplete = true
          rest = rest.dropFirst(length)
        case .begun(let kind):
          openEnd = kind
          rest = []
        }
        continue
      }
      typed.append(first)
      rest = rest.dropFirst()
    }
  }

  private enum Answer {
    case background(String, length: Int)
    case nature(length: Int)
    case begun(TerminalAnswer.Kind)
  }

  /// The answer that stands at the beginning; nil where none does.
  private static func answer(_ bytes: ArraySlice<UInt8>) -> Answer? {
    for kind in [TerminalAnswer.Kind.background, .nature] {
      let opening = Array(kind.opening.utf8)
      guard bytes.starts(with: opening) else {
        // An escape alone is a key.
        if bytes.count > 1, bytes.count < opening.count, opening.starts(with: bytes) {
          return .begun(kind)
        }
        continue
      }
      var reader = TerminalAnswer(kind)
      var text = ""
      for (index, byte) in bytes.dropFirst(opening.count).enumerated() {
        switch reader.take(Unicode.Scalar(byte)) {
        case .more: if byte != 0x1b { text.unicodeScalars.append(Unicode.Scalar(byte)) }
        case .end:
          let length = opening.count + index + 1
          return kind == .background ? .background(text, length: length) : .nature(length: length)
        // What cannot be in an answer ends it, and was typed, with the escape it begins with.
        case .foreign:
          let length = opening.count + index
          let isEscaped = index > 0 && bytes[bytes.startIndex + length - 1] == 0x1b
          return .background("", length: length - (isEscaped ? 1 : 0))
        }
      }
      return .begun(kind)
    }
    return nil
  }

  /// Reads `rgb:RRRR/GGGG/BBBB` with one to four digits each, `rgba:` with a fourth, and `#RRGGBB`.
  static func colour(_ text: String) -> Colour? {
    var parts: [Substring]
    if text.hasPrefix("#"), text.utf8.count == 7 {
      let digits = text.dropFirst()
      parts = [digits.prefix(2), digits.dropFirst(2).prefix(2), digits.suffix(2)]
    } else {
      let hasAlpha = text.hasPrefix("rgba:")
      guard hasAlpha || text.hasPrefix("rgb:") else { return nil }
      parts = text.dropFirst(hasAlpha ? 5 : 4)
        .split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == (hasAlpha ? 4 : 3) else { return nil }
      parts = Array(parts.prefix(3))
    }
    var rgb: UInt32 = 0
    for part in parts {
      guard (1...4).contains(part.count), part.allSatisfy(\.isHexDigit),
        let value = UInt32(part, radix: 16)
      else { return nil }
      let most = UInt32(1) << (4 * UInt32(part.count)) - 1
      rgb = rgb << 8 | (value * 255 + most / 2) / most
    }
    return Colour(rgb, ansi: 0)
  }

  /// The theme for a background: light where black letters are read better on it than white ones.
  static func theme(on background: Colour) -> Theme {
    background.luminance > 0.18 ? .light : .dark
  }
}

/// An answer of the terminal as it comes in, character by character: also one that comes so late that keys
/// are read already. It is bounded, so that one that was cut short takes no more than a few keys with it.
struct TerminalAnswer: Sendable, Equatable {
  enum Kind: Sendable, Equatable {
    case background
    case nature

    var opening: String {
      switch self {
      case .background: "\u{1b}]11;"
      case .nature: "\u{1b}[?"
      }
    }
  }

  enum Verdict: Sendable, Equatable {
    case more
    /// This was its last.
    case end
    /// This is none of it.
    case foreign
  }

  let kind: Kind
  private var count = 0
  private var isEscaped = false

  init(_ kind: Kind) { self.kind = kind }

  mutating func take(_ scalar: Unicode.Scalar) -> Verdict {
    count += 1
    guard count <= 64 else { return .foreign }
    if isEscaped { return scalar == "\\" ? .end : .foreign }
    switch kind {
    case .background:
      if scalar == "\u{7}" { return .end }
      if scalar == "\u{1b}" {
        isEscaped = true
        return .more
      }
      let isOfColour =
        scalar.properties.isASCIIHexDigit || "rgb:/#;?".unicodeScalars.contains(scalar)
      return isOfColour ? .more : .foreign
    case .nature:
      if scalar == "c" { return .end }
      return ("0"..."9").contains(scalar) || scalar == ";" ? .more : .foreign
    }
  }
}
