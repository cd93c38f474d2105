/// What the readers of the tokenizer's stages share: where they are, and how they complain.
struct TokenizerReader {
  /// The file, for messages.
  let path: String

  /// An error for a part that is sound but not handled here.
  func unsupported(_ what: String) -> CheckpointError {
    CheckpointError(
      .unsupported, file: path, "The tokenizer uses \(what), which is not supported.",
      advice: "Give the prompt as token ids instead.")
  }

  /// An error for a part that makes no sense.
  func damaged(_ what: String) -> CheckpointError {
    CheckpointError(.damaged, file: path, "The tokenizer is damaged: \(what).")
  }

  /// The `type` of a stage.
  func type(of value: JSONValue, stage: String) throws(CheckpointError) -> String {
    guard let type = value["type"]?.string else { throw damaged("a \(stage) without a type") }
    return type
  }

  /// A truth value that may be absent.
  func flag(_ name: String, of value: JSONValue, default standard: Bool) throws(CheckpointError)
    -> Bool
  {
    guard let member = value.present(name) else { return standard }
    guard let flag = member.bool else { throw damaged("'\(name)' is \(member.kind)") }
    return flag
  }

  /// A string that must be there.
  func string(_ name: String, of value: JSONValue) throws(CheckpointError) -> String {
    guard let string = value[name]?.string else { throw damaged("'\(name)' is no string") }
    return string
  }

  /// The stages of a `Sequence`.
  func stages(_ name: String, of value: JSONValue) throws(CheckpointError) -> [JSONValue] {
    guard let stages = value[name]?.array else { throw damaged("a Sequence without '\(name)'") }
    return stages
  }

  /// `{"Regex": …}` or `{"String": …}`.
  func pattern(of value: JSONValue) throws(CheckpointError) -> TextPattern {
    if let text = value["pattern"]?["String"]?.string {
      return .literal(ScalarText.scalars(text))
    }
    guard let text = value["pattern"]?["Regex"]?.string else {
      throw damaged("a pattern that is neither Regex nor String")
    }
    return try regex(text)
  }

  /// Compiles a regular expression.
  func regex(_ text: String) throws(CheckpointError) -> TextPattern {
    do throws(RegexError) {
      return .regex(try RegexProgram(text))
    } catch {
      let shown = text.count > 200 ? text.prefix(200) + "…" : text[...]
      throw unsupported("a regular expression with \(error.message) (in '\(shown)')")
    }
  }
}

/// What a Split or Replace stage looks for.
enum TextPattern: Sendable {
  case literal([UInt32])
  case regex(RegexProgram)

  /// Where it occurs in a text.
  func matches(
    in text: [UInt32], _ work: inout TokenizerWork
  ) throws(TokenizerWork.Exceeded) -> [Range<Int>] {
    switch self {
    case .literal(let literal):
      // A long literal that nearly occurs everywhere is compared everywhere.
      let tries = text.count { $0 == literal.first }
      let compared = tries * literal.count
      try work.spend(text.count + (compared > 8 * text.count ? compared : 0), on: "a pattern")
      return ScalarText.ranges(of: literal, in: text)
    case .regex(let program):
      var matcher = try RegexMatcher(program, text: text, &work)
      return try matcher.matches(&work)
    }
  }
}
