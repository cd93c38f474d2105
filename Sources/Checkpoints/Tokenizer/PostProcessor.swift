/// Adds the special tokens around a single encoded text.
indirect enum PostProcessor: Sendable {
  case sequence([PostProcessor])
  /// Tokens before and after the text; a text may occur several times, or not at all.
  case template([Step])
  /// ByteLevel: adjusts offsets in the text, which are not kept here.
  case nothing

  /// One part of a template.
  enum Step: Sendable, Equatable {
    case tokens([Int])
    case text
  }

  /// Reads the `post_processor` of a tokenizer.json.
  static func read(_ value: JSONValue, _ reader: TokenizerReader) throws(CheckpointError)
    -> PostProcessor
  {
    let type = try reader.type(of: value, stage: "post-processor")
    switch type {
    case "Sequence":
      var stages: [PostProcessor] = []
      for stage in try reader.stages("processors", of: value) {
        stages.append(try read(stage, reader))
      }
      return .sequence(stages)
    case "ByteLevel": return .nothing
    case "TemplateProcessing":
      guard let parts = value["single"]?.array else {
        throw reader.damaged("a TemplateProcessing without 'single'")
      }
      var steps: [Step] = []
      for part in parts {
        if let name = part["SpecialToken"]?["id"]?.string {
          guard let ids = value["special_tokens"]?[name]?["ids"]?.array?.compactMap(\.integer)
          else { throw reader.damaged("the template's token '\(name)' has no ids") }
          steps.append(.tokens(ids))
        } else if part["Sequence"]?["id"]?.string == "A" {
          steps.append(.text)
        } else {
          throw reader.damaged("a template part \(part.serialized())")
        }
      }
      return .template(steps)
    default: throw reader.unsupported("the post-processor '\(type)'")
    }
  }

  /// The ids with special tokens added.
  func apply(
    _ ids: [Int], _ work: inout TokenizerWork
  ) throws(TokenizerWork.Exceeded) -> [Int] {
    switch self {
    case .sequence(let stages):
      var ids = ids
      for stage in stages { ids = try stage.apply(ids, &work) }
      return ids
    case .nothing: return ids
    case .template(let steps):
      var result: [Int] = []
      for step in steps {
        let added: [Int] =
          switch step {
          case .tokens(let tokens): tokens
          case .text: ids
          }
        try work.spend(added.count + 1, on: "a template")
        try work.hold(result.count + added.count, in: "a template")
        result += added
      }
      return result
    }
  }
}
