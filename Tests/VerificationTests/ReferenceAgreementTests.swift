import Checkpoints
import LatentModels
import Tensors
import TestSupport
import Testing
import Verification

/// The engine against the official code's numbers, on every prompt of every reference model.
@Suite struct ReferenceAgreementTests {
  @Test(arguments: Fixtures.ravenModels)
  func everythingAgreesWithinTheStatedTolerances(name: String) throws {
    let directory = Fixtures.path(name)
    let model = try RecurrentDepthModel(
      try Checkpoint.open(directory), team: ThreadTeam(count: 1))
    let reference = try ReferenceCase(directory: directory)
    var verifier = TrajectoryVerifier(model: model, reference: reference)
    var ledger = try verifier.run()
    try ExitRuleVerifier(model: model, reference: reference).run(into: &ledger)
    for entry in ledger.entries {
      #expect(
        entry.passes, "\(entry.family) at \(entry.iteration ?? -1): \(entry.ratio) \(entry.place)")
    }
    let families = Set(ledger.entries.map(\.family))
    let wanted: Set = [
      "embed", "states", "entropy", "kl", "kl_reverse", "kl_to_final", "state_norm",
      "residual_norm", "rel_residual", "cosine_prev", "dist_to_final", "argmax", "logits_final",
      "latent_states_forward", "pca.projection", "pca.explained_variance_ratio",
      "exit.kl", "exit.minp-kl.stop", "exit.argmax-stability.stop", "exit.latent-diff.stop",
    ]
    #expect(wanted.isSubset(of: families), "missing \(wanted.subtracting(families))")
    #expect(ledger.entries.reduce(0) { $0 + $1.compared } > 10_000)
  }

  @Test func aWrongModelFails() throws {
    let directory = Fixtures.path("raven-tiny-a")
    let damaged = try ModelCopy(of: "raven-tiny-a")
    // One weight of the final norm, doubled: the recurrence does not read it, the readout does.
    try damaged.scale("transformer.ln_f.weight", element: 0, by: 2)
    let model = try RecurrentDepthModel(
      try Checkpoint.open(damaged.path), team: ThreadTeam(count: 1))
    var verifier = TrajectoryVerifier(
      model: model, reference: try ReferenceCase(directory: directory))
    let ledger = try verifier.run()
    let failed = Set(ledger.entries.filter { !$0.passes }.map(\.family))
    #expect(failed.contains("logits_final") && failed.contains("entropy"))
    #expect(!failed.contains("states"))
  }
}
