import TestSupport
import Testing

@testable import Checkpoints

@Suite struct RegexMatching {
  @Test(arguments: [("pattern_real", "real"), ("pattern_own", "own")])
  func splitsAsReference(_ pattern: String, _ cases: String) throws {
    let document = try TokenizerCases.document(
      "huginn-tokenizer-cases/pretokenizer_fuzz.json")
    let program = try RegexProgram(try #require(document[pattern]?.string))
    let items = try #require(document[cases]?.array)
    #expect(items.count >= 200)
    for item in items {
      let text = try #require(item["text"]?.string)
      var matcher = RegexMatcher(program, text: ScalarText.scalars(text))
      let offsets = try #require(item["offsets"]?.array).map { pair in
        let bounds = try TokenizerCases.integers(pair)
        return bounds[0]..<bounds[1]
      }
      #expect(matcher.matches() == offsets, "\(text.debugDescription)")
    }
  }
}
