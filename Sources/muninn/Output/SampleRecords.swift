import Checkpoints
import ParallelScaling
import Trajectories

/// Writes copies as JSON lines, and what was chosen among them as the last.
struct SampleRecords {
  private let file: OutputFile
  private let reader: AnswerReader

  init(_ file: OutputFile, reader: AnswerReader) { (self.file, self.reader) = (file, reader) }

  /// One copy.
  func write(_ rollout: Rollout) throws {
    var line = JSONLine()
    line.add("schema", SampleCommand.schema)
    line.add("copy", rollout.copy)
    add(rollout.answer, to: &line)
    line.add("text", rollout.text)
    add(correct: rollout.answer, to: &line)
    add(scores: rollout, to: &line)
    line.add("iterations", rollout.iterations)
    line.add("entropy", rollout.entropy.map { Float($0) })
    line.add("residual", rollout.residuals.last.map { Float($0) })
    line.add("exit", rollout.exit)
    try file.write(line: line.line)
  }

  /// A beam search beside the copies.
  func write(_ beams: SampleBeams) throws {
    let rollout = beams.rollout
    var inner = JSONLine()
    inner.add("beams", beams.search.beams)
    inner.add("ways", beams.search.candidates)
    add(rollout.answer, to: &inner)
    inner.add("text", rollout.text)
    add(correct: rollout.answer, to: &inner)
    add(scores: rollout, to: &inner)
    inner.add(
      "steps",
      beams.result.steps.map { step in
        var line = JSONLine()
        line.add("scores", raw: Self.list(step.scores))
        line.add("totals", raw: Self.list(step.totals))
        line.add("kept", raw: "[" + step.kept.map(String.init).joined(separator: ",") + "]")
        return line
      })
    var line = JSONLine()
    line.add("schema", SampleCommand.schema)
    line.add("beam", raw: inner.line)
    try file.write(line: line.line)
  }

  /// What all copies came to.
  func finish(
    _ ensemble: Ensemble, greedy: Rollout, beams: SampleBeams?, exit: ExitPolicy?
  ) throws {
    let all = ensemble.rollouts
    var line = JSONLine()
    line.add("schema", SampleCommand.schema)
    line.add("copies", all.count)
    line.add("wanted", ensemble.wanted)
    line.add("settled", raw: ensemble.isSettled ? "true" : "false")
    line.add("exit_rule", raw: exit.map { JSONValue.quoted($0.words) } ?? "null")
    var plain = JSONLine()
    add(greedy.answer, to: &plain)
    add(correct: greedy.answer, to: &plain)
    line.add("greedy", raw: plain.line)
    let right = all.filter { reader.isRight($0.answer) == true }.count
    if reader.right != nil, let share = ShareInterval(hits: right, of: all.count) {
      var random = JSONLine()
      random.add("correct", raw: "\(share.share)")
      random.add("lower", raw: "\(share.lower)")
      random.add("upper", raw: "\(share.upper)")
      line.add("random", raw: random.line)
      var coverage = JSONLine()
      for count in Coverage.counts(upTo: all.count) {
        coverage.add(
          "\(count)", raw: "\(Coverage.passAtK(copies: all.count, right: right, k: count))")
      }
      line.add("coverage", raw: coverage.line)
    } else {
      line.add("random", raw: "null")
      line.add("coverage", raw: "null")
    }
    var aggregates = JSONLine()
    for (aggregator, answer) in ensemble.choices {
      var choice = JSONLine()
      add(answer, to: &choice)
      add(correct: answer, to: &choice)
      aggregates.add(aggregator.name, raw: choice.line)
    }
    if let beams {
      var choice = JSONLine()
      add(beams.rollout.answer, to: &choice)
      add(correct: beams.rollout.answer, to: &choice)
      aggregates.add("beam", raw: choice.line)
    }
    line.add("aggregates", raw: aggregates.line)
    try file.write(line: line.line)
  }

  private func add(scores rollout: Rollout, to line: inout JSONLine) {
    line.add("score", raw: rollout.score.map { Self.number($0) } ?? "null")
    line.add(
      "step_scores", raw: rollout.stepScores.isEmpty ? "null" : Self.list(rollout.stepScores))
  }

  private static func list(_ values: [Double]) -> String {
    "[" + values.map(number).joined(separator: ",") + "]"
  }

  private static func number(_ value: Double) -> String { value.isFinite ? "\(value)" : "null" }

  private func add(_ answer: Rollout.Answer?, to line: inout JSONLine) {
    switch answer {
    case .number(let value): line.add("answer", raw: "\(value)")
    case .text(let text): line.add("answer", text)
    case nil: line.add("answer", raw: "null")
    }
  }

  private func add(correct answer: Rollout.Answer?, to line: inout JSONLine) {
    line.add("correct", raw: reader.isRight(answer).map { $0 ? "true" : "false" } ?? "null")
  }
}
