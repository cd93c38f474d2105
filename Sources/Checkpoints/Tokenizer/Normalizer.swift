import Foundation

/// Changes the text before it is split. One case per kind; adding one is a case and a row in `read`.
indirect enum Normalizer: Sendable {
  case sequence([Normalizer])
  case prepend([UInt32])
  case replace(TextPattern, [UInt32])
  case form(UnicodeForm)
  case lowercase

  /// The normalisation forms of Unicode.
  enum UnicodeForm: String, Sendable {
    case composed = "NFC"
    case decomposed = "NFD"
    case compatibilityComposed = "NFKC"
    case compatibilityDecomposed = "NFKD"
  }

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
      guard let form = UnicodeForm(rawValue: type) else {
        throw reader.unsupported("the normalizer '\(type)'")
      }
      return .form(form)
    }
  }

  /// The normalised text.
  func apply(_ text: [UInt32]) -> [UInt32] {
    switch self {
    case .sequence(let stages): return stages.reduce(text) { $1.apply($0) }
    case .prepend(let prefix): return text.isEmpty ? text : prefix + text
    case .replace(let pattern, let content):
      var result: [UInt32] = []
      var position = 0
      for range in pattern.matches(in: text) {
        result += text[position..<range.lowerBound] + content
        position = range.upperBound
      }
      return result + text[position...]
    case .form(let form):
      let string = ScalarText.string(text)
      switch form {
      case .composed: return ScalarText.scalars(string.precomposedStringWithCanonicalMapping)
      case .decomposed: return ScalarText.scalars(string.decomposedStringWithCanonicalMapping)
      case .compatibilityComposed:
        return ScalarText.scalars(string.precomposedStringWithCompatibilityMapping)
      case .compatibilityDecomposed:
        return ScalarText.scalars(string.decomposedStringWithCompatibilityMapping)
      }
    case .lowercase:
      return text.flatMap { value in
        Unicode.Scalar(value).map { ScalarText.scalars($0.properties.lowercaseMapping) } ?? [value]
      }
    }
  }
}
