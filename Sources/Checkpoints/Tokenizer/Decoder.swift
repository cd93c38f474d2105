/// Turns vocabulary strings back into text. One case per kind; adding one is a case and a row in
/// `read`.
indirect enum Decoder: Sendable {
  case sequence([Decoder])
  case byteLevel
  case replace([UInt32], [UInt32])
  case byteFallback
  case fuse
  case strip(UInt32, start: Int, stop: Int)
  case metaspace(UInt32, dropsFirst: Bool)

  /// Reads the `decoder` of a tokenizer.json.
  static func read(_ value: JSONValue, _ reader: TokenizerReader) throws(CheckpointError)
    -> Decoder
  {
    let type = try reader.type(of: value, stage: "decoder")
    switch type {
    case "Sequence":
      var stages: [Decoder] = []
      for stage in try reader.stages("decoders", of: value) {
        stages.append(try read(stage, reader))
      }
      return .sequence(stages)
    case "ByteLevel": return .byteLevel
    case "ByteFallback": return .byteFallback
    case "Fuse": return .fuse
    case "Replace":
      guard case .literal(let pattern) = try reader.pattern(of: value) else {
        throw reader.unsupported("a decoder that replaces a regular expression")
      }
      return .replace(pattern, ScalarText.scalars(try reader.string("content", of: value)))
    case "Strip":
      let content = ScalarText.scalars(try reader.string("content", of: value))
      guard content.count == 1, let start = value["start"]?.integer,
        let stop = value["stop"]?.integer, start >= 0, stop >= 0
      else { throw reader.damaged("a Strip decoder without content, start and stop") }
      return .strip(content[0], start: start, stop: stop)
    case "Metaspace":
      let replacement = ScalarText.scalars(try reader.string("replacement", of: value))
      guard replacement.count == 1 else {
        throw reader.damaged("a Metaspace mark of several letters")
      }
      let scheme = value.present("prepend_scheme")?.string
      let adds = try reader.flag("add_prefix_space", of: value, default: true)
      return .metaspace(
        replacement[0], dropsFirst: scheme.map { $0 != "never" } ?? adds)
    default: throw reader.unsupported("the decoder '\(type)'")
    }
  }

  /// The pieces of text for a list of vocabulary strings.
  func apply(_ pieces: [[UInt32]]) -> [[UInt32]] {
    switch self {
    case .sequence(let stages): return stages.reduce(pieces) { $1.apply($0) }
    case .byteLevel:
      let bytes = pieces.flatMap(ByteAlphabet.bytes(of:))
      return [ScalarText.scalars(String(decoding: bytes, as: UTF8.self))]
    case .fuse: return [pieces.flatMap { $0 }]
    case .replace(let pattern, let content):
      return pieces.map { ScalarText.replacing(pattern, in: $0, by: content) }
    case .strip(let mark, let start, let stop):
      return pieces.map { piece in
        let front = min(start, piece.prefix { $0 == mark }.count)
        let rest = piece.dropFirst(front)
        return rest.dropLast(min(stop, rest.reversed().prefix { $0 == mark }.count)) + []
      }
    case .metaspace(let mark, let dropsFirst):
      return pieces.enumerated().map { index, piece in
        piece.compactMap { $0 != mark ? $0 : dropsFirst && index == 0 ? nil : 32 }
      }
    case .byteFallback: return Self.joiningBytes(pieces)
    }
  }

  /// Replaces each run of byte tokens by its text, or by one U+FFFD per byte when the run as a
  /// whole is not valid UTF-8.
  private static func joiningBytes(_ pieces: [[UInt32]]) -> [[UInt32]] {
    var result: [[UInt32]] = []
    var run: [UInt8] = []
    func flush(_ run: inout [UInt8], _ result: inout [[UInt32]]) {
      if run.isEmpty { return }
      if let text = String(validating: run, as: UTF8.self) {
        result.append(ScalarText.scalars(text))
      } else {
        result += run.map { _ in [0xFFFD] }
      }
      run = []
    }
    for piece in pieces {
      if let byte = fallbackByte(piece) {
        run.append(byte)
      } else {
        flush(&run, &result)
        result.append(piece)
      }
    }
    flush(&run, &result)
    return result
  }

  /// The byte of a token `<0xNN>`.
  static func fallbackByte(_ piece: [UInt32]) -> UInt8? {
    guard piece.count == 6, piece[0] == 0x3C, piece[1] == 0x30, piece[2] == 0x78, piece[5] == 0x3E
    else { return nil }
    return UInt8(ScalarText.string(Array(piece[3...4])), radix: 16)
  }

  /// The bytes one token stands for in the middle of a text.
  func bytes(of piece: [UInt32]) -> [UInt8] {
    switch self {
    case .sequence(let stages):
      if stages.contains(where: { if case .byteFallback = $0 { true } else { false } }),
        let byte = Self.fallbackByte(piece)
      {
        return [byte]
      }
      let text = stages.reduce(piece) { text, stage in
        switch stage {
        case .replace, .metaspace: stage.inner(text)
        default: text
        }
      }
      return ScalarText.utf8(text)
    case .byteLevel: return ByteAlphabet.bytes(of: piece)
    default: return ScalarText.utf8(inner(piece))
    }
  }

  private func inner(_ piece: [UInt32]) -> [UInt32] {
    switch self {
    case .replace(let pattern, let content):
      ScalarText.replacing(pattern, in: piece, by: content)
    case .metaspace(let mark, _): piece.map { $0 == mark ? 32 : $0 }
    default: piece
    }
  }
}
