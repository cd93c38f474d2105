import Checkpoints
import Engine
import LatentModels
import ParallelScaling
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import Explorer

/// Copies of a model that ends its thoughts itself.
@Suite struct ThoughtFanTests {
  @Test func copiesHaveAsManyThoughtsAsTheyWant() throws {
    let folder = try RandomThoughts(.colar, isTied: false)
    let model = try ModelPlan(try Checkpoint.open(folder.path)).open(
      WeightPacking(team: ThreadTeam(count: 1)))
    // A token that noise makes copies say at different times stands for the one that ends thoughts.
    let ids = [3, 34, 65, 96]
    func runner(_ stop: Int?) throws -> EnsembleRunner {
      let kind = try #require(PerturbationKind.named("noise"))
      var plan = EnsemblePlan(
        ids: ids, perturbations: [try Perturbation(kind, strength: 0.5, of: model)],
        start: model.facts.usualStart, seed: 2, iterations: 5, tokens: 4)
      plan.thoughtStop = stop
      return EnsembleRunner(model: model, plan: plan)
    }
    let said = try runner(nil).run(Array(0..<6), readsPath: true).map(\.said)
    let stop = try #require(
      Set(said.joined().compactMap(\.self)).max { a, b in
        Set(said.map { $0.firstIndex(of: a) }).count < Set(said.map { $0.firstIndex(of: b) }).count
      })
    let ending = try RandomThoughts(.colar, isTied: false) { tensors in
      for index in tensors.indices where tensors[index].name == "lm_head.weight" {
        let width = RandomThoughts.width
        for column in 0..<width {
          tensors[index].values.swapAt(
            stop * width + column, RandomThoughts.stop * width + column)
        }
      }
    }
    let expected = said.map { ($0.firstIndex(of: stop) ?? 5) }
    #expect(Set(expected).count > 1)
    let own = try ModelPlan(try Checkpoint.open(ending.path)).open(
      WeightPacking(team: ThreadTeam(count: 1)))
    let bench = Workbench(
      model: own,
      summary: ModelSummary(
        name: "colar", defaultIterations: 5, parameters: 1, width: own.facts.width,
        vocabularySize: own.facts.vocabularySize, maximumTokens: own.facts.maximumTokens,
        hasFixedStart: true, thinksOnce: true, thoughtStop: RandomThoughts.stop),
      codec: .idsOnly(problem: "none"))
    let cause = PromptCause(text: nil, ids: ids, start: own.facts.usualStart.drawn(as: SeedForm()))
    for endsItself in [true, false] {
      let question = EnsembleQuestion(
        cause: cause, way: .perturbed("noise", 0.5, isHeld: false), seed: 2, iterations: 5,
        endsItself: endsItself)
      var work = try EnsembleWork(question, bench, after: nil, control: .uninterrupted)
      let chunk = try work.run(0..<6, control: .uninterrupted)
      #expect(
        chunk.copies.map(\.rollout.iterations) == (endsItself ? expected : expected.map { _ in 5 }))
      #expect(chunk.copies.allSatisfy { $0.said.count == 6 && $0.points.count == 6 })
      #expect(chunk.spread.count == 6 && chunk.pairs.count == 6)
      guard endsItself else { continue }
      // What has thought enough stays where it is.
      for (copy, last) in zip(chunk.copies, expected) {
        #expect(copy.said[5] == copy.said[last] && copy.points[5] == copy.points[last])
      }
    }
  }
}
