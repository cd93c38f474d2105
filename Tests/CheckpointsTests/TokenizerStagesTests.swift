import TestSupport
import Testing

@testable import Checkpoints

@Suite struct TokenizerStages {
  static func tokenizer(_ parts: String, model: String = #""vocab":{"a":0},"merges":[]"#) throws
    -> Tokenizer
  {
    let document = try JSONValue(parsing: "{\"model\":{\"type\":\"BPE\",\(model)}\(parts)}")
    return try Tokenizer(document, path: "tokenizer.json")
  }

  /// What is not supported is named, never ignored.
  @Test(arguments: [
    (#","normalizer":{"type":"Precompiled"}"#, "Precompiled"),
    (#","pre_tokenizer":{"type":"BertPreTokenizer"}"#, "BertPreTokenizer"),
    (#","post_processor":{"type":"RobertaProcessing"}"#, "RobertaProcessing"),
    (#","decoder":{"type":"CTC"}"#, "CTC"),
    (
      #","pre_tokenizer":{"type":"Split","pattern":{"Regex":"(?<=a)b"},"behavior":"Isolated"}"#,
      "(?<"
    ),
    (
      #","pre_tokenizer":{"type":"Split","pattern":{"Regex":"\\p{Han}"},"behavior":"Isolated"}"#,
      "Han"
    ),
    (
      #","pre_tokenizer":{"type":"Split","pattern":{"String":"a"},"behavior":"Odd"}"#, "Odd"
    ),
  ])
  func namesWhatIsUnsupported(_ parts: String, _ word: String) throws {
    let error = try #require(throws: CheckpointError.self) { try Self.tokenizer(parts) }
    #expect(error.kind == .unsupported && error.description.contains(word))
  }

  @Test(arguments: [
    #""vocab":{"a":-1},"merges":[]"#, #""vocab":{"a":1e12},"merges":[]"#,
    #""vocab":{"a":"x"},"merges":[]"#, #""vocab":{"a":0},"merges":["a b"]"#,
    #""vocab":{"a":0},"merges":["a"]"#, #""vocab":{"a":0},"merges":[["a"]]"#, #""vocab":{}"#,
    #""merges":[]"#, #""vocab":{"a":0},"merges":[],"unk_token":"u""#,
  ])
  func refusesDamage(_ model: String) throws {
    let error = try #require(throws: CheckpointError.self) {
      try Self.tokenizer("", model: model)
    }
    #expect(error.kind == .damaged)
  }

  @Test func splitBehaviours() {
    // "a--b-": matches of "-".
    let matches = [1..<2, 2..<3, 4..<5]
    let expected: [(SplitBehavior, [Range<Int>])] = [
      (.removed, [0..<1, 3..<4]), (.isolated, [0..<1, 1..<2, 2..<3, 3..<4, 4..<5]),
      (.contiguous, [0..<1, 1..<3, 3..<4, 4..<5]), (.mergedWithPrevious, [0..<2, 2..<3, 3..<5]),
      (.mergedWithNext, [0..<1, 1..<2, 2..<4, 4..<5]),
    ]
    for (behavior, pieces) in expected {
      #expect(behavior.pieces(matches: matches, count: 5, inverted: false) == pieces)
    }
    #expect(
      SplitBehavior.removed.pieces(matches: matches, count: 5, inverted: true)
        == [1..<2, 2..<3, 4..<5])
  }

  @Test func addedTokensAreLeftmostAndLongest() throws {
    let tokenizer = try Self.tokenizer(
      #","added_tokens":[{"id":1,"content":"<x","special":true},{"id":2,"content":"<x>"},"#
        + #"{"id":3,"content":"w","single_word":true},{"id":4,"content":"|","lstrip":true,"#
        + #""rstrip":true}]"#, model: #""vocab":{"a":0,"w":9," ":8},"merges":[]"#)
    #expect(try tokenizer.encode("<x>a<xa", addSpecialTokens: false) == [4, 0, 3, 0])
    #expect(try tokenizer.encode("aw w a", addSpecialTokens: false) == [0, 9, 8, 9, 8, 0])
    #expect(try tokenizer.encode("a  |  a", addSpecialTokens: false) == [0, 10, 0])
    #expect(tokenizer.isSpecial(3) && !tokenizer.isSpecial(4))
    #expect(tokenizer.decode([3, 0], skipSpecialTokens: true) == "a")
    // Numbered from the vocabulary on, and said.
    #expect(tokenizer.notes.count == 1 && tokenizer.notes[0].contains("'<x' gets the id 3"))
    #expect(tokenizer.decode([77, -1, 0], skipSpecialTokens: false) == "a")
    #expect(tokenizer.bytes(of: 77) == nil && tokenizer.piece(77) == "")
  }

  /// Blanks that a token strips are looked at again, as the reference library does.
  @Test func strippedBlanksMayBeATokenThemselves() throws {
    let tokenizer = try Self.tokenizer(
      #","added_tokens":[{"id":1,"content":"<rs>","rstrip":true},{"id":2,"content":"  "}]"#,
      model: #""vocab":{"a":0,"b":9," ":8},"merges":[]"#)
    #expect(try tokenizer.encode("a<rs>  b", addSpecialTokens: false) == [0, 3, 4, 9])
    #expect(try tokenizer.encode("a<rs>   b", addSpecialTokens: false) == [0, 3, 4, 8, 9])
    #expect(try tokenizer.encode("a<rs> b", addSpecialTokens: false) == [0, 3, 9])
    let both = try Self.tokenizer(
      #","added_tokens":[{"id":1,"content":" ","lstrip":true,"rstrip":true}]"#)
    let blanks = "a" + String(repeating: " ", count: 20_000)
    #expect(try both.encode(blanks, addSpecialTokens: false).count == 20_001)
    #expect(try Self.cost(both, blanks) <= 8)
  }

  /// Of added tokens that read the same once normalised, the reference library finds the last, and
  /// special ones before the others.
  @Test func tokensThatReadTheSame() throws {
    func ids(_ isSpecial: Bool) throws -> [Int] {
      try Self.tokenizer(
        #","normalizer":{"type":"Lowercase"},"added_tokens":[{"id":1,"content":"AB"},"#
          + #"{"id":2,"content":"ab","special":\#(isSpecial)}]"#
      ).encode("aBa", addSpecialTokens: false)
    }
    #expect(try ids(false) == [2, 0])
    #expect(try ids(true) == [1, 0])
  }

  /// A vocabulary with a part of the byte tokens: the unknown token waits until after them.
  @Test func fallsBackToSomeBytes() throws {
    for (fuses, expected) in [
      (true, [[2, 0, 1], [2, 0], [0]]), (false, [[2, 0, 1], [2, 0, 0], [0, 0]]),
    ] {
      let tokenizer = try Self.tokenizer(
        "",
        model: #""vocab":{"<unk>":0,"a":1,"<0x24>":2},"merges":[],"unk_token":"<unk>","#
          + #""byte_fallback":true,"fuse_unk":\#(fuses)"#)
      let ids = try ["é$a", "é$é", "éé"].map { try tokenizer.encode($0, addSpecialTokens: false) }
      #expect(ids == expected)
    }
  }

  /// Left behind by fine-tuning; they change nothing, and are said.
  @Test func leavesTruncationAndPaddingAside() throws {
    let tokenizer = try Self.tokenizer(
      #","truncation":{"max_length":1},"padding":{"strategy":{"Fixed":9}}"#)
    #expect(try tokenizer.encode("aaa", addSpecialTokens: true) == [0, 0, 0])
    #expect(tokenizer.notes.count == 2 && tokenizer.notes[0].contains("truncation"))
    #expect(try Self.tokenizer(#","truncation":null"#).notes.isEmpty)
  }

  /// What a text costs, a letter.
  static func cost(_ tokenizer: Tokenizer, _ text: String) throws -> Int {
    var work = TokenizerWork(bytes: text.utf8.count)
    _ = try tokenizer.encode(text, addSpecialTokens: false, &work)
    return work.spent / text.unicodeScalars.count
  }

  @Test func longPiecesTakeNoMoreWorkALetter() throws {
    let tokenizer = try Self.tokenizer(
      "", model: #""vocab":{"a":0,"aa":1,"aaaa":2},"merges":["a a","aa aa"]"#)
    let text = String(repeating: "a", count: 100_003)
    let ids = try tokenizer.encode(text, addSpecialTokens: false)
    #expect(ids == [Int](repeating: 2, count: 25_000) + [1, 0])
    #expect(try Self.cost(tokenizer, text) <= 8)
  }

  @Test func manyAddedTokensTakeNoMoreWork() throws {
    let list = (0..<20_000).map { #"{"id":\#($0 + 1),"content":"a<\#($0)>"}"# }
    let tokenizer = try Self.tokenizer(#","added_tokens":[\#(list.joined(separator: ","))]"#)
    let text = String(repeating: "a<19999>a<199a", count: 500)
    let ids = try tokenizer.encode(text, addSpecialTokens: false)
    #expect(ids.count { $0 == 20_000 } == 500 && ids.count == 500 * 3)
    #expect(try Self.cost(tokenizer, text) <= 8)
  }

  /// Published patterns on long texts stay far below what is allowed.
  @Test(arguments: ["gpt2-style", "llama3-style", "smollm2-style", "sentencepiece-style"])
  func soundTokenizersNeedLittleWork(_ style: String) throws {
    let tokenizer = try Tokenizer.open(Fixtures.path("tokenizers-tiny/\(style)/tokenizer.json"))
    for unit in ["a", " ", "The quick brown fox.\n", "漢字", "e\u{301}", "1", "!?", "\n \t", "👨‍👩‍👧"] {
      let text = String(repeating: unit, count: 3_000)
      #expect(try Self.cost(tokenizer, text) < TokenizerWork.stepsPerByte / 4, "\(unit)")
    }
  }

  private static func row(_ stage: String, _ count: Int) -> String {
    [String](repeating: stage, count: count).joined(separator: ",")
  }

  /// Small files that would work for ever or fill the memory.
  @Test(arguments: [
    #","normalizer":{"type":"Sequence","normalizers":["#
      + row(#"{"type":"Replace","pattern":{"String":"a"},"content":"aa"}"#, 60) + "]}",
    #","normalizer":{"type":"Sequence","normalizers":["#
      + row(#"{"type":"Replace","pattern":{"Regex":""},"content":"a"}"#, 60) + "]}",
    #","pre_tokenizer":{"type":"Sequence","pretokenizers":["#
      + row(#"{"type":"ByteLevel","add_prefix_space":true}"#, 200) + "]}",
    #","pre_tokenizer":{"type":"Sequence","pretokenizers":["#
      + row(#"{"type":"ByteLevel","use_regex":false}"#, 60) + "]}",
    #","post_processor":{"type":"Sequence","processors":["#
      + row(
        #"{"type":"TemplateProcessing","single":[{"Sequence":{"id":"A"}},{"Sequence":{"id":"A"}}]}"#,
        60) + "]}",
    #","pre_tokenizer":{"type":"Split","behavior":"Isolated","pattern":{"Regex":"#
      + #""\#(nested(12))"}}"#,
  ])
  func hostileFilesComeToAnEnd(_ parts: String) throws {
    let tokenizer = try Self.tokenizer(parts)
    let error = try #require(throws: CheckpointError.self) {
      try tokenizer.encode(String(repeating: "a\u{e9} ", count: 400), addSpecialTokens: true)
    }
    #expect(error.kind == .unsupported && error.description.contains("no sound one"))
  }

  /// Look-aheads in look-aheads, each tried again at every letter that another has passed.
  private static func nested(_ depth: Int) -> String {
    (0..<depth).reduce("a") { inner, _ in "(?:(?=(?:\(inner)|.)*).)*" }
  }

  /// Added tokens are normalised when the file is opened.
  @Test func hostileAddedTokensAreRefused() throws {
    let error = try #require(throws: CheckpointError.self) {
      try Self.tokenizer(
        #","added_tokens":[{"id":1,"content":"aa"}],"normalizer":{"type":"Sequence","#
          + #""normalizers":["#
          + Self.row(#"{"type":"Replace","pattern":{"String":"a"},"content":"aa"}"#, 60) + "]}")
    }
    #expect(error.description.contains("no sound one"))
  }

  @Test(arguments: [
    "((((){1000}){1000}){1000}){1000}", "((?:|){1000}){1000}", "(((){9}){9}){1000}",
  ])
  func emptyBodiesUnderARepeatComeToAnEnd(_ pattern: String) {
    if let program = try? RegexProgram(pattern) {
      #expect(program.instructions.count <= RegexProgram.maximumLength)
    }
  }
}
