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
    (#","decoder":{"type":"CTC"}"#, "CTC"), (#","truncation":{"max_length":5}"#, "truncation"),
    (#","padding":{}"#, "padding"),
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
    #expect(try tokenizer.encode("<x>a<xa", addSpecialTokens: false) == [2, 0, 1, 0])
    #expect(try tokenizer.encode("aw w a", addSpecialTokens: false) == [0, 9, 8, 9, 8, 0])
    #expect(try tokenizer.encode("a  |  a", addSpecialTokens: false) == [0, 4, 0])
    #expect(tokenizer.isSpecial(1) && !tokenizer.isSpecial(2))
    #expect(tokenizer.decode([1, 0], skipSpecialTokens: true) == "a")
    #expect(tokenizer.decode([77, -1, 0], skipSpecialTokens: false) == "a")
    #expect(tokenizer.bytes(of: 77) == nil && tokenizer.piece(77) == "")
  }

  @Test(.timeLimit(.minutes(1))) func longPiecesAreFast() throws {
    let tokenizer = try Self.tokenizer(
      "", model: #""vocab":{"a":0,"aa":1,"aaaa":2},"merges":["a a","aa aa"]"#)
    let clock = ContinuousClock()
    var ids: [Int] = []
    let time = try clock.measure {
      ids = try tokenizer.encode(String(repeating: "a", count: 100_003), addSpecialTokens: false)
    }
    #expect(ids == [Int](repeating: 2, count: 25_000) + [1, 0])
    #expect(time < .seconds(2))
  }
}
