/// Turns vocabulary strings back into text: a row of stages, each fed with what the one before it
/// gives. Adding a stage is a case here, a row in `read`, and its work in `DecoderStage`.
struct Decoder: Sendable {
  /// One stage of a decoder.
  enum Stage: Sendable {
    case byteLevel
    case replace([UInt32], [UInt32])
    case byteFallback
    case fuse
    case strip(UInt32, start: Int, stop: Int)
    case metaspace(UInt32, dropsFirst: Bool)
    /// A blank between pieces: what is done where a file names no decoder.
    case spaced
  }

  /// A text may become this many times as long, not more: replacements in a row that double it
  /// would fill the memory.
  static let maximumGrowth = 1024

  /// The stages in order; sequences within sequences are laid out flat.
  let stages: [Stage]

  /// Reads the `decoder` of a tokenizer.json.
  init(_ value: JSONValue, _ reader: TokenizerReader) throws(CheckpointError) {
    var stages: [Stage] = []
    try Self.read(value, reader, into: &stages)
    var growth = 1
    for case .replace(let pattern, let content) in stages {
      growth *=
        pattern.isEmpty
        ? content.count + 1 : max(1, (content.count + pattern.count - 1) / pattern.count)
      guard growth <= Self.maximumGrowth else {
        throw reader.unsupported("a decoder that can make a text \(growth) times as long")
      }
    }
    self.stages = stages
  }

  /// The decoder of a file that names none.
  static let none = Decoder(stages: [.spaced])

  private init(stages: [Stage]) { self.stages = stages }

  private static func read(
    _ value: JSONValue, _ reader: TokenizerReader, into stages: inout [Stage]
  ) throws(CheckpointError) {
    let type = try reader.type(of: value, stage: "decoder")
    switch type {
    case "Sequence":
      for stage in try reader.stages("decoders", of: value) {
        try read(stage, reader, into: &stages)
      }
    case "ByteLevel": stages.append(.byteLevel)
    case "ByteFallback": stages.append(.byteFallback)
    case "Fuse": stages.append(.fuse)
    case "Replace":
      guard case .literal(let pattern) = try reader.pattern(of: value) else {
        throw reader.unsupported("a decoder that replaces a regular expression")
      }
      stages.append(
        .replace(pattern, ScalarText.scalars(try reader.string("content", of: value))))
    case "Strip":
      let content = ScalarText.scalars(try reader.string("content", of: value))
      guard content.count == 1, let start = value["start"]?.integer,
        let stop = value["stop"]?.integer, start >= 0, stop >= 0
      else { throw reader.damaged("a Strip decoder without content, start and stop") }
      stages.append(.strip(content[0], start: start, stop: stop))
    case "Metaspace":
      let replacement = ScalarText.scalars(try reader.string("replacement", of: value))
      guard replacement.count == 1 else {
        throw reader.damaged("a Metaspace mark of several letters")
      }
      let scheme = value.present("prepend_scheme")?.string
      let adds = try reader.flag("add_prefix_space", of: value, default: true)
      stages.append(
        .metaspace(replacement[0], dropsFirst: scheme.map { $0 != "never" } ?? adds))
    default: throw reader.unsupported("the decoder '\(type)'")
    }
  }

  /// The byte of a token `<0xNN>`.
  static func fallbackByte(_ piece: [UInt32]) -> UInt8? {
    guard piece.count == 6, piece[0] == 0x3C, piece[1] == 0x30, piece[2] == 0x78, piece[5] == 0x3E
    else { return nil }
    return UInt8(ScalarText.string(Array(piece[3...4])), radix: 16)
  }

  /// The bytes one token stands for in the middle of a text.
  func bytes(of piece: [UInt32]) -> [UInt8] {
    var text = piece
    for stage in stages {
      switch stage {
      case .byteLevel: return ByteAlphabet.bytes(of: text)
      case .byteFallback: if let byte = Self.fallbackByte(text) { return [byte] }
      case .replace(let pattern, let content):
        text = ScalarText.replacing(
          ScalarText.ranges(of: pattern, in: text), in: text, by: content)
      case .metaspace(let mark, _): text = text.map { $0 == mark ? 32 : $0 }
      case .fuse, .strip, .spaced: break
      }
    }
    return ScalarText.utf8(text)
  }
}
