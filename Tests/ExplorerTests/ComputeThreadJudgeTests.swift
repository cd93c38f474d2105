import Engine
import LatentModels
import ParallelScaling
import Tensors
import Testing
import Trajectories

@testable import Explorer

/// Judges asked of the compute thread, against the same judge asked at once.
extension ComputeThreadTests {
  /// Scores a step by its first number and how many came before it.
  private struct FirstNumber: StepJudge, JudgedWays {
    let name = "first"
    let explanation = "the first number of every step"
    var width = 0
    var step = 0

    func check(_ facts: ModelFacts) throws(JudgeError) {}
    func begin(_ ids: [Int], control: StepControl) throws -> any JudgedWays { self }
    func selecting(_ ways: [Int]) -> FirstNumber { self }
    mutating func next(_ steps: Matrix, control: StepControl) throws -> [Double] {
      step += 1
      return (0..<steps.rows).map { Double(step) * Double(steps.row($0)[steps.row($0).startIndex]) }
    }
  }

  private static func question(_ judge: String) -> JudgeQuestion {
    let ids = [10] + "3+4-2?".utf8.map(Int.init)
    return JudgeQuestion(
      EnsembleQuestion(
        cause: PromptCause(text: "3+4-2?", ids: ids, start: seed7),
        way: .perturbed("relative-noise", 0.5, isHeld: false), seed: 5, iterations: 6),
      judge: judge)
  }

  private static func runner(_ question: EnsembleQuestion) throws -> EnsembleRunner {
    let model = try embedded().model
    let kind = try #require(PerturbationKind.named("relative-noise"))
    return EnsembleRunner(
      model: model,
      plan: EnsemblePlan(
        ids: question.cause.ids,
        perturbations: [try Perturbation(kind, strength: 0.5, of: model)],
        start: question.cause.start, seed: question.seed, iterations: question.iterations,
        tokens: 32))
  }

  private func judged(
    _ question: JudgeQuestion, _ range: Range<Int>, _ service: ComputeThread
  ) -> [EnsembleVerdicts] {
    service.submit(.judge(question, range))
    return events(of: service) { if case .judged = $0 { true } else { false } }
      .compactMap { if case .judged(let found) = $0 { found } else { nil } }
  }

  /// Whether their ways were kept or they run again; in the pieces they come in.
  @Test func verdictsAreThoseOfAllAtOnce() throws {
    let service = ComputeThread(candidates: 4, judges: ["first": FirstNumber()]) { _ in
      try Self.embedded()
    }
    defer { service.shutDown() }
    let question = Self.question("first")
    service.submit(.ensemble(question.ensemble, 0..<3))
    let found = judged(question, 0..<3, service) + judged(question, 3..<8, service)
    let copies = try Self.runner(question.ensemble).run(Array(0..<8))
    let workbench = try Self.embedded()
    let rollouts = copies.map { workbench.rollout($0, .text) }
    let ways = zip(copies, rollouts).map { JudgedCopy($0, $1) }
    let expected = try FirstNumber().verdicts(on: ways, of: question.ensemble.cause.ids)
    #expect(found.flatMap(\.verdicts) == expected && found.map(\.range) == [0..<3, 3..<8])
    #expect(found.allSatisfy(\.isOfSteps) && expected.allSatisfy { $0.steps.count == 6 })
    #expect(Set(expected.compactMap(\.score)).count == 8)
    // A score without training, and one that needs all copies.
    let chain = try #require(PathJudge.named("coe-r"))
    #expect(
      judged(Self.question("coe-r"), 0..<8, service).flatMap(\.verdicts)
        == chain.verdicts(on: ways))
    let all = try #require(judged(Self.question("agreement"), 5..<8, service).first)
    #expect(all.range == 0..<8 && !all.isOfSteps)
    let agreement = try #require(PathJudge.named("agreement"))
    #expect(all.verdicts == agreement.verdicts(on: ways))
  }

  @Test func beamsAreThoseOfTheSearch() throws {
    let service = ComputeThread(candidates: 4, judges: ["first": FirstNumber()]) { _ in
      try Self.embedded()
    }
    defer { service.shutDown() }
    let question = Self.question("first")
    service.submit(.beam(question))
    let found = events(of: service) { if case .searched = $0 { true } else { false } }
      .compactMap { if case .searched(let beam) = $0 { beam } else { nil } }
    let search = try BeamSearch(
      try Self.runner(question.ensemble), judge: FirstNumber(), beams: EnsembleBeam.beams,
      candidates: EnsembleBeam.candidates)
    let expected = try search.run()
    #expect(found.first?.question == question)
    #expect(found.first?.rollout.stepScores == expected.scores)
    #expect(expected.scores.count == 6)
  }

  /// Nobody of that name, a folder that is none, and no steps to search by.
  @Test(arguments: [
    ("nobody", "there is no \"nobody\""), ("no/such/folder", "no/such/folder"),
  ])
  func whoCannotJudgeSaysWhy(judge: String, words: String) {
    let service = service()
    defer { service.shutDown() }
    service.submit(.judge(Self.question(judge), 0..<2))
    let all = events(of: service) { if case .failed = $0 { true } else { false } }
    guard case .failed(.judging, let message)? = all.last else {
      Issue.record("no refusal")
      return
    }
    #expect(message.contains(words))
    service.submit(.beam(Self.question("coe-r")))
    let refused = events(of: service) { if case .failed = $0 { true } else { false } }
    guard case .failed(.judging, let why)? = refused.last else {
      Issue.record("no refusal")
      return
    }
    #expect(why.contains("one score for a whole way"))
  }
}
