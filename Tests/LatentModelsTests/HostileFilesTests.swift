import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@testable import LatentModels

/// Configurations damaged at random are refused in words, or make a model that runs.
@Suite struct HostileFilesTests {
  @Test(arguments: ["raven-tiny-a", "retrofit-llama-tiny", "ouro-tiny"])
  func configurations(name: String) throws {
    let copy = try ModelCopy(of: name)
    let file = URL(fileURLWithPath: "\(copy.path)/config.json")
    let bytes = [UInt8](try Data(contentsOf: file))
    let whole = try JSONValue(parsing: bytes)
    var dice = Dice(seed: 7)
    var (read, refused) = (0, 0)
    for _ in 0..<Effort.times(30) {
      let text: [UInt8]
      if dice.once(in: 6) {
        text = dice.damage(bytes)
      } else {
        text = Array(dice.damage(dice.once(in: 2) ? dice.damage(whole) : whole).serialized().utf8)
      }
      try Data(text).write(to: file)
      do {
        let plan = try ModelPlan(try Checkpoint.open(copy.path))
        let said = plan.notes + plan.warnings + plan.traits.flatMap { [$0.name, $0.text] }
        #expect(said.allSatisfy(isPrintable), "\(said)")
        let model = try plan.open(WeightPacking(team: .single))
        let context = try model.begin([1, 2, 3])
        var state = try model.initialState(
          model.facts.hasFixedStart ? .embedded : .seed(1), in: context)
        for _ in 0..<2 { state = try model.step(state, in: context, .plain) }
        let logits = try model.readout(state, in: context, positions: 2..<3)
        #expect(logits.columns == model.facts.vocabularySize)
        read += 1
      } catch {
        #expect(error is CheckpointError || error is ModelError || error is NonFiniteWeight)
        refused += 1
      }
    }
    #expect(read > 3 && refused > 3)
  }
}
