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
      var work = TokenizerWork(bytes: text.utf8.count)
      var matcher = try RegexMatcher(program, text: ScalarText.scalars(text), &work)
      let offsets = try #require(item["offsets"]?.array).map { pair in
        let bounds = try TokenizerCases.integers(pair)
        return bounds[0]..<bounds[1]
      }
      #expect(try matcher.matches(&work) == offsets, "\(text.debugDescription)")
    }
  }
}

@Suite struct RegexSyntaxCases {
  static func pieces(_ pattern: String, _ text: String) throws -> [String] {
    let scalars = ScalarText.scalars(text)
    var work = TokenizerWork(bytes: text.utf8.count)
    var matcher = try RegexMatcher(try RegexProgram(pattern), text: scalars, &work)
    return try matcher.matches(&work).map { ScalarText.string(Array(scalars[$0])) }
  }

  @Test(arguments: [
    ("a|ab", "abab", ["a", "a"]), ("a+?", "aaa", ["a", "a", "a"]), ("a{2}", "aaaaa", ["aa", "aa"]),
    ("a{,2}b", "aaab", ["aab"]), ("x{y", "x{y", ["x{y"]), ("{|}", "{}", ["{", "}"]),
    (#"(?i:'s|'t)"#, "'S't'ſ", ["'S", "'t", "'ſ"]), (#"a++a"#, "aaa", []),
    (#"a*+b|a"#, "aac", ["a", "a"]), (#"\s+(?!\S)"#, "  x ", [" ", " "]),
    (#"a(?=b)"#, "abaa", ["a"]), (#"\w+"#, "a²½Ⅷ①_Ⓐ", ["a²½Ⅷ", "_Ⓐ"]),
    (#"[^\w\s]+"#, "=²①a", ["=²①"]), (#"[\w]+"#, "a²b", ["a", "b"]), (#"a\b"#, "a² a①", ["a"]),
    (#"\bfoo\b"#, "foo foo_ foo", ["foo", "foo"]),
    (#"[^a-c\s]"#, "a d", ["d"]), (#"[\p{L}\-]+"#, "a-1é", ["a-", "é"]), ("^b", "a\nb", ["b"]),
    (#"\n^"#, "a\n\nb\n", ["\n", "\n"]), (#"\Ab|b\z"#, "b\nb\nb", ["b", "b"]),
    (#"[]a]+"#, "]a", ["]a"]), (#"\x41\x{1F642}\u00e9"#, "A🙂é", ["A🙂é"]), ("a?", "b", ["", ""]),
    (#"[zyxéä!0-9wvc-ea]+"#, "éa5!zb", ["éa5!z"]), (#"(?i:[b\rb]+)"#, "AB\rb", ["B\rb"]),
    (#"(?>a|ab)c"#, "abcac", ["ac"]), (#"\P{L}+"#, "a12", ["12"]), ("(a*)*b", "aab", ["aab"]),
  ])
  func matches(_ pattern: String, _ text: String, _ expected: [String]) throws {
    #expect(try Self.pieces(pattern, text) == expected)
  }

  @Test(arguments: [
    "(", ")", "[a", "*a", "a\\", #"\p{Foo}"#, #"\p"#, #"(?<=a)"#, #"(?<n>a)"#, #"\1"#, #"\k"#,
    "[b-a]", "[[:alpha:]]", "a{3,2}", "a{9999}", "((a{1000}){1000}){1000}",
    String(repeating: "(", count: 10_000),
  ])
  func refuses(_ pattern: String) {
    #expect(throws: RegexError.self) { try RegexProgram(pattern) }
  }

  @Test(.hangingIsTold, arguments: ["(a*)*b", "(a|aa)+b", "(a+)+(?=c)b", "(?>(a+)+c)b"])
  func hostilePatternsStayLinear(_ pattern: String) throws {
    #expect(try Self.pieces(pattern, String(repeating: "a", count: 20_000)).isEmpty)
  }
}
