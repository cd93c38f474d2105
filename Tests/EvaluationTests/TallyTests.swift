import Checkpoints
import LatentModels
import Testing

@testable import Evaluation

@Suite struct TallyTests {
  @Test func nothingIsKnownOfNoProblems() {
    let tally = Tally(starts: 1)
    #expect(tally.accuracy == nil && tally.interval == nil && tally.iterationsPerToken == nil)
  }

  /// The embedded model's sizes, multiplied out by hand.
  @Test func costCountsEveryProductOnce() throws {
    let cost = ComputeCost(try ModelPlan(Checkpoint.embedded()))
    // Wqkv 128·384, proj 128·128, fc 128·768, proj 384·128.
    let block = 49_152 + 16_384 + 98_304 + 49_152
    #expect(cost.coda == block)
    #expect(cost.prelude == block + 128 * 128)
    #expect(cost.iteration == block + 128 * 128)
    #expect(cost.head == 256 * 128)
    // Two positions, three iterations, one readout of one position; 1 + 2 pairs attend.
    let products = 2 * (cost.prelude + 3 * cost.iteration + cost.coda) + cost.head
    #expect(
      cost.flops(positions: 0..<2, iterations: 3) == 2 * products + 4 * 128 * 3 * (1 + 3 + 1))
    // An answer of two tokens adds the position of its first.
    #expect(
      cost.flops(prompt: 2, answer: 2, iterations: 3)
        == cost.flops(positions: 0..<2, iterations: 3)
        + cost.flops(positions: 2..<3, iterations: 3))
  }
}
