import Checkpoints
import LatentModels
import TestSupport
import Testing
import Trajectories

@testable import Evaluation

/// Prompt and answer as one text: the ids are those of the tokenizers library for the whole.
@Suite struct AnswerTextTests {
  /// The id of a letter inside a text.
  private func id(_ letter: String) throws -> Int {
    try #require(try ChainModel.tokenizer().encode("a" + letter, addSpecialTokens: false).last)
  }

  @Test(arguments: [
    ("3+4=", "7", [1, 337, 274, 267, 275, 283], [278]),
    ("Sure?:", " yes", [1, 337, 303, 331, 328, 315, 284, 281], [341]),
    ("Sure?: ", "yes", [1, 337, 303, 331, 328, 315, 284, 281], [341]),
    ("a", "é", [1, 337, 311], [198, 172]),
  ]) func bothAreEncodedTogether(_ text: String, _ answer: String, _ ids: [Int], _ said: [Int])
    throws
  {
    let model = try ChainModel().evaluated()
    #expect(
      try model.encode(prompt: text, answer: answer) == Continuation(prompt: ids, answer: said))
  }

  private func right(
    _ prompt: String, _ answer: String, _ said: [Int], rules: Bool = false
  ) throws -> ProblemRecord {
    // Behind the prompt's last token the model says these, one after the other.
    let ids = try ChainModel().evaluated().encode(prompt: prompt, answer: answer).prompt
    var model = ChainModel()
    for (last, next) in zip([try #require(ids.last)] + said, said) { model.next[last] = next }
    let problem = EvaluationProblem(
      group: ProblemGroup(task: "problems"), prompt: prompt, answer: answer)
    let plan = EvaluationPlan(
      model: "chain", problems: ProblemSet(kind: .exact, problems: [problem]), iterations: [1, 3],
      starts: [.zero],
      exits: rules ? [ExitChoice(try #require(ExitRule.named("kl")), scope: .last)] : [])
    return try AnswerRunner(model: model.evaluated(), plan: plan, control: .uninterrupted)
      .run(problem, number: 0)
  }

  @Test func anAnswerIsATextWhateverItsPieces() throws {
    #expect(try right("3+4=", "7", [278]).right == [1, 1])
    // `▁7` is another text behind `=`: " 7".
    #expect(try right("3+4=", "7", [338]).right == [0, 0])
    #expect(try right("Sure?:", " yes", [341], rules: true).right == [1, 1])
    #expect(try right("a", "é", [198, 172]).right == [1, 1])
    #expect(try right("a", "é", [198, 171]).right == [0, 0])
    let (y, e, s) = (try id("y"), try id("e"), try id("s"))
    #expect(try right("Sure?:", " yes", [337, y, e, s]).right == [1, 1])
    #expect(try right("Sure?:", " yes", [337, y, s, e]).right == [0, 0])
    #expect(try right("Sure?:", " yes", [337, 337, y, e]).right == [0, 0])
  }

  /// What is not finite is no answer: not token 0, and nothing is right.
  @Test(arguments: [false, true]) func numbersThatAreNoneAreCountedApart(rules: Bool) throws {
    let group = ProblemGroup(task: "problems")
    let problems = [("a=", "b"), ("a?", "b")].map {
      EvaluationProblem(group: group, prompt: $0.0, answer: $0.1)
    }
    var model = ChainModel()
    let (question, equals, b) = (try id("?"), try id("="), try id("b"))
    (model.next, model.diverging) = ([question: b, equals: b], [question: 3])
    let set = ProblemSet(kind: .exact, problems: problems)
    let plan = EvaluationPlan(
      model: "chain", problems: set, iterations: [2, 4],
      starts: [.zero],
      exits: rules
        ? [ExitChoice(try #require(ExitRule.named("latent-diff")), scope: .last, threshold: 1e-30)]
        : [])
    var table = ResultTable(plan, groups: set.groups)
    for (number, problem) in problems.enumerated() {
      var record = try AnswerRunner(model: model.evaluated(), plan: plan, control: .uninterrupted)
        .run(problem, number: number)
      // Said by whoever ran it, and not kept.
      #expect(record.divergence?.at.iteration == (number == 1 ? 3 : nil))
      record.divergence = nil
      let line = Array(record.line(file: "").utf8)
      #expect(ProblemRecord(line, plan: plan, file: "") == record)
      table.add(record, of: group, plan)
    }
    let tallies = table.rows.map(\.tally)
    #expect(tallies.map(\.problems) == (rules ? [2, 1, 1] : [2, 1]))
    #expect(tallies.map(\.diverged) == (rules ? [0, 1, 1] : [0, 1]))
    #expect(tallies.allSatisfy { $0.accuracy == 1 })
    #expect(table.diverged == 1 && table.asked == 2)
    let report = AccuracyReport(table, withPlots: false).lines
    #expect(report[1].contains("diverged"), "\(report)")
  }
}
