import Engine
import Foundation
import LatentModels
import ParallelScaling
import Tasks
import Trajectories

/// Reads answers out of what copies write, and knows whether they are right, where that can be known.
struct AnswerReader {
  private let workbench: Workbench
  private let reading: AnswerReading
  /// The right answer; nil where nobody knows.
  let right: Rollout.Answer?
  /// What the task counts modulo, where the right answer is that of a task.
  private(set) var modulus: Int?

  /// - Parameters:
  ///   - reading: what an answer is; nil for what the model and the prompt suggest.
  ///   - correct: the right answer in words; nil for that of a task.
  init(
    _ workbench: Workbench, _ source: PromptSource, reading: AnswerReading?,
    correct: String?
  ) {
    self.workbench = workbench
    var expected = correct
    if expected == nil, case .text(let text) = source {
      let known = ReasoningTask.recognize(text, among: workbench.summary.tasks)
      (expected, modulus) = (known?.problem.answer, known?.task.modulus)
    }
    let kind = reading ?? .usual(of: workbench.model.facts, expecting: expected)
    self.reading = kind
    right = expected.flatMap { kind.answer(in: $0) }
  }

  /// What copies are given: `iterations` or `thoughts`.
  var unit: String { workbench.model.facts.thoughts == nil ? "iterations" : "thoughts" }

  /// Token ids of a prompt.
  func ids(_ source: PromptSource) throws -> [Int] {
    switch source {
    case .text(let text): try workbench.codec.encode(text)
    case .ids(let ids): ids
    }
  }

  /// What a copy came to.
  func rollout(_ copy: EnsembleRunner.Copy) -> Rollout { workbench.rollout(copy, reading) }

  /// Whether an answer is right; nil where nobody knows.
  func isRight(_ answer: Rollout.Answer?) -> Bool? { right.map { answer == $0 } }
}

/// A beam search that was made beside copies.
struct SampleBeams {
  let search: BeamSearch
  let result: BeamSearch.Result
  /// What the best beam came to, with its scores.
  let rollout: Rollout
}

/// What copies came to, for people.
struct SampleReport {
  let ensemble: Ensemble
  let greedy: Rollout
  let reader: AnswerReader
  let plan: EnsemblePlan
  /// How large what is added is beside what is there.
  let levels: [Perturbation: Float]
  let judge: (any Judge)?
  let beams: SampleBeams?

  var lines: [String] { [heading, ""] + expected + votes + [""] + choices + coverage }

  /// What the marks beside answers are measured by; nothing where nobody knows.
  private var expected: [String] {
    guard let right = reader.right else { return [] }
    return ["right is \(right)" + (reader.modulus.map { " (mod \($0))" } ?? ""), ""]
  }

  private var heading: String {
    let count = ensemble.rollouts.count
    let isFull = ensemble.isComplete
    let copies =
      isFull ? "\(count) cop\(count == 1 ? "y" : "ies")" : "\(count) of \(ensemble.wanted) copies"
    let most = plan.thoughtStop == nil ? "" : "at most "
    var parts = ["\(copies) of \(most)\(plan.iterations) \(reader.unit)"]
    if !isFull, ensemble.isSettled { parts.append("the majority is settled") }
    parts += plan.perturbations.map { perturbation in
      let level = levels[perturbation].map { String(format: " (%.3g of the size)", $0) } ?? ""
      return "\(perturbation.kind.name)\(perturbation.isHeld ? ", held" : "") "
        + "\(perturbation.strength)\(level)"
    }
    if plan.drawsStarts { parts.append("starts from \(plan.start.words) on") }
    if let judge { parts.append("judged by \(judge.name)") }
    return parts.joined(separator: " · ")
  }

  private func mark(_ answer: Rollout.Answer?) -> String {
    reader.isRight(answer).map { $0 ? "right" : "wrong" } ?? ""
  }

  private func words(_ answer: Rollout.Answer?) -> String { answer.map { "\($0)" } ?? "no answer" }

  private var votes: [String] {
    let tallies = Vote(ensemble.rollouts, countsUnreadable: true).tallies
      .enumerated().sorted { ($1.element.count, $0.offset) < ($0.element.count, $1.offset) }
      .map(\.element)
    let all = ensemble.rollouts.count
    let shown = tallies.prefix(12).map { tally in
      let bar = String(repeating: "#", count: max(1, 30 * tally.count / max(1, all)))
      return row(words(tally.answer), "\(tally.count)", mark(tally.answer), bar)
    }
    return shown + (tallies.count > 12 ? ["and \(tallies.count - 12) answers more"] : [])
  }

  private var choices: [String] {
    var lines = [row("greedy", words(greedy.answer), mark(greedy.answer), "the run without noise")]
    lines += ensemble.choices.map { aggregator, answer in
      let rule = aggregator.needs == .exits ? plan.exit.map { " (\($0.words))" } : nil
      return row(
        aggregator.name, words(answer), mark(answer), aggregator.explanation + (rule ?? ""))
    }
    if let exit = plan.exit, ensemble.rollouts.allSatisfy({ $0.exit == nil }) {
      lines.append(
        row("earliest-exit", "–", "", "\(exit.words) stops no copy; --exit names another rule"))
    }
    if let beams {
      let score = beams.rollout.score.map { String(format: ", score %.4g", $0) } ?? ""
      let answer = beams.rollout.answer
      lines.append(
        row(
          "beam", words(answer), mark(answer),
          "the best of \(Self.count(beams.search.beams, "beam")), each going on in "
            + "\(Self.count(beams.search.candidates, "way"))\(score)"
        ))
    }
    return lines
  }

  private static func count(_ number: Int, _ what: String) -> String {
    "\(number) \(what)\(number == 1 ? "" : "s")"
  }

  private var coverage: [String] {
    guard reader.right != nil else { return [] }
    let all = ensemble.rollouts
    let right = all.filter { reader.isRight($0.answer) == true }.count
    guard let random = ShareInterval(hits: right, of: all.count) else { return [] }
    let shares = Coverage.counts(upTo: all.count).map { count in
      String(
        format: "%d %.2f", count, Coverage.passAtK(copies: all.count, right: right, k: count))
    }
    return [
      row(
        "random", String(format: "%.2f", random.share), "",
        String(format: "one copy in the mean; 95 %% from %.2f to %.2f", random.lower, random.upper)
      ), "", "coverage, one of k copies is right:  " + shares.joined(separator: "   "),
    ]
  }

  private func row(_ name: String, _ value: String, _ mark: String, _ rest: String) -> String {
    func pad(_ text: String, _ width: Int) -> String {
      text + String(repeating: " ", count: max(1, width - text.count))
    }
    return pad(name, 20) + pad(value, 14) + pad(mark, 7) + rest
  }
}
