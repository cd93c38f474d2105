import Checkpoints
import Foundation
import Tensors
import TestSupport
import Testing
import Trajectories
import Verification

@testable import LatentModels

/// Looped models: one stack over and over, and a gate that says where to stop.
@Suite struct LoopedTests {
  private func open(_ path: String = Fixtures.path("ouro-tiny")) throws -> any LatentModel {
    try ModelPlan(try Checkpoint.open(path)).open(WeightPacking(team: ThreadTeam(count: 1)))
  }

  @Test func everythingAgreesWithTheReference() throws {
    let model = try open()
    var verifier = TrajectoryVerifier(
      model: model, reference: try ReferenceCase(directory: Fixtures.path("ouro-tiny")))
    let ledger = try verifier.run()
    for entry in ledger.entries {
      #expect(
        entry.passes, "\(entry.family) at \(entry.iteration ?? -1): \(entry.ratio) \(entry.place)")
    }
    let families = Set(ledger.entries.map(\.family))
    let wanted: Set = [
      "embed", "states", "states_prenorm", "state_norm", "entropy", "kl", "argmax", "logits",
      "logits_final", "gate_logits", "lambda", "exit_pdf", "exit_cdf", "exit_step.t0.3",
      "exit_step.t0.5", "exit_step.t0.9", "exit_step.t1.0", "logits_weighted", "ut7.states",
      "ut7.gate_logits", "ut7.exit_pdf", "ut7.logits_last", "ut7.exit_step.t0.9",
      "exit_cases.exit_pdf", "exit_cases.exit_cdf", "exit_cases.exit_step",
      "exit_cases.expected_step",
    ]
    #expect(wanted.isSubset(of: families), "missing \(wanted.subtracting(families))")
    #expect(ledger.entries.first { $0.family == "exit_step.t0.5" }?.compared == 73)
    #expect(ledger.skipped.contains { $0.what == "s0" })
    #expect(ledger.skipped.contains { $0.what == "dist_to_final" })
  }

  @Test func aWrongGateFailsTheGateAlone() throws {
    let damaged = try ModelCopy(of: "ouro-tiny")
    try damaged.scale("model.early_exit_gate.weight", element: 3, by: 1.5)
    var verifier = TrajectoryVerifier(
      model: try open(damaged.path),
      reference: try ReferenceCase(directory: Fixtures.path("ouro-tiny")))
    let failed = Set(try verifier.run().entries.filter { !$0.passes }.map(\.family))
    #expect(failed.isSuperset(of: ["gate_logits", "lambda", "exit_pdf", "ut7.gate_logits"]))
    #expect(failed.isDisjoint(with: ["states", "logits", "ut7.states"]))
  }

  @Test func thereIsOneStart() throws {
    let model = try open()
    let context = try model.begin([5, 6, 7])
    #expect(try model.initialState(.embedded, in: context).rows == context.embedded)
    #expect(model.facts.hasFixedStart && model.facts.usualStart == .embedded)
    let others: [Start] = [.zero, .seed(4), .placed(seed: 4), .given(label: "a.safetensors")]
    for start in others {
      do {
        _ = try model.initialState(start, given: context.embedded, in: context)
        Issue.record("\(start) was taken")
      } catch {
        #expect(String(describing: error).contains("starts from its prompt"))
      }
    }
    #expect(throws: ModelError.fixedStart(asked: "a state of seed 4")) {
      try model.initialState(.seed(4), in: context)
    }
    #expect(throws: ModelError.fixedStart(asked: "a given state")) {
      try model.initialState([context.embedded], in: context)
    }
  }

  @Test func itsDepthIsKnownAndCanBePassed() throws {
    let model = try open()
    #expect(model.facts.trainedDepth == 4 && model.facts.defaultIterations == 4)
    let plan = try ModelPlan(try Checkpoint.open(Fixtures.path("ouro-tiny")))
    #expect(plan.notes.contains { $0.contains("trained to 4 iterations") })
    #expect(try ModelPlan(try Checkpoint.embedded()).facts.trainedDepth == nil)
    let context = try model.begin([5, 6, 7])
    var state = context.start(context.embedded)
    for _ in 0..<9 { state = try model.step(state, in: context, .plain) }
    #expect(!state.rows.values.contains { !$0.isFinite })
    let (before, after) = try #require(model as? LoopedModel).stepBeforeAndAfterNorm(
      state, in: context, .plain)
    #expect(try model.step(state, in: context, .plain).rows == after.rows)
    #expect(before != after.rows)
  }

  @Test func stoppingWorksBetweenLayers() throws {
    let model = try open()
    let context = try model.begin([5])
    #expect(throws: CancellationRequested.self) {
      try model.step(
        context.start(context.embedded), in: context,
        Call(control: StepControl(isCancelled: { true })))
    }
  }

  @Test func anExitDistributionAddsUpAndSelects() {
    let gates: [Float] = [-1, 0.5, 1, -3]
    let distribution = ExitDistribution(gateLogits: gates)
    let lambda = gates.map { 1 / (1 + exp(-$0)) }
    #expect(distribution.lambda == lambda)
    #expect(abs(distribution.density.reduce(0, +) - 1) < 1e-6)
    #expect(abs(distribution.density[1] - lambda[1] * (1 - lambda[0])) < 1e-6)
    let rest = (1 - lambda[0]) * (1 - lambda[1]) * (1 - lambda[2])
    #expect(abs(distribution.density[3] - rest) < 1e-6, "λ of the last loop decides nothing")
    #expect(distribution.exit(threshold: 0) == 0)
    #expect(distribution.exit(threshold: 0.5) == 1)
    #expect(distribution.exit(threshold: 1) == 3)
    #expect(distribution.exit(threshold: 7) == 3, "what is never reached is the last loop")
    // A gate that rounds to 1 fills the distribution early, and is believed.
    #expect(ExitDistribution(gateLogits: [0, 40, 0, 0]).exit(threshold: 1) == 1)
    #expect(ExitDistribution(gateLogits: []).exit(threshold: 0.5) == nil)
    let weighted = distribution.weighted([[1, 0], [1, 2], [1, 0], [1, 0]].map { $0[...] })
    #expect(abs(weighted[0] - 1) < 1e-6)
    #expect(abs(weighted[1] - 2 * distribution.density[1]) < 1e-6)
  }

  private func failure(_ damage: (ModelCopy) throws -> Void) throws -> String {
    let copy = try ModelCopy(of: "ouro-tiny")
    try damage(copy)
    do {
      _ = try open(copy.path)
      return "it opened"
    } catch {
      return String(describing: error)
    }
  }

  @Test func aBadWeightIsFoundInItsOwnTensor() throws {
    let name = "model.layers.1.self_attn.v_proj.weight"
    let message = try failure { try $0.rewrite(name, element: 70) { _ in .nan } }
    #expect(message.contains("\(name) [64, 64]: element 70"), "\(message)")
    let up = "model.layers.2.mlp.up_proj.weight"
    let second = try failure { try $0.rewrite(up, element: 0) { _ in .infinity } }
    #expect(second.contains("\(up) [144, 64]: element 0"), "\(second)")
  }

  @Test func configurationsThatMakeNoSenseNameTheKey() throws {
    let cases: [(key: String, value: Any?)] = [
      ("hidden_size", nil), ("num_hidden_layers", 0), ("num_hidden_layers", 1 << 27),
      ("num_key_value_heads", 3), ("head_dim", 7), ("hidden_act", "gelu"),
      ("layer_types", ["full_attention", "sliding_attention", "full_attention"]),
      ("use_sliding_window", true), ("total_ut_steps", 0), ("rms_norm_eps", "small"),
    ]
    for item in cases {
      let message = try failure { try $0.configure(item.key, item.value) }
      #expect(message.contains("/config.json: ") && message.contains(item.key), "\(message)")
    }
  }

  @Test func anotherNumberOfLayersListsTheTensors() throws {
    let fewer = try failure { try $0.configure("num_hidden_layers", 2) }
    #expect(fewer.contains("unexpected") && fewer.contains("model.layers.2."), "\(fewer)")
    let more = try failure { try $0.configure("num_hidden_layers", 4) }
    #expect(more.contains("model.layers.3.self_attn.q_proj.weight"), "\(more)")
  }

  @Test func familiesAreRecognised() throws {
    func family(_ name: String) throws -> String {
      try ModelFamily.of(try Checkpoint.open(Fixtures.path(name))).name
    }
    #expect(try family("ouro-tiny") == ModelFamily.looped.name)
    #expect(try family("retrofit-llama-tiny") == ModelFamily.recurrentDepth.name)
    #expect(try family("raven-tiny-a") == ModelFamily.recurrentDepth.name)
    let nameless = try ModelCopy(of: "ouro-tiny")
    try nameless.configure("model_type", nil)
    #expect(
      try ModelFamily.of(try Checkpoint.open(nameless.path)).name == ModelFamily.looped.name)
    let message = try failure { try $0.configure("model_type", "gpt2") }
    #expect(message.contains("gpt2") && message.contains("Ouro"), "\(message)")
  }
}
