/// Changes the text before it is split. One case per kind; adding one is a case and a row in `read`.
indirect enum Normalizer: Sendable {
  case sequence([Normalizer])
  case prepend([UInt32])
  case replace(TextPattern, [UInt32])
  case form(UnicodeNormalization.Form)
  case lowercase

  /// Reads the `normalizer` of a tokenizer.json.
  static func read(_ value: JSONValue, _ reader: TokenizerReader) throws(CheckpointError)
    -> Normalizer
  {
    let type = try reader.type(of: value, stage: "normalizer")
    switch type {
    case "Sequence":
      var stages: [Normalizer] = []
      for stage in try reader.stages("normalizers", of: value) {
        stages.append(try read(stage, reader))
      }
      return .sequence(stages)
    case "Prepend": return .prepend(ScalarText.scalars(try reader.string("prepend", of: value)))
    case "Replace":
      return .replace(
        try reader.pattern(of: value), ScalarText.scalars(try reader.string("content", of: value)))
    case "Lowercase": return .lowercase
    default:
      guard let form = UnicodeNormalization.Form(rawValue: type) else {
        throw reader.unsupported("the normalizer '\(type)'")
      }
      return .form(form)
    }
  }

  /// The normalised text.
  func apply(
    _ text: [UInt32], _ work: inout TokenizerWork
  ) throws(TokenizerWork.Exceeded) -> [UInt32] {
    try work.spend(text.count + 1, on: "a normalizer")
    switch self {
    case .sequence(let stages):
      var text = text
      for stage in stages { text = try stage.apply(text, &work) }
      return text
    case .prepend(let prefix):
      if text.isEmpty { return text }
      try work.hold(text.count + prefix.count, in: "a Prepend normalizer")
      return prefix + text
    case .replace(let pattern, let content):
      let ranges = try pattern.matches(in: text, &work)
      let length = ranges.reduce(text.count) { $0 + content.count - $1.count }
      try work.hold(length, in: "a Replace normalizer")
      try work.spend(length, on: "a Replace normalizer")
      return ScalarText.replacing(ranges, in: text, by: content)
    case .form(let form):
      try work.hold(text.count, in: "a normalizer")
      let result = UnicodeNormalization.apply(form, to: text)
      try work.spend(4 * result.count, on: "a normalizer")
      return result
    case .lowercase:
      return text.flatMap { value in
        value < 128
          ? [(65...90).contains(value) ? value + 32 : value]
          : Unicode.Scalar(value).map { ScalarText.scalars($0.properties.lowercaseMapping) }
            ?? [value]
      }
    }
  }
}
