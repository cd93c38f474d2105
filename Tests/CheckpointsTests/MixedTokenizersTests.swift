import TestSupport
import Testing

@testable import Checkpoints

/// Random strings of every kind through eighteen tokenizers, against what the reference library
/// gives: blanks, marks, jamo, emoji, controls, added tokens that strip. A tokenizer of the fixture
/// is one of the small ones with some parts replaced.
@Suite struct MixedTokenizers {
  private static func tokenizer(_ entry: JSONValue, bytes: JSONValue) throws -> Tokenizer {
    let base = try #require(entry["base"]?.string)
    let whole =
      base == "bytes"
      ? bytes : try TokenizerCases.document("tokenizers-tiny/\(base)/tokenizer.json")
    var parts = try #require(whole.members)
    func set(_ name: String, _ value: JSONValue) {
      parts.removeAll { $0.name == name }
      parts.append(JSONMember(name, value))
    }
    for part in try #require(entry["with"]?.members) { set(part.name, part.value) }
    if let changes = entry["model"]?.members {
      let names = entry["renamed"]
      var model = try #require(whole["model"]?.members)
      model.removeAll { member in changes.contains { $0.name == member.name } }
      model += changes
      model = model.map { member in
        guard member.name == "vocab", let pieces = member.value.members else { return member }
        let renamed = pieces.map { JSONMember(names?[$0.name]?.string ?? $0.name, $0.value) }
        return JSONMember("vocab", .object(renamed))
      }
      set("model", .object(model))
    }
    return try Tokenizer(.object(parts), path: "tokenizer.json")
  }

  @Test func agreeWithTheReference() throws {
    let document = try TokenizerCases.document("tokenizers-mixed.json")
    let entries = try #require(document["tokenizers"]?.array)
    #expect(entries.count == 18)
    for entry in entries {
      let tokenizer = try Self.tokenizer(entry, bytes: try #require(document["bytes"]))
      let cases = try #require(entry["cases"]?.array)
      #expect(cases.count == 32)
      for item in cases.compactMap(\.array) {
        let text = try #require(item[0].string)
        let wanted = try TokenizerCases.integers(item[1])
        let place = "\(entry["name"]?.string ?? "") \(text.debugDescription)"
        #expect(try tokenizer.encode(text, addSpecialTokens: true) == wanted, "\(place)")
        let decoded = tokenizer.decode(wanted, skipSpecialTokens: false)
        #expect(TokenizerCases.same(decoded, item[2].string), "\(place)")
        #expect(TokenizerCases.same(TextStreamTests.joined(tokenizer, wanted), decoded))
      }
    }
  }
}
