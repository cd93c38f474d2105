import Testing

@testable import LatentModels

/// What an answer is in what models of continuous thoughts write.
@Suite struct ThoughtFormatTests {
  /// Words stand where numbers do: behind the mark, and without it everything is the answer.
  @Test(arguments: [
    (ThoughtFormat.coconut, "### left", "left"),
    (.coconut, "a step\n### scissors win\n", "scissors win"),
    (.coconut, "left", "left"), (.coconut, "### one ### two", "two"), (.coconut, "### ", ""),
    (.codi, "The answer is: paper", "paper"), (.codi, " paper ", "paper"),
    (.colar, "Answer:rock", "rock"), (.colar, "so Answer: rock ", "rock"),
  ]) func wordsStandBehindTheMark(format: ThoughtFormat, text: String, words: String) {
    #expect(format.words(in: text) == words)
  }
}
