import Checkpoints
import Tensors
import TestSupport
import Testing

@testable import LatentModels

/// A small model once for every thread.
@Suite struct ModelTwinsTests {
  private struct Refusal: Error, Equatable { let share: Int }

  private func model(_ name: String, threads: Int) throws -> any LatentModel {
    try ModelPlan(
      name.isEmpty ? try Checkpoint.embedded() : try Checkpoint.open(Fixtures.path(name))
    )
    .open(WeightPacking(team: ThreadTeam(count: threads)))
  }

  @Test(arguments: ["", "ouro-tiny", "coconut-tiny"])
  func twinsComputeWhatTheModelDoes(name: String) throws {
    let model = try model(name, threads: 3)
    let twins = try #require(model.twins)
    #expect(twins.count == 3 && twins.models.allSatisfy { $0.twins == nil })
    func state(_ ids: [Int], _ model: any LatentModel) throws -> [Float] {
      let context = try model.begin(ids, after: try model.memory())
      let start = try model.initialState(model.facts.usualStart, in: context)
      return try model.step(start, in: context, .plain).rows.values
    }
    let prompts = (0..<7).map { [10, 40 + $0, 20] }
    let found = try twins.deal(prompts) { some, twin in try some.map { try state($0, twin) } }
    #expect(found == (try prompts.map { try state($0, model) }))
  }

  @Test func oneThreadAndLargeWeightsHaveNone() throws {
    #expect(try model("", threads: 1).twins == nil)
    let twin = try model("", threads: 1)
    let team = ThreadTeam(count: 2)
    #expect(TwinKeeper(team: team, packedBytes: 1 << 20).twins { twin }?.count == 2)
    #expect(TwinKeeper(team: team, packedBytes: 1 << 30).twins { twin } == nil)
  }

  @Test func theFirstShareThatFailsIsTold() throws {
    let twins = try #require(try model("", threads: 3).twins)
    #expect(throws: Refusal(share: 2)) {
      _ = try twins.deal([1, 2, 3]) { some, _ -> [Int] in
        if let share = some.first, share >= 2 { throw Refusal(share: share) }
        return Array(some)
      }
    }
    // Fewer than there are twins: shares are not empty.
    #expect(try twins.deal([5, 6]) { some, _ in some.map { $0 * some.count } } == [5, 6])
    #expect(try twins.deal([Int]()) { some, _ in Array(some) } == [])
  }
}
