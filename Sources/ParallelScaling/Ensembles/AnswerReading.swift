import Engine
import LatentModels

/// What an answer is in what a copy wrote.
public enum AnswerReading: String, Sendable, CaseIterable {
  /// The last number, as models of continuous thoughts are trained to end.
  case number
  /// The whole text, or where a model of continuous thoughts answers what it answers with, without the
  /// blanks around it.
  case text

  /// What it is where nobody says.
  /// - Parameter answer: the right one, where that is known: answers of tasks may be words.
  public static func usual(of facts: ModelFacts, expecting answer: String? = nil) -> AnswerReading {
    guard facts.thoughts != nil else { return .text }
    return answer.map { Double($0)?.isFinite == true } ?? true ? .number : .text
  }

  /// - Parameter format: how the model's answers end; nil for the usual way.
  /// - Returns: nil where nothing can be read.
  public func answer(in text: String, _ format: ThoughtFormat? = nil) -> Rollout.Answer? {
    switch self {
    case .number:
      // A number of four hundred digits is infinite, and no answer.
      return (format ?? .codi).number(in: text).flatMap { $0.isFinite ? .number($0) : nil }
    case .text:
      let text = format?.words(in: text) ?? text
      let start = text.drop(while: \.isWhitespace)
      let end = start.lastIndex { !$0.isWhitespace }
      return end.map { .text(String(start[...$0])) }
    }
  }
}

extension Workbench {
  /// What a copy came to, without special tokens and what ends a text; nothing counts of one that stopped
  /// being finite.
  public func rollout(_ copy: EnsembleRunner.Copy, _ reading: AnswerReading) -> Rollout {
    let written = copy.written.filter { !stopTokens.contains($0) && !codec.token($0).isSpecial }
    let text = codec.text(written, after: [])
    let answer = copy.isFinite ? reading.answer(in: text, model.facts.thoughts?.format) : nil
    return Rollout(
      copy: copy.number, answer: answer, text: text, iterations: copy.residuals.count,
      residuals: copy.isFinite ? copy.residuals : [], entropy: copy.isFinite ? copy.entropy : nil,
      exit: copy.isFinite ? copy.exit : nil)
  }
}
