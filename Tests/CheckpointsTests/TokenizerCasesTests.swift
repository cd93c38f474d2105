import Checkpoints
import TestSupport
import Testing

/// Reference cases, made by the library that published tokenizers are written for.
@Suite struct TokenizerCases {
  static func document(_ path: String) throws -> JSONValue {
    try JSONValue(parsing: MappedFile.read(Fixtures.path(path)))
  }

  static func text(_ value: JSONValue, _ name: String = "utf8_hex") throws -> String {
    let hex = Array(try #require(value[name]?.string).utf8)
    let bytes = stride(from: 0, to: hex.count, by: 2).map {
      UInt8(String(decoding: hex[$0..<$0 + 2], as: UTF8.self), radix: 16)!
    }
    return String(decoding: bytes, as: UTF8.self)
  }

  static func integers(_ value: JSONValue?) throws -> [Int] {
    try #require(value?.array).map { try #require($0.integer) }
  }

  /// Compares scalars: `String` equality would take different spellings of "é" for the same.
  static func same(_ a: String, _ b: String?) -> Bool {
    b.map { Array(a.unicodeScalars) == Array($0.unicodeScalars) } ?? false
  }

  @Test(arguments: Fixtures.ravenModels) func huginnStyle(_ name: String) throws {
    let tokenizer = try Tokenizer.open(Fixtures.path("\(name)/tokenizer.json"))
    let golden = try Self.document("\(name)/golden.json")
    let cases = try #require(golden["tokenizer_cases"]?.array)
    #expect(cases.count > 20)
    for item in cases {
      let text = try Self.text(item)
      let ids = try tokenizer.encode(text, addSpecialTokens: false)
      #expect(ids == (try Self.integers(item["ids"])), "\(text.debugDescription)")
      let withBOS = try Self.integers(item["ids_with_bos"])
      #expect(try tokenizer.encode(text, addSpecialTokens: true) == withBOS)
      let pieces = try #require(item["pieces"]?.array)
      #expect(zip(ids, pieces).allSatisfy { Self.same(tokenizer.piece($0), $1.string) })
      #expect(ids.count == pieces.count)
      for (skip, name) in [(true, "decoded_skip_special"), (false, "decoded_keep_special")] {
        let decoded = tokenizer.decode(ids, skipSpecialTokens: skip)
        #expect(Self.same(decoded, item[name]?.string), "\(text.debugDescription)")
      }
    }
  }

  @Test(arguments: Fixtures.ravenModels) func chat(_ name: String) throws {
    let checkpoint = try Checkpoint.open(Fixtures.path(name))
    guard case .present(let tokenizer) = checkpoint.tokenizer,
      case .present(let template) = checkpoint.chatTemplate
    else {
      Issue.record("no tokenizer or chat template")
      return
    }
    let golden = try Self.document("\(name)/golden.json")
    let cases = try #require(golden["chat_template_cases"]?.array)
    #expect(cases.count > 2)
    for item in cases {
      let messages = try #require(item["messages"]?.array).map {
        ChatTemplate.Message(
          role: try #require($0["role"]?.string), content: try #require($0["content"]?.string))
      }
      let text = template.render(
        messages, addGenerationPrompt: item["add_generation_prompt"]?.bool == true)
      #expect(Self.same(text, item["text"]?.string))
      #expect(
        try tokenizer.encode(text, addSpecialTokens: false) == (try Self.integers(item["ids"])))
    }
  }

  @Test(arguments: [
    "gpt2-style", "llama3-style", "smollm2-style", "sentencepiece-style", "metaspace-style",
  ])
  func otherStyles(_ style: String) throws {
    let tokenizer = try Tokenizer.open(Fixtures.path("tokenizers-tiny/\(style)/tokenizer.json"))
    let document = try Self.document("tokenizers-tiny/\(style)/cases.json")
    for item in try #require(document["cases"]?.array) {
      let text = try Self.text(item)
      let ids = try tokenizer.encode(text, addSpecialTokens: false)
      #expect(ids == (try Self.integers(item["ids"])), "\(text.debugDescription)")
      let marked = try tokenizer.encode(text, addSpecialTokens: true)
      #expect(marked == (try Self.integers(item["ids_with_bos"])))
      let pieces = try #require(item["pieces"]?.array)
      #expect(zip(ids, pieces).allSatisfy { Self.same(tokenizer.piece($0), $1.string) })
      for (list, skip, name) in [
        (ids, true, "decoded_skip_special"), (ids, false, "decoded_keep_special"),
        (marked, true, "decoded_with_bos_skip_special"),
        (marked, false, "decoded_with_bos_keep_special"),
      ] {
        let decoded = tokenizer.decode(list, skipSpecialTokens: skip)
        #expect(Self.same(decoded, item[name]?.string), "\(name) \(text.debugDescription)")
      }
    }
    for item in try #require(document["decode_cases"]?.array) {
      let ids = try Self.integers(item["ids"])
      let decoded = tokenizer.decode(ids, skipSpecialTokens: false)
      #expect(Self.same(decoded, try #require(item["decoded"]?.string)), "\(ids)")
    }
  }

  @Test(arguments: ["gpt2-style", "llama3-style", "sentencepiece-style"])
  func fuzz(_ style: String) throws {
    let tokenizer = try Tokenizer.open(Fixtures.path("tokenizers-tiny/\(style)/tokenizer.json"))
    let document = try Self.document("tokenizers-tiny/\(style)/fuzz.json")
    for item in try #require(document.array) {
      let text = try Self.text(item)
      let ids = try tokenizer.encode(text, addSpecialTokens: false)
      #expect(ids == (try Self.integers(item["ids"])), "\(text.debugDescription)")
      let expected = try Self.text(
        item, item["decoded_utf8_hex"] == nil ? "utf8_hex" : "decoded_utf8_hex")
      #expect(Self.same(tokenizer.decode(ids, skipSpecialTokens: false), expected))
    }
  }

  @Test func embeddedBytes() throws {
    guard case .present(let tokenizer) = try Checkpoint.embedded().tokenizer else {
      Issue.record("the embedded tokenizer is unreadable")
      return
    }
    #expect(tokenizer.vocabularySize == 256)
    let ids = try tokenizer.encode("3+4-2?", addSpecialTokens: true)
    #expect(ids == [10] + Array("3+4-2?".utf8).map { Int($0) })
    #expect((0..<256).allSatisfy { tokenizer.bytes(of: $0) == [UInt8($0)] })
    #expect(tokenizer.decode([0xE2, 0x82, 65], skipSpecialTokens: false) == "\u{FFFD}A")
  }
}
