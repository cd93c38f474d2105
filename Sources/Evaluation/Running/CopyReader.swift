import Foundation
import LatentModels
import ParallelScaling
import Tensors

/// Knows the answer of a problem, and reads those of copies: as an evaluation without copies does, so
/// that what is right there is right here.
public struct CopyReader: Sendable {
  /// The prompt.
  public let ids: [Int]
  /// The right answer.
  public let key: Rollout.Answer
  /// Tokens that copies write at most.
  public let tokens: Int
  private let model: EvaluationModel
  private let manner: Manner

  private enum Manner: Sendable {
    /// What is written, until it is as long as the answer, in bytes.
    case spelled(Int)
    /// The last number of a text, in one form of writing.
    case lastNumber
    /// As the code of a model of continuous thoughts reads it.
    case number(ThoughtFormat)
    /// The words such a model answers with.
    case words(ThoughtFormat)
  }

  /// - Throws: `UnaskableProblem`.
  init(_ problem: EvaluationProblem, _ model: EvaluationModel, _ plan: SampledPlan) throws {
    self.model = model
    if let format = model.model.facts.thoughts?.format {
      ids = try model.encode(prompt: problem.prompt)
      tokens = plan.tokenLimit
      // Answers of tasks may be words.
      if let number = Double(problem.answer), number.isFinite {
        (key, manner) = (.number(number), .number(format))
      } else {
        (key, manner) = (.text(problem.answer), .words(format))
      }
      return
    }
    switch plan.kind {
    case .exact:
      let continuation = try model.encode(prompt: problem.prompt, answer: problem.answer)
      ids = continuation.prompt
      tokens = continuation.answer.count
      let wanted = model.text(continuation.answer, after: ids)
      key = .text(String(decoding: wanted, as: UTF8.self))
      manner = .spelled(wanted.count)
    case .lastNumber:
      ids = try model.encode(prompt: problem.prompt)
      (key, tokens, manner) = (.text(problem.answer), plan.tokenLimit, .lastNumber)
    }
  }

  /// What a copy came to; nothing it says counts where it stopped being finite.
  public func rollout(_ copy: EnsembleRunner.Copy) -> Rollout {
    let answer = copy.isFinite ? self.answer(in: copy) : nil
    return Rollout(
      copy: copy.number, answer: answer, iterations: copy.residuals.count,
      residuals: copy.isFinite ? copy.residuals : [], entropy: copy.isFinite ? copy.entropy : nil,
      exit: copy.isFinite ? copy.exit : nil)
  }

  /// Whether it came to the right answer.
  public func isRight(_ copy: EnsembleRunner.Copy) -> Bool { rollout(copy).answer == key }

  private func answer(in copy: EnsembleRunner.Copy) -> Rollout.Answer? {
    var written = copy.written[...]
    if copy.isEnded { written = written.dropLast() }
    // What ends thoughts was not the model's to write.
    if let forced = model.model.facts.thoughts?.forcedToken(after: ids), written.first == forced {
      written = written.dropFirst()
    }
    switch manner {
    case .spelled(let length):
      let text = model.text(Array(written), after: ids, upTo: length)
      return text.isEmpty ? nil : .text(text)
    case .lastNumber: return NumberReading.last(in: text(written)).map { .text($0) }
    case .number(let format):
      return format.number(in: text(written)).flatMap { $0.isFinite ? .number($0) : nil }
    case .words(let format):
      let text = format.words(in: text(written))
      return text.isEmpty ? nil : .text(text)
    }
  }

  private func text(_ written: ArraySlice<Int>) -> String {
    // The text of a special token may have digits that nobody wrote.
    String(
      decoding: model.text(Array(written), after: ids, skipSpecialTokens: true), as: UTF8.self)
  }
}
