/// Cuts normalised text into the pieces that merge among themselves. One case per kind; adding one
/// is a case and a row in `read`.
indirect enum PreTokenizer: Sendable {
  case sequence([PreTokenizer])
  case split(TextPattern, SplitBehavior, isInverted: Bool)
  /// Translates bytes into the byte alphabet, after splitting if there is a pattern.
  case byteLevel(addsPrefixSpace: Bool, TextPattern?)
  case digits(areIndividual: Bool)
  case metaspace(replacement: UInt32, PrependScheme, splits: Bool)

  /// When a Metaspace stage puts its mark before a text.
  enum PrependScheme: String, Sendable {
    case always
    case first
    case never
  }

  /// The pattern of the ByteLevel stage when it splits by itself.
  private static let byteLevelPattern =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  /// Reads the `pre_tokenizer` of a tokenizer.json.
  static func read(_ value: JSONValue, _ reader: TokenizerReader) throws(CheckpointError)
    -> PreTokenizer
  {
    let type = try reader.type(of: value, stage: "pre-tokenizer")
    switch type {
    case "Sequence":
      var stages: [PreTokenizer] = []
      for stage in try reader.stages("pretokenizers", of: value) {
        stages.append(try read(stage, reader))
      }
      return .sequence(stages)
    case "Split":
      let name = try reader.string("behavior", of: value)
      guard let behavior = SplitBehavior(rawValue: name) else {
        throw reader.unsupported("the Split behaviour '\(name)'")
      }
      return .split(
        try reader.pattern(of: value), behavior,
        isInverted: try reader.flag("invert", of: value, default: false))
    case "ByteLevel":
      let splits = try reader.flag("use_regex", of: value, default: true)
      return .byteLevel(
        addsPrefixSpace: try reader.flag("add_prefix_space", of: value, default: true),
        splits ? try reader.regex(byteLevelPattern) : nil)
    case "Digits":
      return .digits(areIndividual: try reader.flag("individual_digits", of: value, default: false))
    case "Metaspace": return try metaspace(value, reader)
    default: throw reader.unsupported("the pre-tokenizer '\(type)'")
    }
  }

  private static func metaspace(
    _ value: JSONValue, _ reader: TokenizerReader
  ) throws(CheckpointError) -> PreTokenizer {
    let replacement = ScalarText.scalars(try reader.string("replacement", of: value))
    guard replacement.count == 1 else {
      throw reader.damaged("a Metaspace mark of several letters")
    }
    var scheme = PrependScheme.always
    if let name = value.present("prepend_scheme")?.string {
      guard let known = PrependScheme(rawValue: name) else {
        throw reader.unsupported("the Metaspace scheme '\(name)'")
      }
      scheme = known
    } else if try !reader.flag("add_prefix_space", of: value, default: true) {
      scheme = .never
    }
    return .metaspace(
      replacement: replacement[0], scheme,
      splits: try reader.flag("split", of: value, default: true))
  }

  /// The pieces of a text. `isFirst` says that the text is the very beginning of the input.
  func apply(
    _ text: [UInt32], isFirst: Bool, _ work: inout TokenizerWork
  ) throws(TokenizerWork.Exceeded) -> [[UInt32]] {
    try work.spend(text.count + 1, on: "a pre-tokenizer")
    switch self {
    case .sequence(let stages):
      var pieces = [text]
      for stage in stages {
        var next: [[UInt32]] = []
        next.reserveCapacity(pieces.count)
        var length = 0
        for (index, piece) in pieces.enumerated() {
          let parts = try stage.apply(piece, isFirst: isFirst && index == 0, &work)
          length += parts.reduce(0) { $0 + $1.count }
          try work.hold(length, in: "a row of pre-tokenizers")
          next += parts
        }
        pieces = next
      }
      return pieces
    case .split(let pattern, let behavior, let isInverted):
      return behavior.pieces(
        matches: try pattern.matches(in: text, &work), count: text.count, inverted: isInverted
      ).map { Array(text[$0]) }
    case .byteLevel(let addsPrefixSpace, let pattern):
      try work.spend(4 * text.count, on: "a ByteLevel pre-tokenizer")
      let padded = addsPrefixSpace && text.first != 32 ? [32] + text : text
      guard let pattern else { return [Self.inByteAlphabet(padded[...])] }
      return SplitBehavior.isolated.pieces(
        matches: try pattern.matches(in: padded, &work), count: padded.count, inverted: false
      ).map { Self.inByteAlphabet(padded[$0]) }
    case .digits(let areIndividual):
      let numbers = ScalarClass.property("N") ?? 0
      let matches = text.indices.filter { ScalarClass.of(text[$0]) & numbers != 0 }
        .map { $0..<$0 + 1 }
      let behavior: SplitBehavior = areIndividual ? .isolated : .contiguous
      return behavior.pieces(matches: matches, count: text.count, inverted: false)
        .map { Array(text[$0]) }
    case .metaspace(let replacement, let scheme, let splits):
      var marked = text.map { $0 == 32 ? replacement : $0 }
      if scheme == .always || scheme == .first && isFirst, marked.first != replacement {
        marked.insert(replacement, at: 0)
      }
      guard splits else { return [marked] }
      let matches = marked.indices.filter { marked[$0] == replacement }.map { $0..<$0 + 1 }
      return SplitBehavior.mergedWithNext.pieces(
        matches: matches, count: marked.count, inverted: false
      ).map { Array(marked[$0]) }
    }
  }

  private static func inByteAlphabet(_ text: ArraySlice<UInt32>) -> [UInt32] {
    var result: [UInt32] = []
    result.reserveCapacity(text.count)
    for value in text {
      for byte in UTF8.encode(Unicode.Scalar(value) ?? "\u{FFFD}") ?? .init() {
        result.append(ByteAlphabet.scalars[Int(byte)])
      }
    }
    return result
  }
}
