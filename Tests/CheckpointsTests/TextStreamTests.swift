import TestSupport
import Testing

@testable import Checkpoints

/// Text as it comes, token by token, against the whole.
@Suite struct TextStreamTests {
  static let styles = [
    "gpt2-style", "llama3-style", "smollm2-style", "sentencepiece-style", "metaspace-style",
  ]

  static func joined(_ tokenizer: Tokenizer, _ ids: [Int], after context: [Int] = []) -> String {
    var stream = tokenizer.stream(after: context, skipSpecialTokens: false)
    return ids.map { stream.take($0) }.joined() + stream.finish()
  }

  /// The references decode whole sequences; piece by piece it must be the same text.
  @Test(arguments: styles) func joinsToTheReference(_ style: String) throws {
    let tokenizer = try Tokenizer.open(Fixtures.path("tokenizers-tiny/\(style)/tokenizer.json"))
    let document = try TokenizerCases.document("tokenizers-tiny/\(style)/cases.json")
    for item in try #require(document["decode_cases"]?.array) {
      let ids = try TokenizerCases.integers(item["ids"])
      #expect(TokenizerCases.same(Self.joined(tokenizer, ids), item["decoded"]?.string), "\(ids)")
    }
    for item in try #require(document["cases"]?.array) {
      let ids = try TokenizerCases.integers(item["ids"])
      let text = Self.joined(tokenizer, ids)
      #expect(TokenizerCases.same(text, item["decoded_keep_special"]?.string), "\(ids)")
    }
  }

  /// A letter of three bytes comes with the last of them, and nothing before.
  @Test func holdsALetterUntilItIsWhole() throws {
    guard case .present(let tokenizer) = try Checkpoint.embedded().tokenizer else {
      Issue.record("the embedded tokenizer is unreadable")
      return
    }
    var stream = tokenizer.stream(skipSpecialTokens: false)
    let parts = [65, 0xE2, 0x82, 0xAC, 0xF0, 0x9F, 66, 0xC3].map { stream.take($0) }
    #expect(parts == ["A", "", "", "€", "", "", "\u{FFFD}B", ""])
    #expect(stream.finish() == "\u{FFFD}")
  }

  static let sentencePiece =
    #","decoder":{"type":"Sequence","decoders":[{"type":"Replace","pattern":{"String":"▁"},"#
    + #""content":" "},{"type":"ByteFallback"},{"type":"Fuse"},"#
    + #"{"type":"Strip","content":" ","start":1,"stop":0}]}"#
  static let pieces =
    #""vocab":{"▁a":0,"a":1,"<0xE2>":2,"<0x82>":3,"<0xAC>":4,"▁":5,"b":6},"merges":[]"#

  /// The blank before the first word is stripped, the one before a later word stays; a run of byte
  /// tokens is text only if all of it is.
  @Test func readsPiecesInTheirPlace() throws {
    let tokenizer = try TokenizerStages.tokenizer(Self.sentencePiece, model: Self.pieces)
    var stream = tokenizer.stream(skipSpecialTokens: false)
    #expect([0, 0, 2, 3, 4, 1].map { stream.take($0) } == ["a", " a", "", "", "", "€a"])
    #expect(Self.joined(tokenizer, [2, 3, 4, 2]) == "\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD}")
    #expect(Self.joined(tokenizer, [5, 5, 0]) == "  a")
    #expect(Self.joined(tokenizer, [0], after: [1]) == " a")
    #expect(tokenizer.decode([0], skipSpecialTokens: false) == "a")
  }

  /// What a stage behind `Fuse` could still change is held back: marks at the end of the text, and
  /// the beginning of what is replaced.
  @Test func holdsWhatMayStillChange() throws {
    let tokenizer = try TokenizerStages.tokenizer(
      #","decoder":{"type":"Sequence","decoders":[{"type":"Fuse"},{"type":"Replace","#
        + #""pattern":{"String":"aab"},"content":"-"},"#
        + #"{"type":"Strip","content":"x","start":2,"stop":2}]}"#,
      model: #""vocab":{"a":0,"b":1,"x":2,"xx":3},"merges":[]"#)
    var stream = tokenizer.stream(skipSpecialTokens: false)
    let parts = [3, 2, 0, 0, 0, 1, 3, 2, 0, 2].map { stream.take($0) }
    #expect(parts == ["", "", "", "", "xa", "-", "", "x", "", "xxa"])
    #expect(stream.finish() == "")
    #expect(tokenizer.decode([3, 2, 0, 0, 1, 3], skipSpecialTokens: false) == "x-")
  }

  @Test func refusesDecodersThatDouble() throws {
    let stage = #"{"type":"Replace","pattern":{"String":"a"},"content":"aa"}"#
    let error = try #require(throws: CheckpointError.self) {
      try TokenizerStages.tokenizer(
        #","decoder":{"type":"Sequence","decoders":["#
          + [String](repeating: stage, count: 40).joined(separator: ",") + "]}")
    }
    #expect(error.kind == .unsupported && error.description.contains("times as long"))
  }

  /// Prompt and answer together, cut at the prompt.
  @Test func encodesAnAnswerBehindItsPrompt() throws {
    let tokenizer = try TokenizerStages.tokenizer(
      #","normalizer":{"type":"Sequence","normalizers":[{"type":"Prepend","prepend":"▁"},"#
        + #"{"type":"Replace","pattern":{"String":" "},"content":"▁"}]},"post_processor":"#
        + #"{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"s","type_id":0}},"#
        + #"{"Sequence":{"id":"A","type_id":0}}],"special_tokens":{"s":{"ids":[9]}}}"#,
      model: #""vocab":{"▁":0,"a":1,"b":2,"▁a":3,"▁b":4,"ab":5},"#
        + #""merges":["▁ a","▁ b","a b"]"#)
    func pair(_ prompt: String, _ answer: String) throws -> [[Int]] {
      let pair = try tokenizer.encode(prompt: prompt, answer: answer, addSpecialTokens: true)
      return [pair.prompt, pair.answer]
    }
    #expect(try pair("a", "a") == [[9, 3], [1]])
    #expect(try pair("a", " b") == [[9, 3], [4]])
    // Blanks at the end of the prompt stand before the answer.
    #expect(try pair("a ", "b") == [[9, 3], [4]])
    #expect(try pair("", "a") == [[9], [3]])
    // The last token of the prompt takes the answer in.
    #expect(try pair("ba", "b") == [[9, 4], [5]])
  }
}
