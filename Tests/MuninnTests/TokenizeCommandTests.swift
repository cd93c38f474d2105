import Checkpoints
import TestSupport
import Testing

@testable import muninn

@Suite struct TokenizeCommandTests {
  static func coder(json: Bool = false, decodes: Bool = false, noSpecial: Bool = false) throws
    -> LineCoder
  {
    LineCoder(
      tokenizer: try Tokenizer.open(Fixtures.path("raven-tiny-a/tokenizer.json")),
      skipsSpecial: noSpecial, isJSON: json, decodes: decodes)
  }

  @Test func encodesLines() throws {
    #expect(
      try Self.coder().convert(Array("Hello".utf8)) == "480 72 285 360\t<|begin_text|> H el lo")
    #expect(
      try Self.coder(json: true, noSpecial: true).convert(Array(#"{"text":"a\n"}"#.utf8))
        == #"{"ids":[97,10],"pieces":["a","Ċ"]}"#)
    #expect(try Self.coder(noSpecial: true).convert([]) == "\t")
  }

  @Test func decodesLines() throws {
    #expect(try Self.coder(decodes: true).convert(Array("480, 72 285".utf8)) == "<|begin_text|>Hel")
    #expect(
      try Self.coder(json: true, decodes: true, noSpecial: true)
        .convert(Array(#"{"ids":[480,72,10]}"#.utf8)) == #"{"text":"H\n"}"#)
  }

  @Test(arguments: [
    (true, false, "{}", "text"), (true, false, "{", "byte 1"),
    (true, false, #"{"text":1}"#, "text"),
    (true, true, #"{"ids":[1.5]}"#, "1.5"), (true, true, #"{"ids":3}"#, "ids"),
    (true, true, #"{"ids":[512]}"#, "512"), (false, true, "1 x", "'x'"), (false, true, "-1", "-1"),
    (false, true, "99999999999999999999", "no token id"),
  ])
  func saysWhatIsWrong(_ json: Bool, _ decodes: Bool, _ line: String, _ word: String) throws {
    let coder = try Self.coder(json: json, decodes: decodes)
    let error = try #require(throws: LineCoder.Failure.self) { try coder.convert(Array(line.utf8)) }
    #expect(error.message.contains(word), "\(error)")
  }

  @Test func readsLinesOfAFile() throws {
    let path = Fixtures.path("raven-tiny-a/config.json")
    var lines = try ByteLines(path)
    var all: [UInt8] = []
    var count = 0
    while let line = try lines.next() {
      all += line + [10]
      count += 1
    }
    let bytes = try MappedFile.read(path)
    #expect(count > 3 && (all == bytes || all == bytes + [10]))
    #expect(throws: CheckpointError.self) { try ByteLines("/nonexistent/file") }
  }

  /// A line without end is refused, with the limit in words; so is a prompt without end.
  @Test func refusesEndlessFiles() throws {
    var lines = try ByteLines("/dev/zero", limit: 1 << 20)
    let error = try #require(throws: CheckpointError.self) { try lines.next() }
    #expect(error.description.contains("Line 1 is longer than 1 MiB"))
    let other = try #require(throws: CheckpointError.self) { try PromptFile.read("/dev/zero") }
    #expect(other.description.contains("16 MiB"))
    let folder = try #require(throws: CheckpointError.self) { try PromptFile.read("/") }
    #expect(folder.description.contains("directory"))
  }
}
