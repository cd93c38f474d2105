import Checkpoints
import Foundation
import LatentModels
import Tensors
import TestSupport
import Testing

@testable import Verification

/// What happens inside an iteration, against the official code; and that mistakes are found.
@Suite struct InsideVerifierTests {
  static func model(_ name: String) throws -> any LatentModel {
    try ModelPlan(
      name.isEmpty ? try Checkpoint.embedded() : try Checkpoint.open(Fixtures.path(name))
    ).open(WeightPacking(team: .single))
  }

  static let references = [
    ("raven-tiny-a", "inside-tiny-a"), ("raven-tiny-c", "inside-tiny-c"), ("", "inside-demo"),
  ]

  static func ledger(
    _ model: String, _ reference: String, mistake: WrongModel.Mistake? = nil
  ) throws -> ErrorLedger {
    let latent = try Self.model(model)
    var verifier = InsideVerifier(
      model: mistake.map { WrongModel(model: latent, mistake: $0) } ?? latent,
      reference: try InsideReference(directory: Fixtures.path(reference)))
    return try verifier.run()
  }

  @Test(arguments: references) func allKindsAgree(model: String, reference: String) throws {
    let ledger = try Self.ledger(model, reference)
    for entry in ledger.entries {
      #expect(
        entry.passes, "\(entry.family) at \(entry.iteration ?? -1): \(entry.ratio) \(entry.place)")
    }
    let families = Set(ledger.entries.map(\.family))
    var wanted: Set = [
      "prelude_blocks", "blocks", "attn_out", "mlp_out", "attention", "coda_blocks", "final_argmax",
    ]
    for lens in ["coda_lens", "logit_lens"] {
      wanted.formUnion(["entropy", "margin", "argmax", "rank", "rank_gap"].map { "\(lens).\($0)" })
    }
    wanted.formUnion(
      [
        "residual", "jvp", "vjp", "spectral_radius", "top5_moduli", "top5_eigenvalues",
        "spectral_radius_per_token", "sigma_max", "log_growth", "tangent_R", "exponent",
      ].map { "dyn.\($0)" })
    if reference == "inside-tiny-a" {
      wanted.formUnion(["p", "logit_difference", "hold_p", "baseline"].map { "causal.\($0)" })
      for name in ["replace", "interpolate", "zero", "add", "freeze"] {
        wanted.formUnion(
          ["states_next", "states_R", "logits_last"].map { "surgery.\(name).\($0)" })
      }
    }
    #expect(wanted.isSubset(of: families), "missing \(wanted.subtracting(families))")
    #expect(ledger.skipped.allSatisfy { !$0.why.contains("not a quantity") })
  }

  @Test(arguments: [
    (WrongModel.Mistake.logitLensWithoutNorm, ["logit_lens.entropy"], ["coda_lens.entropy"]),
    (.normedTwice, ["coda_lens.entropy"], ["logit_lens.entropy", "blocks"]),
    (
      .driftingState,
      ["blocks", "surgery.clean.states_R", "causal.p", "causal.hold_p", "dyn.residual"],
      ["prelude_blocks"]
    ),
    (.derivativeElsewhere, ["dyn.jvp", "dyn.vjp", "dyn.log_growth"], ["blocks", "dyn.residual"]),
  ])
  func aMistakeIsFoundWhereItIs(
    mistake: WrongModel.Mistake, wrong: [String], right: [String]
  ) throws {
    let ledger = try Self.ledger("raven-tiny-a", "inside-tiny-a", mistake: mistake)
    let failed = Set(ledger.entries.filter { !$0.passes }.map(\.family))
    #expect(failed.isSuperset(of: wrong) && failed.isDisjoint(with: right), "\(failed)")
  }

  @Test func anotherModelsReferenceFails() throws {
    #expect {
      try Self.ledger("raven-tiny-d", "inside-tiny-a")
    } throws: {
      "\($0)".contains("[14, 64]")
    }
  }

  /// One iteration late, or from another iteration, misses.
  @Test(arguments: ["half", "quarter"]) func anEditElsewhereFails(key: String) throws {
    let folder = try TemporaryFolder()
    let source = Fixtures.path("inside-tiny-a")
    var json = try String(contentsOfFile: "\(source)/inside.json", encoding: .utf8)
    let value = key == "half" ? 8 : 4
    json = json.replacingOccurrences(of: "\"\(key)\": \(value),", with: "\"\(key)\": \(value + 1),")
    try json.write(toFile: folder.file("inside.json"), atomically: true, encoding: .utf8)
    try FileManager.default.copyItem(
      atPath: "\(source)/inside.safetensors", toPath: folder.file("inside.safetensors"))
    var verifier = InsideVerifier(
      model: try Self.model("raven-tiny-a"),
      reference: try InsideReference(directory: folder.path))
    let failed = Set(try verifier.run().entries.filter { !$0.passes }.map(\.family))
    let wrong = key == "half" ? ["replace", "interpolate", "add"] : ["freeze"]
    for name in ["replace", "interpolate", "add", "zero", "freeze"] {
      #expect(
        failed.contains("surgery.\(name).states_next") == wrong.contains(name), "\(name)")
    }
  }
}
