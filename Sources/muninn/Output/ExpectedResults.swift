import Engine
import Tasks
import Trajectories

/// What a task asks for at tokens of its prompt: partial results where they can be known, and the answer
/// at the last.
struct ExpectedResults {
  /// What is right, by position.
  let byToken: [Int: String]
  private let last: Int

  /// nil unless the model says that it was trained on the task the text is of: to another model the same
  /// text may ask something else. Models that think behind their prompt say nothing on the way.
  /// - Parameter tokens: of the prompt.
  init?(_ text: String?, tokens: Int, of model: ModelSummary) {
    guard let text, !model.thinksOnce, tokens > 0,
      let (_, problem) = ReasoningTask.recognize(text, among: model.tasks)
    else { return nil }
    last = tokens - 1
    var expected: [Int: String] = [:]
    // Partial results belong to bytes, so they are known where tokens are bytes; begin-of-text comes before.
    let before = tokens - text.utf8.count
    if (0...1).contains(before) {
      for result in problem.partialResults where (0..<last).contains(result.offset + before) {
        expected[result.offset + before] = String(UnicodeScalar(result.value))
      }
    }
    expected[last] = problem.answer
    byToken = expected
  }

  /// Whether what is said at a token is right; nil where nobody knows.
  func isRight(_ said: Candidate?, token: Int) -> Bool? {
    guard let expected = byToken[token] else { return nil }
    guard let said = said?.text, !said.isEmpty else { return false }
    // An answer is said piece by piece.
    return token == last ? expected.hasPrefix(said) : said == expected
  }
}
