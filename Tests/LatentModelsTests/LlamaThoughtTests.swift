import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@testable import LatentModels

/// Continuous thoughts on Llama, where no reference is: CODI with its projector, CoLaR with its head.
@Suite struct LlamaThoughtTests {
  private static let ids = (0..<19).map { ($0 * 31 + 3) % 500 }

  private func open(_ path: String) throws -> any LatentModel {
    try ModelPlan(try Checkpoint.open(path)).open(WeightPacking(team: ThreadTeam(count: 2)))
  }

  @Test(arguments: RandomThoughts.Feedback.allCases, [true, false])
  func thoughtsAgreeWithTheSlowModel(feedback: RandomThoughts.Feedback, isTied: Bool) throws {
    let random = try RandomThoughts(feedback, isTied: isTied)
    let model = try open(random.path)
    let slow = SlowThoughts(random, feedback)
    let expected = slow.hidden(Self.ids, thoughts: 7)
    let context = try model.begin(Self.ids)
    var state = try model.initialState(.usual, in: context)
    // Rounding grows from thought to thought; a mistake is a thousand times as large.
    for (number, hidden) in expected.enumerated() {
      if number > 0 { state = try model.step(state, in: context, .plain) }
      let row = Array(state.rows.row(18))
      #expect(worst(row, hidden) < 3e-5 * Double(1 << number), "thought \(number)")
      let decoded = try model.decode(state, in: context, .plain)
      let logits = model.logits(decoded.hidden, positions: 18..<19)
      let worst = worst(Array(logits.row(0)), slow.logits(hidden))
      #expect(worst < 2e-4 * Double(1 << number), "logits \(number)")
    }
    // Thoughts that stood still would agree with anything.
    #expect(worst(expected[6].map(Float.init), expected[7]) > 0.05)
  }

  private func worst(_ a: [Float], _ b: [Double]) -> Double {
    a.count == b.count ? zip(a, b).map { abs(Double($0) - $1) }.max() ?? 0 : .infinity
  }

  @Test(arguments: RandomThoughts.Feedback.allCases)
  func whatIsMissingExtraOrWrongIsListed(feedback: RandomThoughts.Feedback) throws {
    let name = feedback == .codi ? "projector.3" : "lt_head.mean"
    let random = try RandomThoughts(feedback, isTied: true) { tensors in
      tensors.removeAll { $0.name == "model.layers.1.mlp.up_proj.weight" }
      tensors.append(("model.layers.2.input_layernorm.weight", [1], [1]))
      for index in tensors.indices where tensors[index].name == "\(name).bias" {
        tensors[index].shape = [3]
        tensors[index].values = [0, 0, 0]
      }
    }
    #expect {
      _ = try open(random.path)
    } throws: { error in
      let text = String(describing: error)
      return [
        "missing (1)", "model.layers.1.mlp.up_proj.weight", "wrong (1)", "\(name).bias",
        "unexpected (1)", "model.layers.2.input_layernorm.weight",
      ].allSatisfy(text.contains)
    }
  }

  @Test func aModelThatEndsItsThoughtsSaysSo() throws {
    let ending = try RandomThoughts(.colar, isTied: true)
    let colar = try ModelPlan(try Checkpoint.open(ending.path)).facts.thoughts
    #expect(colar?.tokens == ThoughtTokens(stop: RandomThoughts.stop))
    #expect(colar?.format == .colar)
    let random = try RandomThoughts(.codi, isTied: true)
    let codi = try ModelPlan(try Checkpoint.open(random.path)).facts.thoughts
    #expect(codi?.tokens == ThoughtTokens(start: 509, latent: 511, end: 510))
    #expect(codi?.format == .codi)
  }
}
