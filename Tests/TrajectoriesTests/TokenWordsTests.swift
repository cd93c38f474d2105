import Testing
import Trajectories

/// Tokens as they are typed, and what is said of words that are none.
@Suite struct TokenWordsTests {
  private let vocabulary = Vocabulary(count: 12) { id in
    Token(
      id: id,
      text: ["7", " 7", "12", "1", "\\xE6", "the", "then", "\"", "#3", "é", "é", "2"][id],
      isSpecial: false)
  }

  private func failure(_ text: String) throws -> TokenWords.Failure {
    try #require(throws: TokenWords.Failure.self) {
      try TokenWords.ids(text, in: vocabulary)
    }
  }

  @Test func severalAreFoundEachOnce() throws {
    let ids = try TokenWords.ids("7 \" 7\" '12' #5 \"7\" #3 \\xE6", in: vocabulary)
    #expect(ids == [0, 1, 2, 5, 3, 4])
    #expect(try TokenWords.ids("", in: vocabulary).isEmpty)
    // Two tokens that read alike: the first; the other is had by its id.
    #expect(try TokenWords.ids("é #10", in: vocabulary) == [9, 10])
    #expect(try TokenWords.ids("\"", in: vocabulary) == [7])
  }

  /// What is wrong is said where it is.
  @Test(arguments: [
    ("7 121", 3, "\"121\" is several tokens: \"12\" \"1\""),
    ("77", 1, "\"77\" is several tokens: \"7\" \"7\""),
    ("8", 1, "#8 is the token with that id"), ("\"9\"", 1, "no token reads \"9\""),
    ("#12", 1, "ids go from #0 to #11"), ("#99999999999999999999", 1, "ids go from #0 to #11"),
    ("7 \"the", 3, "this quote is not closed"), ("''", 1, "the text of a token"),
    ("thex", 1, "no token reads"), ("the\u{1B}[2J", 1, "no token reads"),
    ("\u{FFFD}", 1, "no token reads"), ("th", 1, "near is \"the\""),
  ])
  func whatIsNoneIsSaid(text: String, column: Int, words: String) throws {
    let failure = try failure(text)
    #expect(failure.column == column && failure.problem.contains(words), "\(failure.problem)")
  }

  @Test func aLongTextIsRefusedSoon() throws {
    #expect(try failure(String(repeating: "1", count: 5000)).problem.contains("no token reads"))
  }

  @Test func completionGoesAsFarAsTokensAgree() {
    func completed(_ text: String) -> String? { TokenWords.completion(of: text, in: vocabulary) }
    #expect(completed("th") == "\"the")
    #expect(completed("7 \"then") == "7 \"then\"")
    #expect(completed("\"the\"") == nil && completed("zz") == nil && completed("") == nil)
    #expect(completed("#3") == nil)
    #expect(TokenWords.words(for: 1, in: vocabulary) == "\" 7\"")
    #expect(TokenWords.words(for: 10, in: vocabulary) == "#10")
  }
}
