import Checkpoints
import Tensors
import TestSupport
import Testing
import Verification

@testable import LatentModels

/// Nanbeige: layers of Llama in the loop of Ouro.
@Suite struct NanbeigeTests {
  private static let name = "nanbeige-tiny"

  private func open(_ path: String) throws -> any LatentModel {
    try ModelPlan(try Checkpoint.open(path)).open(WeightPacking(team: .single))
  }

  private func ledger(of path: String) throws -> ErrorLedger {
    var verifier = TrajectoryVerifier(
      model: try open(path), reference: try ReferenceCase(directory: Fixtures.path(Self.name)))
    return try verifier.run()
  }

  @Test func everythingAgreesWithTheReference() throws {
    let ledger = try ledger(of: Fixtures.path(Self.name))
    for entry in ledger.entries {
      #expect(
        entry.passes, "\(entry.family) at \(entry.iteration ?? -1): \(entry.ratio) \(entry.place)")
    }
    let families = Set(ledger.entries.map(\.family))
    let wanted: Set = [
      "embed", "states", "states_prenorm", "readout", "state_norm", "residual_norm", "cosine_prev",
      "entropy", "kl", "kl_reverse", "kl_to_final", "argmax", "logits", "logits_last",
      "logits_final", "loops4.states", "loops4.logits_last",
    ]
    #expect(wanted.isSubset(of: families), "missing \(wanted.subtracting(families))")
  }

  /// Each of these opens, for nothing in the shapes tells.
  @Test(arguments: [
    ("skip_loop_final_norm", true as any Sendable), ("rope_theta", 10000),
    ("rope_scaling", ["type": "linear", "factor": 2.0] as [String: any Sendable]),
    ("rms_norm_eps", 1e-2),
  ])
  func aWrongVariantFails(key: String, value: any Sendable) throws {
    let copy = try ModelCopy(of: Self.name)
    try copy.configure(key, value)
    let failed = Set(try ledger(of: copy.path).entries.filter { !$0.passes }.map(\.family))
    let wanted = ["states", "readout", "logits_final", "loops4.states"]
    #expect(failed.isSuperset(of: wanted), "\(key)")
  }

  @Test(arguments: [
    "", #""attention_bias": true, "mlp_bias": true,"#,
    #""qk_layernorm": true, "skip_loop_final_norm": true,"#,
    #""qk_layernorm": true, "rope_scaling": {"type": "linear", "factor": 3.0}, "mlp_bias": true,"#,
  ])
  func everyOptionIsTheOneOfTheSpecification(options: String) throws {
    let random = try RandomNanbeige(options, seed: 7)
    let model = try open(random.folder.path)
    let ids = [3, 17, 40, 8, 5, 0]
    let expected = random.run(ids, loops: 3)
    let context = try model.begin(ids)
    var state = try model.initialState(.embedded, in: context)
    for loop in expected.states {
      state = try model.step(state, in: context, .plain)
      #expect(zip(state.rows.values, loop).allSatisfy { abs(Double($0) - $1) < 2e-5 }, "\(options)")
    }
    let logits = try model.readout(state, in: context, positions: 0..<ids.count).values
    #expect(zip(logits, expected.logits).allSatisfy { abs(Double($0) - $1) < 5e-5 }, "\(options)")
    // Token by token over what a memory keeps of each loop.
    var memory: Memory? = try model.memory()
    for (position, id) in ids.enumerated() {
      let next = try model.begin([id], after: memory)
      var one = try model.initialState(.embedded, in: next)
      for _ in expected.states { one = try model.step(one, in: next, .plain) }
      let row = state.rows.row(position)
      #expect(zip(one.rows.values, row).allSatisfy { abs($0 - $1) < 2e-5 }, "token \(position)")
      memory = try model.decode(one, in: next, .plain).memory
    }
    try expectDerivative(model, context)
  }

  private func expectDerivative(_ model: any LatentModel, _ context: PromptContext) throws {
    let state = try model.initialState(.embedded, in: context)
    let map = try model.linearize(state, in: context, .plain)
    var generator = TorchGenerator(seed: 3)
    let count = state.rows.values.count
    let v = Matrix(
      rows: state.rows.rows, columns: state.rows.columns,
      values: generator.normal(count, deviation: 1 / Float(count).squareRoot()))
    func moved(_ by: Float) throws -> [Float] {
      var state = state
      for row in 0..<v.rows {
        for column in 0..<v.columns { state.rows[row, column] += by * v[row, column] }
      }
      return try model.step(state, in: context, .plain).rows.values
    }
    func difference(_ step: Float) throws -> [Float] {
      zip(try moved(step), try moved(-step)).map { ($0 - $1) / (2 * step) }
    }
    let (coarse, fine) = (try difference(0.1), try difference(0.05))
    let better = zip(coarse, fine).map { (4 * $1 - $0) / 3 }
    let pushed = map.pushForward(v).values
    let size = pushed.reduce(0) { $0 + $1 * $1 }.squareRoot()
    #expect(zip(pushed, better).allSatisfy { abs($0 - $1) < 5e-3 * size })
  }

  @Test func lossesSayHowManyLoopsThereAreAndWhichAnswer() throws {
    func read(_ options: String) throws -> LoopedConfiguration {
      try RandomNanbeige(options, seed: 1).configuration
    }
    let published = try read(#""loop_loss_weights": [],"#)
    #expect(published.loops == 2 && published.answersFrom == 2)
    let trained = try read(#""loop_loss_weights": [0.0, 0.3],"#)
    #expect(trained.loops == 3 && trained.answersFrom == 2)
    #expect(trained.warnings.contains { $0.contains("num_loops") })
    #expect(try read(#""loop_loss_weights": [0.2],"#).answersFrom == 1)
    for bad in [#""loop_loss_weights": 3,"#, #""loop_loss_weights": ["a"],"#] {
      #expect(throws: ModelError.self) { try read(bad) }
    }
  }

  @Test func readingsBeforeTheLastLoopAreALens() throws {
    let checkpoint = try Checkpoint.open(Fixtures.path(Self.name))
    let plan = try ModelPlan(checkpoint)
    #expect(plan.facts.family == "looped (Nanbeige)" && plan.facts.answersFrom == 2)
    #expect(plan.facts.depthWarning(at: 1)?.contains("lens") == true)
    #expect(plan.facts.depthWarning(at: 2) == nil)
    #expect(plan.facts.depthWarning(at: 3)?.contains("r = 2") == true)
    #expect(plan.notes.contains { $0.contains("a lens") })
    let iterations = try #require(plan.traits.first { $0.name == "iterations" }).text
    #expect(iterations.contains("a lens before r = 2"))
    let copy = try ModelCopy(of: Self.name)
    try copy.configure("loop_loss_weights", [0.3])
    let trained = try ModelPlan(try Checkpoint.open(copy.path))
    #expect(trained.facts.depthWarning(at: 1) == nil)
    #expect(!trained.notes.contains { $0.contains("lens") })
  }

  @Test func optionsThatAreNotReadAreRefusedByName() throws {
    let cases: [(key: String, value: Any)] = [
      ("enable_double_loop_split", true), ("loop_middle_layers", 4), ("enable_mhc", true),
      ("mhc_streams", 4), ("enable_hyper_connection", true), ("enable_h_res_identity", true),
      ("enable_depth_attention", true), ("emb_neighbor_num", 2), ("ngram_sizes", [2]),
      ("loop_share_kv", true), ("hidden_act", "gelu"), ("num_loops", 0), ("head_dim", 15),
      ("rope_scaling", ["type": "dynamic", "factor": 2.0]), ("num_key_value_heads", 4),
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
    let off = try ModelCopy(of: Self.name)
    for key in ["enable_mhc", "enable_depth_attention"] { try off.configure(key, false) }
    try off.configure("emb_neighbor_num", 0)
    _ = try open(off.path)
  }

  @Test func missingExtraAndMisshapenTensorsAreListed() throws {
    func message(_ key: String, _ value: Any) throws -> String {
      let copy = try ModelCopy(of: Self.name)
      try copy.configure(key, value)
      do {
        _ = try open(copy.path)
        return "it opened"
      } catch {
        return String(describing: error)
      }
    }
    for (key, value, expected) in [
      ("attention_bias", true, "model.layers.2.self_attn.o_proj.bias"),
      ("qk_layernorm", true, "model.layers.0.self_attn.q_layernorm.weight"),
      ("num_hidden_layers", 2, "model.layers.2."),
      ("head_dim", 8, "self_attn.q_proj.weight is [96, 48], expected [48, 48]"),
    ] as [(String, Any, String)] {
      let text = try message(key, value)
      #expect(text.contains(expected), "\(text)")
    }
  }

  @Test(arguments: [
    ("sensenova_loop", "SenseNova-Loop"), ("iquestloopcoder", "LoopCoder"), ("loopie", "Loopie"),
    ("loopformer", "LoopFormer"),
  ])
  func otherFamiliesAreRefusedByTheirNames(type: String, family: String) throws {
    let copy = try ModelCopy(of: Self.name)
    try copy.configure("model_type", type)
    do {
      _ = try open(copy.path)
      Issue.record("\(type) opened")
    } catch {
      let message = String(describing: error)
      #expect(message.contains(family) && message.contains("what is missing is"), "\(message)")
    }
  }
}
