import Checkpoints
import Foundation
import LatentModels
import Tensors
import TestSupport
import Testing

@testable import ParallelScaling

/// Who says how good copies are.
@Suite struct JudgeTests {
  static let ids = [10, 51, 43, 52, 45, 50, 63]

  static func reward(threads: Int = 1) throws -> LatentRewardJudge {
    let reward = try LatentReward(
      try Checkpoint.open(Fixtures.path("latentrm-tiny")),
      packing: WeightPacking(team: ThreadTeam(count: threads)))
    return LatentRewardJudge(reward, name: "latentrm-tiny")
  }

  static func runner(
    _ kinds: [(String, Float)], iterations: Int = 4, name: String = "coconut-tiny"
  ) throws -> EnsembleRunner {
    let model = try EnsembleTests.model(name)
    let plan = EnsemblePlan(
      ids: ids,
      perturbations: try kinds.map {
        try Perturbation(try #require(PerturbationKind.named($0.0)), strength: $0.1, of: model)
      },
      start: model.facts.usualStart, seed: 5, iterations: iterations, tokens: 3)
    return EnsembleRunner(model: model, plan: plan)
  }

  private func judged(
    _ copies: [EnsembleRunner.Copy]
  ) -> [JudgedCopy] {
    copies.map { JudgedCopy($0, Rollout(copy: $0.number, answer: nil)) }
  }

  @Test func scoresAreTheSameInAnyCompany() throws {
    let copies = try Self.runner([("noise", 0.5)]).run([0, 1, 2, 3, 4])
    let judge = try Self.reward()
    let all = try judge.verdicts(on: judged(copies), of: Self.ids)
    #expect(all.allSatisfy { $0.steps.count == 4 } && Set(all.map(\.score)).count == 5)
    #expect(all[1].score == all[1].steps.reduce(0, +))
    for (copy, verdict) in zip(copies, all) {
      #expect(try judge.verdicts(on: judged([copy]), of: Self.ids) == [verdict])
    }
    #expect(
      try judge.verdicts(on: judged(copies.reversed()), of: Self.ids) == all.reversed())
    #expect(try Self.reward(threads: 2).verdicts(on: judged(copies), of: Self.ids) == all)
    // Beside those that thought less, or not at all.
    let shorter = try Self.runner([("noise", 0.5)], iterations: 2).run([3, 1])
    var broken = shorter[1]
    broken.isFinite = false
    let mixed = try judge.verdicts(
      on: judged([shorter[0], copies[3], broken, copies[0]]), of: Self.ids)
    #expect(mixed[0].steps == Array(all[3].steps.prefix(2)))
    #expect(mixed[1] == all[3] && mixed[3] == all[0])
    #expect(mixed[2] == Verdict(steps: []) && mixed[2].score == nil)
    #expect(try judge.verdicts(on: judged([broken]), of: Self.ids) == [Verdict(steps: [])])
  }

  /// A score hangs on the steps up to it, on all of them, and on the prompt.
  @Test func scoresAreCausal() throws {
    var copy = try Self.runner([("noise", 0.5)]).run([0])[0]
    let judge = try Self.reward()
    let before = try judge.verdicts(on: judged([copy]), of: Self.ids)[0].steps
    for changed in 0..<4 {
      var other = copy
      other.thoughts[changed][7] += 0.5
      let after = try judge.verdicts(on: judged([other]), of: Self.ids)[0].steps
      #expect(Array(after.prefix(changed)) == Array(before.prefix(changed)))
      #expect(zip(after, before).dropFirst(changed).allSatisfy { $0 != $1 }, "\(changed)")
    }
    let elsewhere = try judge.verdicts(on: judged([copy]), of: [11] + Self.ids.dropFirst())[0]
    #expect(zip(elsewhere.steps, before).allSatisfy { $0 != $1 })
    copy.thoughts[0][0] = .nan
    #expect(try judge.verdicts(on: judged([copy]), of: Self.ids)[0].score == nil)
  }

  /// A backbone with a classifier of its own, as a checkpoint.
  private func reward(
    of name: String, adding tensors: [(name: String, shape: [Int], value: Float)]
  ) throws -> (copy: ModelCopy, reward: () throws -> LatentReward) {
    let copy = try ModelCopy(of: name)
    let path = "\(copy.path)/model.safetensors"
    let file = try SafetensorsFile.open(path)
    let writer = try SafetensorsWriter(
      path: path + ".new",
      entries: file.tensors.values.map { .init($0.name, shape: $0.shape) }
        + tensors.map { .init($0.name, shape: $0.shape) })
    for tensor in file.tensors.values { try writer.append(tensor.floats()) }
    for tensor in tensors {
      let count = tensor.shape.reduce(1, *)
      try writer.append((0..<count).map { tensor.value * Float($0 % 5 - 2) })
    }
    try writer.finish()
    try FileManager.default.removeItem(atPath: path)
    try FileManager.default.moveItem(atPath: path + ".new", toPath: path)
    return (copy, { try LatentReward(try Checkpoint.open(copy.path)) })
  }

  /// With a projector the classifier reads what that makes of the hidden vector.
  @Test func aProjectorStandsBeforeTheClassifier() throws {
    let made = try reward(
      of: "codi-tiny",
      adding: [("classifier.weight", [1, 32], 0.25), ("classifier.bias", [1], 0)])
    let copies = try Self.runner([("noise", 1.4)], name: "codi-tiny").run([0, 1])
    let judge = LatentRewardJudge(try made.reward(), name: "codi")
    let steps = try judge.verdicts(on: judged(copies), of: Self.ids)
    // The judge is the generator itself, so that what it projects is the copies' own next thought.
    let runner = try Self.runner([], name: "codi-tiny")
    for (copy, verdict) in zip(copies, steps) {
      for step in 1...4 {
        let state = Matrix(rows: 1, columns: 32, values: copy.path[step])
        let next = try #require(
          try runner.model.nextThoughts(
            LatentState(rows: state, places: Places(counts: [1]), iteration: 0, memory: nil),
            .plain))
        let score = next.values.enumerated().reduce(0.0) {
          $0 + Double($1.element) * Double(0.25 * Float($1.offset % 5 - 2))
        }
        #expect(abs(verdict.steps[step - 1] - score) < 1e-5)
      }
    }
  }

  private func refusal(_ body: () throws -> Void) -> String {
    do {
      try body()
      return ""
    } catch {
      return "\(error)"
    }
  }

  @Test func whatCannotJudgeSaysWhy() throws {
    let judge = try Self.reward()
    let codi = try EnsembleTests.model("codi-tiny")
    let width = refusal { try judge.check(codi.facts) }
    #expect(width.contains("width 64") && width.contains("have 32"), "\(width)")
    let demo = try EnsembleTests.model("")
    let none = refusal { try judge.check(demo.facts) }
    #expect(none.contains("continuous thoughts") && none.contains("coe-r"), "\(none)")
    try judge.check(try EnsembleTests.model("coconut-tiny").facts)
    var fewer = try EnsembleTests.model("coconut-tiny").facts
    fewer.vocabularySize = 513
    let words = refusal { try judge.check(fewer) }
    #expect(words.contains("512 tokens") && words.contains("513"), "\(words)")
    // A generator is no judge, and a judge has nothing else.
    let generator = refusal {
      _ = try LatentReward(try Checkpoint.open(Fixtures.path("coconut-tiny")))
    }
    #expect(generator.contains("classifier.weight") && generator.contains("classifier.bias"))
    let extra = try reward(of: "latentrm-tiny", adding: [("projecter.weight", [64, 64], 1)])
    #expect(refusal { _ = try extra.reward() }.contains("projecter.weight"))
    let wide = try reward(
      of: "coconut-tiny",
      adding: [("classifier.weight", [2, 64], 1), ("classifier.bias", [1], 1)])
    #expect(refusal { _ = try wide.reward() }.contains("[2, 64]"))
    let other = try ModelCopy(of: "latentrm-tiny")
    try other.configure("model_type", "bert")
    let type = refusal { _ = try LatentReward(try Checkpoint.open(other.path)) }
    #expect(type.contains("bert") && type.contains("gpt2"), "\(type)")
    let long = refusal {
      _ = try judge.begin(Array(repeating: 1, count: 300), control: .uninterrupted)
    }
    #expect(long.contains("judge latentrm-tiny") && long.contains("300"), "\(long)")
  }

  @Test func scoresWithoutTrainingAreOfTheWholeWay() throws {
    var copies = try Self.runner([("noise", 0.5)]).run([0, 1, 2])
    copies[2].isFinite = false
    let answers: [Rollout.Answer?] = [.number(3), .number(3), nil]
    let judged = zip(copies, answers).map { copy, answer in
      JudgedCopy(
        copy,
        Rollout(
          copy: copy.number, answer: answer, residuals: copy.isFinite ? copy.residuals : [],
          entropy: copy.isFinite ? copy.entropy : nil))
    }
    func scores(_ name: String) throws -> [Double?] {
      let judge = try #require(PathJudge.named(name))
      let verdicts = judge.verdicts(on: judged)
      #expect(verdicts.allSatisfy { $0.steps.isEmpty })
      return verdicts.map(\.score)
    }
    #expect(try scores("agreement") == [2.0 / 3, 2.0 / 3, 0])
    #expect(
      try scores("entropy") == [
        -(try #require(copies[0].entropy)), -(try #require(copies[1].entropy)), nil,
      ]
    )
    let residual = copies[0].residuals
    #expect(
      try scores("residual")[0] == -(residual[1] + residual[2] + residual[3]) / 3)
    // Steps and turns of the thoughts, counted out.
    let chain = copies[0].thoughts.map { $0.map(Double.init) }
    func size(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }
    func step(_ a: Int, _ b: Int) -> Double { size(zip(chain[a], chain[b]).map { $0 - $1 }) }
    func turn(_ a: Int, _ b: Int) -> Double {
      acos(zip(chain[a], chain[b]).reduce(0) { $0 + $1.0 * $1.1 } / size(chain[a]) / size(chain[b]))
    }
    let mean = (1...3).reduce(0.0) {
      $0 + (step($1, $1 - 1) / step(3, 0) - turn($1, $1 - 1) / turn(3, 0)) / 3
    }
    let real = try scores("coe-r")
    #expect(abs((real[0] ?? .nan) - mean) < 1e-12 && real[2] == nil)
    #expect(try scores("coe-c")[0] != real[0])
    #expect(Set(PathJudge.all.map(\.name)).count == PathJudge.all.count)
  }

  @Test func aggregatorsTakeOneNumberOrManyAndLeaveOutWhoHasNone() throws {
    func rollout(_ answer: Double, _ verdict: Verdict) -> Rollout {
      Rollout(copy: 0, answer: .number(answer)).judged(verdict)
    }
    let whole = [
      rollout(1, Verdict(score: -2)), rollout(2, Verdict(score: nil)),
      rollout(3, Verdict(score: -1)),
    ]
    for (name, chosen) in [("best-of-n-sum", 3.0), ("weighted", 3)] {
      let aggregator = try #require(Aggregator.named(name))
      #expect(aggregator.canChoose(whole) && aggregator.answer(of: whole) == .number(chosen))
    }
    #expect(!(try #require(Aggregator.named("best-of-n-last")).canChoose(whole)))
    let steps = [
      rollout(1, Verdict(steps: [2, 0])), rollout(2, Verdict(steps: [])),
      rollout(3, Verdict(steps: [-9, 3])), rollout(4, Verdict(steps: [.nan, 100])),
    ]
    for (name, chosen) in [("best-of-n-sum", 1.0), ("best-of-n-last", 3), ("best-of-n-bce", 1)] {
      let aggregator = try #require(Aggregator.named(name))
      #expect(aggregator.canChoose(steps) && aggregator.answer(of: steps) == .number(chosen))
    }
  }

  /// Copies are drawn as softmax(score / β) says, by the seed alone.
  @Test func acceptanceDrawsByScore() throws {
    let scores = [0.0, 0.1, 0.25]
    let rollouts =
      scores.enumerated().map {
        Rollout(copy: $0.offset, answer: .number(Double($0.offset))).judged(
          Verdict(score: $0.element))
      } + [Rollout(copy: 3, answer: .number(3))]
    func chosen(_ beta: Double, _ seed: UInt64) throws -> Rollout.Answer? {
      let table = Aggregator.table(Aggregator.Options(beta: beta, seed: seed))
      return try #require(table.first { $0.name == "lto" }).answer(of: rollouts)
    }
    var counts = [0, 0, 0, 0]
    for seed in 0..<2000 as Range<UInt64> {
      if case .number(let index) = try chosen(0.2, seed) { counts[Int(index)] += 1 }
    }
    let expected = AcceptanceRejection.probabilities(of: scores, beta: 0.2)
    for (count, share) in zip(counts, expected) {
      // Five standard deviations.
      #expect(abs(Double(count) - 2000 * share) < 5 * (2000 * share * (1 - share)).squareRoot())
    }
    #expect(counts[3] == 0 && counts.reduce(0, +) == 2000)
    #expect(try chosen(0.2, 7) == chosen(0.2, 7))
    #expect(try (0..<20).allSatisfy { try chosen(1e-4, $0) == .number(2) })
  }
}
