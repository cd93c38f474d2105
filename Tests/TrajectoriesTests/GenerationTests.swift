import Checkpoints
import LatentModels
import Tensors
import TestSupport
import Testing

@testable import Trajectories

/// Generation against the official code's, token by token.
@Suite struct GenerationTests {
  @Test(arguments: Fixtures.ravenModels)
  func everyEntryOfTheReferenceAgrees(name: String) throws {
    let directory = Fixtures.path(name)
    let model = try RecurrentDepthModel(
      try Checkpoint.open(directory), team: ThreadTeam(count: 1))
    let reference = try ReferenceCase(directory: directory)
    var ledger = ErrorLedger()
    try GenerationVerifier(model: model, reference: reference).run(into: &ledger)
    for entry in ledger.entries {
      #expect(entry.passes, "\(entry.family): \(entry.ratio) \(entry.place)")
    }
    let families = Set(ledger.entries.map(\.family))
    for json in reference.json["generation"]?.array ?? [] {
      let entry = try #require(json["name"]?.string)
      let skipped = ledger.skipped.contains { $0.what.hasPrefix("generation.\(entry) ") }
      #expect(families.contains("generation.\(entry).tokens") != skipped, "\(entry)")
      #expect(skipped == entry.hasPrefix("diffusion_"), "\(entry) is skipped")
      for (key, family) in [
        ("steps", "steps"), ("kv_bytes_fp32", "bytes"), ("cached_slots", "slots"),
        ("logits_tensor", "logits"), ("exit_values", "exit-values"), ("accepted_chunks", "chunks"),
      ] where json[key] != nil && !skipped {
        #expect(families.contains("generation.\(entry).\(family)"), "\(entry): \(family)")
      }
    }
    #expect(families.contains("forward.kl.logits") && families.contains("forward.kl.steps"))
  }
}
