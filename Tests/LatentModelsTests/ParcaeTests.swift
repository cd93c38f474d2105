import Checkpoints
import Tensors
import TestSupport
import Testing
import Verification

@testable import LatentModels

/// Parcae: recurrent depth whose injection forgets each element at a rate of its own.
@Suite struct ParcaeTests {
  private static let name = "parcae-tiny"

  private func open(_ path: String = Fixtures.path(name)) throws -> any LatentModel {
    try ModelPlan(try Checkpoint.open(path)).open(WeightPacking(team: .single))
  }

  private func ledger(of path: String) throws -> ErrorLedger {
    var verifier = TrajectoryVerifier(
      model: try open(path), reference: try ReferenceCase(directory: Fixtures.path(Self.name)))
    return try verifier.run()
  }

  private func failed(_ damage: (ModelCopy) throws -> Void) throws -> Set<String> {
    let copy = try ModelCopy(of: Self.name)
    try damage(copy)
    return Set(try ledger(of: copy.path).entries.filter { !$0.passes }.map(\.family))
  }

  @Test func everythingAgreesWithTheReference() throws {
    let ledger = try ledger(of: Fixtures.path(Self.name))
    for entry in ledger.entries {
      #expect(
        entry.passes, "\(entry.family) at \(entry.iteration ?? -1): \(entry.ratio) \(entry.place)")
    }
    let families = Set(ledger.entries.map(\.family))
    let wanted: Set = [
      "embed", "states", "state_norm", "residual_norm", "rel_residual", "cosine_prev", "entropy",
      "kl", "kl_reverse", "kl_to_final", "argmax", "logits", "logits_last", "logits_final",
    ]
    #expect(wanted.isSubset(of: families), "missing \(wanted.subtracting(families))")
  }

  @Test func aWrongVariantFails() throws {
    let settings: [String: Any] = ["use_rope": true, "rope_condense_ratio": 1, "rope_base": 10000]
    #expect(try failed { try $0.configure("rope_settings", settings) }.contains("states"))
    #expect(try failed { try $0.configure("qk_norm", false) }.contains("states"))
    // The core's table, that of the prelude, a gate, the injection.
    for tensor in [
      "value_embeds.3.weight", "value_embeds.1.weight",
      "transformer.core_block.1.attn.ve_gate.weight", "transformer.adapter.A_log",
    ] {
      #expect(try failed { try $0.transform(tensor) { _, _ in 0 } }.contains("states"), "\(tensor)")
    }
    // The map behind the loop is seen by the readout alone.
    let map = try failed { try $0.scale("transformer.C.weight", element: 5, by: 3) }
    #expect(map.contains("logits_final") && !map.contains("states"))
  }

  @Test func theContractionIsReadFromTheWeights() throws {
    let model = try #require(try open() as? ParcaeModel)
    let golden = try SafetensorsFile.open("\(Fixtures.path(Self.name))/golden.safetensors")
    for (name, ours) in [
      ("debug.decay", model.injection.decay), ("debug.dt", model.injection.step),
    ] {
      let expected = try #require(golden.tensors[name]).floats()
      #expect(zip(ours, expected).allSatisfy { abs($0 - $1) < 1e-6 }, "\(name)")
    }
    let plan = try ModelPlan(try Checkpoint.open(Fixtures.path(Self.name)))
    let trait = try #require(plan.traits.first { $0.name == "injection" }).text
    #expect(trait.contains("an iteration keeps") && trait.contains("half of s₀"), "\(trait)")
    let tenths = try #require(plan.traits.first { $0.name == "decay" }).text
    let counts = tenths.split(separator: ":").last?.split(separator: " ").compactMap { Int($0) }
    #expect(counts?.reduce(0, +) == 48 && counts?.count == 10)
    #expect(plan.facts.trainedDepth == nil && plan.facts.defaultIterations == 8)
    // A step bias past which eˣ is infinite is the step itself.
    let large = DiagonalInjection(logRate: [0, -1], stepBias: [100, 0])
    #expect(
      large.step[0] == 100 && large.decay[0] < .leastNormalMagnitude
        && abs(large.step[1] - 0.693_147_2) < 1e-6)
  }

  @Test func namesOfWrappersAreStripped() throws {
    let copy = try ModelCopy(of: Self.name)
    let tensors = try SafetensorsFile.open("\(copy.path)/model.safetensors").tensors.values
      .map { ($0.name, $0.shape, $0.floats()) }
    for prefix in ["_orig_mod.", "module._orig_mod.", "model."] {
      let writer = try SafetensorsWriter(
        path: "\(copy.path)/model.safetensors",
        entries: tensors.map { SafetensorsWriter.Entry(prefix + $0.0, shape: $0.1) }, metadata: [:])
      for tensor in tensors { try writer.append(tensor.2) }
      try writer.finish()
      let model = try open(copy.path)
      let plain = try open()
      let logits = try [model, plain].map { model in
        let context = try model.begin([5, 6, 7])
        let state = try model.step(
          try model.initialState(.zero, in: context), in: context, .plain)
        return try model.readout(state, in: context, positions: 0..<3)
      }
      #expect(logits[0] == logits[1], "\(prefix)")
    }
  }

  @Test func optionsThatAreNotReadAreRefusedByName() throws {
    let cases: [(key: String, value: Any)] = [
      ("injection_type", "linear"), ("nonlin_name", "GELU"), ("norm_class_name", "LayerNorm"),
      ("mlp_class_name", "GatedMLP"), ("bias", true), ("qk_bias", true), ("logit_softcap", 30),
      ("init_strategy", "normal"), ("num_key_value_heads", 1), ("use_abacus", true),
      ("recurrent_embedding_dimension", 64), ("n_embd", 47), ("clip_qkv", 6),
      ("rope_settings", ["use_rope": false]), ("n_layers_in_recurrent_block", 0),
    ]
    for item in cases {
      let copy = try ModelCopy(of: Self.name)
      try copy.configure(item.key, item.value)
      do {
        _ = try open(copy.path)
        Issue.record("\(item.key) was taken")
      } catch {
        let message = String(describing: error)
        #expect(message.contains("/config.json: \(item.key)"), "\(message)")
      }
    }
    let fewer = try ModelCopy(of: Self.name)
    try fewer.configure("n_layers_in_coda", 1)
    do {
      _ = try open(fewer.path)
      Issue.record("a layer too many was taken")
    } catch {
      #expect(String(describing: error).contains("transformer.coda.1."), "\(error)")
    }
  }
}
