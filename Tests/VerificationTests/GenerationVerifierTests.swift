import Checkpoints
import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories
import Verification

/// Generation against the official code's, token by token.
@Suite struct GenerationVerifierTests {
  @Test(arguments: Fixtures.ravenModels + Fixtures.familyModels)
  func everyEntryOfTheReferenceAgrees(name: String) throws {
    let directory = Fixtures.path(name)
    let model = try ModelPlan(try Checkpoint.open(directory)).open(WeightPacking(team: .single))
    let reference = try ReferenceCase(directory: directory)
    var ledger = ErrorLedger()
    try GenerationVerifier(model: model, reference: reference).run(into: &ledger)
    for entry in ledger.entries {
      #expect(entry.passes, "\(entry.family): \(entry.ratio) \(entry.place)")
    }
    let families = Set(ledger.entries.map(\.family))
    for json in reference.json["generation"]?.array ?? [] {
      let entry = try #require(json["name"]?.string)
      #expect(families.contains("generation.\(entry).tokens"), "\(entry)")
      for (key, family) in [
        ("steps", "steps"), ("kv_bytes_fp32", "bytes"), ("cached_slots", "slots"),
        ("logits_tensor", "logits"), ("exit_values", "exit-values"), ("accepted_chunks", "chunks"),
        ("exit_steps", "exit-steps"), ("kv_slots", "slot-count"), ("cache_slots", "slot-numbers"),
        ("summary", "iterations"),
      ] where json[key] != nil {
        #expect(families.contains("generation.\(entry).\(family)"), "\(entry): \(family)")
      }
    }
    #expect(!ledger.skipped.contains { $0.what.hasPrefix("generation.") })
    guard Fixtures.ravenModels.contains(name) else { return }
    #expect(families.contains("forward.kl.logits") && families.contains("forward.kl.steps"))
  }

  /// The comparison must notice: another threshold, and tokens of another start.
  @Test func anotherModelsGenerationFails() throws {
    let model = try RecurrentDepthModel(
      try Checkpoint.open(Fixtures.path("raven-tiny-a")), team: ThreadTeam(count: 1))
    let reference = try ReferenceCase(directory: Fixtures.path("raven-tiny-d"))
    var ledger = ErrorLedger()
    try GenerationVerifier(model: model, reference: reference).run(into: &ledger)
    #expect(!ledger.passes)
  }
}
