import Checkpoints
import Foundation
import LatentModels
import Tensors
import TestSupport
import Testing

@testable import Verification

/// Continuous thoughts, against the published code; and that mistakes are found.
@Suite struct ThoughtVerifierTests {
  static func ledger(_ model: String, _ reference: String) throws -> ErrorLedger {
    let latent = try ModelPlan(try Checkpoint.open(model)).open(WeightPacking(team: .single))
    var verifier = ThoughtVerifier(
      model: latent, reference: try ThoughtReference(directory: Fixtures.path(reference)))
    return try verifier.run()
  }

  private static let runs = ["thoughts", "readout", "end_logits", "ids"]

  @Test func everythingOfCoconutAgrees() throws {
    let ledger = try Self.ledger(Fixtures.path("coconut-tiny"), "coconut-tiny")
    for entry in ledger.entries {
      #expect(
        entry.passes, "\(entry.family) at \(entry.iteration ?? -1): \(entry.ratio) \(entry.place)")
    }
    var wanted: Set = [
      "token-ids", "prompt.blocks", "prompt.logits", "det.clean_thoughts", "agn.clean_thoughts",
      "agn.readout_noisy", "det.end_hidden", "det.cont_logits", "det.last_hidden",
      "mcd.end_hidden", "samples.thoughts", "samples.end_logits", "samples.ids",
      "samples.drift_ratio", "samples.effective_rank",
      "samples.pca2",
    ]
    for way in ["det", "agn", "mcd"] { wanted.formUnion(Self.runs.map { "\(way).\($0)" }) }
    #expect(wanted == Set(ledger.entries.map(\.family)).intersection(wanted))
    // After every number of thoughts.
    let after = ledger.entries.filter { $0.family == "det.end_logits" }.compactMap(\.iteration)
    #expect(Set(after) == Set(1...6))
    // What needs a judge is named.
    let judged = ["beam.best_thoughts", "beam.noise", "samples.rm_step_scores"]
    #expect(ledger.skipped.map(\.what) == judged)
    #expect(ledger.skipped.allSatisfy { $0.why.contains("--judge") })
  }

  @Test func everythingOfCodiAgrees() throws {
    let ledger = try Self.ledger(Fixtures.path("codi-tiny"), "codi-tiny")
    for entry in ledger.entries { #expect(entry.passes, "\(entry.family): \(entry.place)") }
    let wanted = Set(["det", "agn"].flatMap { way in Self.runs.map { "\(way).\($0)" } })
    #expect(wanted.isSubset(of: Set(ledger.entries.map(\.family))))
    #expect(ledger.skipped.isEmpty)
  }

  @Test func aWrongProjectorIsFoundInTheThoughts() throws {
    let copy = try ModelCopy(of: "codi-tiny")
    try copy.scale("projector.3.weight", element: 5, by: 1.5)
    let ledger = try Self.ledger(copy.path, "codi-tiny")
    let failed = Set(
      ledger.entries.filter { !$0.passes }.map { "\($0.family) \($0.iteration ?? 0)" })
    #expect(failed.contains("det.thoughts 1") && failed.contains("agn.thoughts 1"))
    // What is read where the first thought stands has not gone through it.
    #expect(!failed.contains("det.readout 1"))
  }

  @Test func aModelWithoutThoughtsFails() throws {
    let ledger = try Self.ledger(Fixtures.path("raven-tiny-a"), "coconut-tiny")
    #expect(!ledger.passes)
    #expect(ledger.entries.contains { $0.place.contains("no continuous thoughts") })
  }

  @Test func theLatentHeadAgrees() throws {
    let verifier = try LatentHeadVerifier(directory: Fixtures.path("colar-head"))
    let ledger = try verifier.run(team: .single)
    #expect(ledger.passes && ledger.entries.map(\.compared) == [200, 200])
    #expect(Set(ledger.entries.map(\.family)) == ["latent-head.output", "latent-head.embedding"])
  }
}

/// Votes, coverage and noise rules against the reference.
@Suite struct AggregatorVerifierTests {
  @Test func everythingAgrees() throws {
    var verifier = try AggregatorVerifier(directory: Fixtures.path("aggregators"))
    let ledger = verifier.run()
    for entry in ledger.entries { #expect(entry.passes, "\(entry.family): \(entry.place)") }
    let wanted: Set = [
      "majority_official", "majority_strict", "best_of_n.sum", "best_of_n.sum_log_sigmoid",
      "weighted_vote.softmax_mean_T1", "pass_at_k", "pass_at_k.mean", "answers.coconut",
      "answers.codi", "answers.colar", "lto.accepted", "lto.probabilities", "eqr", "noise.geom",
      "noise.sqrt", "noise.line", "noise.chi", "noise.fixed", "contrastive.paper",
      "contrastive.released", "contrastive.normalised_labels", "contrastive.best_only",
      "contrastive.bce",
    ]
    #expect(wanted.isSubset(of: Set(ledger.entries.map(\.family))))
    #expect(ledger.entries.reduce(0) { $0 + $1.compared } > 900)
  }
}
