import Checkpoints
import Tensors
import TestSupport
import Testing
import Verification

@testable import LatentModels

/// HRM-Text: passes of a low stack inside the cycles of a high one.
@Suite struct HierarchicalTests {
  private static let name = "hrm-text-tiny"

  private func open(_ path: String = Fixtures.path(name)) throws -> HierarchicalModel {
    try #require(
      try ModelPlan(try Checkpoint.open(path)).open(WeightPacking(team: .single))
        as? HierarchicalModel)
  }

  private func ledger(of model: any LatentModel) throws -> ErrorLedger {
    var verifier = TrajectoryVerifier(
      model: model, reference: try ReferenceCase(directory: Fixtures.path(Self.name)))
    return try verifier.run()
  }

  @Test func everythingAgreesWithTheReference() throws {
    let ledger = try ledger(of: try open())
    for entry in ledger.entries {
      #expect(
        entry.passes, "\(entry.family) at \(entry.iteration ?? -1): \(entry.ratio) \(entry.place)")
    }
    let families = Set(ledger.entries.map(\.family))
    let wanted: Set = [
      "embed", "states", "states_prenorm", "z_L", "mask", "state_norm", "residual_norm", "entropy",
      "kl", "kl_to_final", "argmax", "logits", "logits_last", "logits_final", "pass.inputs",
      "pass.states", "pass.states_prenorm", "pass.prenorm_norm", "pass.residual_norm",
      "pass.rel_residual", "pass.cosine_prev", "pass.logits_last", "pass.entropy", "pass.kl",
      "pass.kl_to_final", "pass.argmax", "h1l3.states", "h3l3.states", "h2l1.states",
      "h2l5.states", "h3l3.logits_last",
    ]
    #expect(wanted.isSubset(of: families), "missing \(wanted.subtracting(families))")
  }

  @Test func textsAgreeWithTheReference() throws {
    var ledger = ErrorLedger()
    let reference = try ReferenceCase(directory: Fixtures.path(Self.name))
    try GenerationVerifier(model: try open(), reference: reference).run(into: &ledger)
    for entry in ledger.entries {
      #expect(entry.passes, "\(entry.family): \(entry.ratio) \(entry.place)")
    }
    #expect(!ledger.skipped.contains { $0.what.hasPrefix("generation") })
    let families = Set(ledger.entries.map(\.family))
    for name in ["greedy_prefix", "greedy_causal", "greedy_prefix_1_cycle"] {
      for kind in ["tokens", "logits", "slot-count", "bytes"] {
        #expect(families.contains("generation.\(name).\(kind)"), "\(name) \(kind)")
      }
    }
  }

  /// Each of these opens, for nothing in the shapes tells.
  @Test func aWrongVariantFails() throws {
    func failed(_ damage: (ModelCopy) throws -> Void) throws -> Set<String> {
      let copy = try ModelCopy(of: Self.name)
      try damage(copy)
      return Set(
        try ledger(of: try open(copy.path)).entries.filter { !$0.passes }.map(\.family))
    }
    #expect(try failed { try $0.configure("embedding_scale", 48.0.squareRoot()) }.contains("embed"))
    #expect(try failed { try $0.configure("L_cycles", 2) }.contains("states"))
    #expect(try failed { try $0.configure("rope_theta", 1e6) }.contains("states"))
    #expect(try failed { try $0.transform("model.z_L_init") { _, _ in 0 } }.contains("states"))
    // Gate and queries change places.
    let fused = "model.L_module.layers.0.attn.gqkv_proj.weight"
    let whole = try SafetensorsFile.open("\(Fixtures.path(Self.name))/model.safetensors")
    let values = try #require(whole.tensors[fused]).floats()
    let half = 48 * 48
    let swapped = try failed {
      try $0.transform(fused) { index, value in
        index < half ? values[index + half] : index < 2 * half ? values[index - half] : value
      }
    }
    #expect(swapped.contains("states") && swapped.contains("pass.states"))
    let stacks = try failed {
      for part in ["attn.o_proj", "mlp.down_proj"] {
        try $0.copyElements(
          of: "model.H_module.layers.1.\(part).weight",
          to: "model.L_module.layers.1.\(part).weight")
      }
    }
    #expect(stacks.contains("z_L") && stacks.contains("states"))
  }

  @Test func tokensOfAPromptLookBothWaysAndOthersBack() throws {
    let model = try open()
    let ids = [58, 271, 436, 92, 284]
    func end(_ context: PromptContext) throws -> LatentState {
      var state = try model.initialState(.embedded, in: context)
      for _ in 0..<2 { state = try model.step(state, in: context, .plain) }
      return state
    }
    let prompt = try end(try model.begin(Array(ids.prefix(3)), after: try model.memory()))
    let longer = try end(try model.begin(ids, after: try model.memory()))
    #expect(longer.rows.rows(0..<1) != prompt.rows.rows(0..<1), "what follows is seen")
    let memory = try model.decode(
      prompt, in: try model.begin(Array(ids.prefix(3))), .plain
    ).memory
    let rest = try end(try model.begin(Array(ids.suffix(2)), after: memory))
    let whole = try end(try model.begin([ids], blocks: [[true, true, true, false, false]]))
    #expect(
      zip(whole.rows.rows(0..<3).values, prompt.rows.values).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(zip(whole.rows.rows(3..<5).values, rest.rows.values).allSatisfy { abs($0 - $1) < 1e-5 })
    // Side by side with another prompt it is the same, bit for bit.
    let both = try end(try model.begin([[5, 6], Array(ids.prefix(3))], after: nil, .plain))
    let alone = try end(try model.begin(Array(ids.prefix(3))))
    #expect(both.selecting(1).rows == alone.rows)
    let joined = PromptContext.joining([try model.begin([5, 6]), try model.begin(ids)])
    #expect(joined.blocks?.map(\.count) == [2, 5])
    #expect(joined.selecting(1).blocks == [[Bool](repeating: true, count: 5)])
  }

  /// Weights of attention over what is seen, ahead too; to look changes no bit.
  @Test func attentionThatLooksAheadIsSeen() throws {
    let model = try open()
    let context = try model.begin([58, 271, 436])
    let state = try model.initialState(.embedded, in: context)
    let seen = Seen()
    let site = Site(.core, 7, .attentionWeights)
    let hooks = Hooks([Hook(at: { $0 == site }, .read { seen.add($0.values) })])
    let watched = try model.step(state, in: context, Call(hooks: hooks))
    let plain = try model.step(state, in: context, .plain)
    #expect(watched.rows == plain.rows)
    let weights = try #require(seen.values.first)
    #expect(weights.rows == 9 && weights.columns == 3 && seen.values.count == 1)
    for row in 0..<9 {
      #expect(abs(weights.row(row).reduce(0, +) - 1) < 1e-5)
      #expect(weights.row(row).allSatisfy { $0 > 0 })
    }
    // Written over with themselves they give the same to rounding.
    let same = Hooks([
      Hook(
        at: { $0 == site },
        .rewrite { value in
          SiteEdit(
            rows: (0..<9).map { ($0, .replace(Array(value.values.row($0)))) })
        })
    ])
    let rewritten = try model.step(state, in: context, Call(hooks: same))
    #expect(zip(rewritten.rows.values, plain.rows.values).allSatisfy { abs($0 - $1) < 1e-5 })
    #expect(throws: NoLinearization.family(model.facts.family)) {
      try model.linearize(state, in: context, .plain)
    }
  }

  /// What a hook was shown.
  private final class Seen: @unchecked Sendable {
    private(set) var values: [Matrix] = []
    func add(_ matrix: Matrix) { values.append(matrix) }
  }

  @Test func bothSpellingsAreTheSameModel() throws {
    let copy = try ModelCopy(of: Self.name)
    let file = "\(copy.path)/model.safetensors"
    var tensors: [(name: String, shape: [Int], values: [Float])] = []
    for tensor in try SafetensorsFile.open(file).tensors.values {
      let values = tensor.floats()
      var parts = [tensor.name]
      for (fused, split) in [
        ("attn.gqkv_proj", ["gate", "q", "k", "v"].map { "self_attn.\($0)_proj" }),
        ("mlp.gate_up_proj", ["mlp.gate_proj", "mlp.up_proj"]),
        ("attn.o_proj", ["self_attn.o_proj"]),
        // One layer stays as it is: spellings may stand side by side.
      ] where tensor.name.contains(fused) && !tensor.name.contains("H_module.layers.1.") {
        parts = split.map { tensor.name.replacing(fused, with: $0) }
      }
      let size = values.count / parts.count
      for (index, name) in parts.enumerated() {
        var shape = tensor.shape
        shape[0] /= parts.count
        tensors.append((name, shape, Array(values[index * size..<(index + 1) * size])))
      }
    }
    let writer = try SafetensorsWriter(
      path: file, entries: tensors.map { SafetensorsWriter.Entry($0.name, shape: $0.shape) },
      metadata: [:])
    for tensor in tensors { try writer.append(tensor.values) }
    try writer.finish()
    let states = try [open(), open(copy.path)].map { model in
      let context = try model.begin([58, 271, 436])
      return try model.step(try model.initialState(.embedded, in: context), in: context, .plain)
    }
    #expect(states[0].rows == states[1].rows)
  }

  @Test func layersAndScalesAreReadAsTheyAreMeant() throws {
    func plan(_ damage: (ModelCopy) throws -> Void) throws -> ModelPlan {
      let copy = try ModelCopy(of: Self.name)
      try damage(copy)
      return try ModelPlan(try Checkpoint.open(copy.path))
    }
    let inflated = try plan { try $0.configure("num_hidden_layers", 16) }
    #expect(inflated.warnings.contains { $0.contains("num_hidden_layers is 16") })
    #expect(inflated.facts.layers.core == 8)
    let both = try plan {
      try $0.configure("num_hidden_layers", 16)
      try $0.configure("num_layers_per_stack", 2)
    }
    #expect(both.facts.layers.core == 8 && both.warnings.isEmpty)
    let scale = try plan { try $0.configure("embedding_scale", nil) }
    #expect(scale.traits.contains { $0.text.contains("embedding times 8.333") })
    let facts = try open().facts
    #expect(facts.trainedDepth == 2 && facts.answersFrom == 2 && facts.stateWidth == 96)
    #expect(facts.passes?.name(ofBlock: 1) == "L1.1" && facts.passes?.name(ofBlock: 6) == "L3.2")
    #expect(facts.passes?.name(ofBlock: 8) == "H.2")
    #expect(facts.cacheBytes(iterations: 2) == 16 * 2 * 48 * 4)
  }

  @Test func optionsThatAreNotReadAreRefusedByName() throws {
    let cases: [(key: String, value: Any)] = [
      ("hidden_act", "gelu"), ("H_cycles", 0), ("L_cycles", "three"), ("head_dim", 15),
      ("rope_scaling", ["type": "linear", "factor": 2.0]), ("embedding_scale", -1),
      ("num_hidden_layers", 0),
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
    let biased = try ModelCopy(of: Self.name)
    try biased.configure("attention_bias", true)
    do {
      _ = try open(biased.path)
      Issue.record("it opened without its biases")
    } catch {
      #expect(
        String(describing: error).contains("model.L_module.layers.0.attn.gqkv_proj.bias"),
        "\(error)")
    }
  }
}
