import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing

@testable import LatentModels

/// Models that must not open, each for a reason a person can act on.
@Suite struct OpeningTests {
  private func failure(_ name: String, _ damage: (ModelCopy) throws -> Void) throws -> String {
    let copy = try ModelCopy(of: name)
    try damage(copy)
    do {
      _ = try RecurrentDepthModel(try Checkpoint.open(copy.path), team: ThreadTeam(count: 1))
      return "it opened"
    } catch {
      return String(describing: error)
    }
  }

  @Test func aWeightThatIsNotANumberIsNamed() throws {
    for tensor in ["transformer.core_block.1.mlp.fc.weight", "transformer.prelude.0.norm_3.weight"]
    {
      let message = try failure("raven-tiny-a") { try $0.rewrite(tensor, element: 5) { _ in .nan } }
      #expect(message.contains("/model.safetensors: tensor \(tensor)"), "\(message)")
      #expect(message.contains("element 5"), "\(message)")
    }
  }

  @Test func theEmbeddingIsCheckedToo() throws {
    let message = try failure("raven-tiny-a") {
      try $0.rewrite("transformer.wte.weight", element: 70) { _ in .infinity }
    }
    #expect(message.contains("transformer.wte.weight"), "\(message)")
  }

  @Test func anotherNumberOfLayersListsTheTensors() throws {
    let more = try failure("raven-tiny-a") { try $0.configure("n_layers_in_recurrent_block", 3) }
    #expect(more.contains("transformer.core_block.2.attn.Wqkv.weight"), "\(more)")
    let fewer = try failure("raven-tiny-a") { try $0.configure("n_layers_in_recurrent_block", 1) }
    #expect(fewer.contains("unexpected") && fewer.contains("transformer.core_block.1."), "\(fewer)")
  }

  @Test func aShapeThatDisagreesIsShown() throws {
    let message = try failure("raven-tiny-a") { try $0.configure("intermediate_size", 180) }
    #expect(message.contains("[352, 64]") && message.contains("[360, 64]"), "\(message)")
  }

  @Test(arguments: [
    ("n_embd", -4 as Int?), ("n_heads", 0), ("n_heads", 7), ("norm_eps", -1),
    ("n_embd", nil), ("intermediate_size", nil), ("num_key_value_heads", 2), ("vocab_size", 9),
  ])
  func configurationsThatMakeNoSenseNameTheKey(key: String, value: Int?) throws {
    let message = try failure("raven-tiny-a") {
      try $0.configure(key, value)
      if key == "vocab_size" { try $0.configure("padded_vocab_size", 9) }
    }
    #expect(message.hasPrefix("/") && message.contains("/config.json: "), "\(message)")
    let named = key == "n_heads" && value == 7 ? "n_embd" : key
    #expect(message.contains(named), "\(message)")
  }

  @Test func anotherFamilyIsSaidToBeOne() throws {
    let message = try failure("raven-tiny-a") { try $0.configure("model_type", "gpt2") }
    #expect(message.contains("gpt2"), "\(message)")
  }

  @Test func aliasesAndDerivedKeysAreRead() throws {
    let plan = try RecurrentDepthModel.plan(try Checkpoint.open(Fixtures.path("raven-tiny-c")))
    let configuration = plan.configuration
    #expect(configuration.heads == 5 && configuration.headDimension == 14)
    #expect(configuration.vocabularySize == 557 && !configuration.tiedEmbeddings)
    #expect(configuration.hasAdapterBias && !configuration.hasQueryKeyBias)
    #expect(abs(configuration.embeddingScale - 8.3666) < 1e-4)
    #expect(configuration.notes.contains { $0.contains("init_values.std") })
  }
}
