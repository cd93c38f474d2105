import Tasks
import Trajectories

/// Whether what is read out at some place is what a task asks for there.
struct Judgement: Sendable, Hashable {
  let isRight: Bool
  /// What would be right: a partial result, or the whole answer.
  let expected: String

  func words(_ glyphs: Glyphs) -> String {
    isRight ? "\(glyphs.same) right" : "\(glyphs.differs) wrong: \(expected)"
  }

  var style: Style { isRight ? .good : .warning }
}

extension ExplorerState {
  /// What the text on the screen asks, when it is of a task.
  private var question: RecognizedProblem? {
    guard case .text(let prompt) = shownPrompt ?? self.prompt else { return nil }
    return ReasoningTask.recognize(prompt)?.problem
  }

  /// Of the answer, where it is read: after the prompt, or after the appended token in view.
  var judgementOfAnswer: Judgement? {
    guard let passage else { return nil }
    return judgement(token: passage.tokens.upperBound - 1, iteration: cursor.iteration)
  }

  /// Of one place of the text; nil where nothing can be known, and before anything was thought.
  func judgement(token: Int, iteration: Int) -> Judgement? {
    guard let rollout, let question, iteration > 0, token < rollout.tokenCount else { return nil }
    let passage = rollout.passages[rollout.passage(of: token)]
    guard iteration < passage.trajectory.steps.count else { return nil }
    let reading = passage.trajectory.steps[iteration].readings[token - passage.firstToken]
    guard let said = reading.best?.text else { return nil }
    if token + 1 < rollout.promptCount {
      guard let value = partialResult(question, at: token, of: rollout) else { return nil }
      return Judgement(isRight: said == value, expected: value)
    }
    let written = rollout.appended.prefix(token + 1 - rollout.promptCount).map(\.text).joined()
    return Self.judgement(said, after: written, of: question.answer)
  }

  /// Of the next piece of an answer. What follows a whole answer is nobody's business.
  private static func judgement(
    _ said: String, after written: String, of answer: String
  ) -> Judgement? {
    // Tokens of other models begin with the blank before them.
    let text = String((written + said).drop { $0 == " " })
    if String(written.drop { $0 == " " }) == answer { return nil }
    return Judgement(isRight: !text.isEmpty && answer.hasPrefix(text), expected: answer)
  }

  /// A partial result at a token; nil unless tokens are bytes.
  private func partialResult(
    _ question: RecognizedProblem, at token: Int, of rollout: Rollout
  ) -> String? {
    guard case .text(let prompt) = shownPrompt ?? self.prompt else { return nil }
    // Begin-of-text comes before the first byte.
    let before = rollout.promptCount - prompt.utf8.count
    guard before >= 0 else { return nil }
    let offset = token - before
    let value = question.partialResults.first { $0.offset == offset }?.value
    return value.map { String(UnicodeScalar($0)) }
  }
}
