import Checkpoints
import Tensors
import TestSupport
import Testing
import Trajectories
import Verification

@testable import LatentModels

/// Retrofitted models: the same recurrence around blocks of Llama and OLMo-2.
@Suite struct RetrofitTests {
  @Test func everythingAgreesWithTheReference() throws {
    let directory = Fixtures.path("retrofit-llama-tiny")
    let model = try ModelPlan(try Checkpoint.open(directory)).open(
      WeightPacking(team: ThreadTeam(count: 1)))
    var verifier = TrajectoryVerifier(
      model: model, reference: try ReferenceCase(directory: directory))
    let ledger = try verifier.run()
    for entry in ledger.entries {
      #expect(
        entry.passes, "\(entry.family) at \(entry.iteration ?? -1): \(entry.ratio) \(entry.place)")
    }
    let families = Set(ledger.entries.map(\.family))
    let wanted: Set = [
      "embed", "states", "entropy", "kl", "kl_reverse", "kl_to_final", "state_norm",
      "residual_norm", "rel_residual", "cosine_prev", "argmax", "logits", "logits_last",
      "logits_final",
    ]
    #expect(wanted.isSubset(of: families), "missing \(wanted.subtracting(families))")
    let absent = Set(ledger.skipped.filter { $0.why == "the reference has none" }.map(\.what))
    #expect(absent == ["dist_to_final", "latent_states_forward", "pca.projection"])
  }

  /// The slow model is right, so that it may judge where no reference is.
  @Test func theSlowModelAgreesWithTheReference() throws {
    let checkpoint = try Checkpoint.open(Fixtures.path("retrofit-llama-tiny"))
    let plan = try RecurrentDepthModel.plan(checkpoint)
    let golden = try SafetensorsFile.open(
      Fixtures.path("retrofit-llama-tiny/golden.safetensors"))
    let ids = try golden.integers("p0.ids")
    let slow = SlowRetrofit(checkpoint, plan.configuration)
    let run = slow.run(
      ids, start: try #require(golden.tensors["p0.s0"]).floats(), iterations: 12)
    let states = try #require(golden.tensors["p0.states"]).floats()
    let logits = try #require(golden.tensors["p0.logits_final"]).floats()
    #expect(worst(run.states.flatMap { $0 }, states) < 2e-5)
    #expect(worst(run.logits, logits) < 2e-5)
  }

  @Test(arguments: [RandomRetrofit.Shape.olmo, .olmoGrouped, .llamaOdd])
  func flavoursWithoutAReferenceAgreeWithTheSlowModel(shape: RandomRetrofit.Shape) throws {
    let random = try RandomRetrofit(shape, seed: 5)
    let checkpoint = try Checkpoint.open(random.folder.path)
    let plan = try RecurrentDepthModel.plan(checkpoint)
    #expect(plan.configuration.flavour == (shape.isOLMo ? .postNorm : .preNorm))
    let model = try RecurrentDepthModel(checkpoint, team: ThreadTeam(count: 2))
    let slow = SlowRetrofit(checkpoint, plan.configuration)
    let ids = (0..<19).map { ($0 * 31 + 3) % shape.vocabulary }
    let context = try model.begin(ids)
    let start = random.numbers(ids.count * shape.width, deviation: 0.5)
    var state = try model.initialState(
      [Matrix(rows: ids.count, columns: shape.width, values: start)], in: context)
    let iterations = 5
    let expected = slow.run(ids, start: start, iterations: iterations)
    #expect(worst(context.embedded.values, expected.embedded.map(Float.init)) < 2e-5)
    for iteration in 0..<iterations {
      state = try model.step(state, in: context, .plain)
      let spread = expected.states[iteration].map(abs).max() ?? 0
      #expect(spread > 0.5, "states that vanish would agree with anything")
      #expect(
        worst(state.rows.values, expected.states[iteration].map(Float.init)) < 2e-5 * Float(spread),
        "iteration \(iteration + 1)")
    }
    let logits = try model.readout(state, in: context, positions: 0..<ids.count)
    #expect(worst(logits.values, expected.logits.map(Float.init)) < 1e-4)
  }

  /// s₀ = e, and a first step without the adapter, as one line of OLMo retrofits may start.
  @Test func otherStartsAgreeWithTheSlowModel() throws {
    let shape = RandomRetrofit.Shape.olmo
    let random = try RandomRetrofit(shape, seed: 8)
    let checkpoint = try Checkpoint.open(random.folder.path)
    let model = try RecurrentDepthModel(checkpoint, team: ThreadTeam(count: 1))
    let slow = SlowRetrofit(checkpoint, model.configuration)
    let ids = [4, 9, 1, 30]
    let context = try model.begin(ids)
    let start = try model.initialState(.embedded, in: context)
    #expect(start.rows == context.embedded)
    let first = try model.stepWithoutAdapter(start, in: context, .plain)
    let expected = slow.core(start.rows.values.map(Double.init), tokens: ids.count)
    #expect(worst(first.rows.values, expected.map(Float.init)) < 2e-5)
    let usual = try model.step(start, in: context, .plain)
    #expect(worst(first.rows.values, usual.rows.values) > 0.1)
  }

  /// A reference written by the slow model passes whole, other starts included; one number of it
  /// changed does not.
  @Test(arguments: [nil, "states", "embed-init.states", "skip-adapter.logits_final"])
  func otherStartsOfAReferenceAreCompared(wrong: String?) throws {
    let random = try RandomRetrofit(.olmoGrouped, seed: 21)
    let checkpoint = try Checkpoint.open(random.folder.path)
    let model = try RecurrentDepthModel(checkpoint, team: ThreadTeam(count: 1))
    try random.writeReference(
      SlowRetrofit(checkpoint, model.configuration), ids: [5, 60, 0, 17, 17], iterations: 3,
      wrong: wrong)
    var verifier = TrajectoryVerifier(
      model: model, reference: try ReferenceCase(directory: random.folder.path))
    let ledger = try verifier.run()
    let failed = ledger.entries.filter { !$0.passes }.map(\.family)
    #expect(Set(failed) == Set(wrong.map { [$0] } ?? []), "\(failed)")
    let families = Set(ledger.entries.map(\.family))
    #expect(
      families.isSuperset(of: [
        "states", "logits_final", "embed-init.states", "embed-init.logits_final",
        "skip-adapter.states", "skip-adapter.logits_final",
      ]))
  }

  @Test func theSeparateStartOfAnEmbedInitConfigurationIsItsUsualOne() throws {
    let random = try RandomRetrofit(.olmo, seed: 3, extra: #""initial_state_mode": "embed-init","#)
    let plan = try ModelPlan(try Checkpoint.open(random.folder.path))
    #expect(plan.facts.usualStart == .embedded && !plan.facts.hasFixedStart)
    #expect(try ModelPlan(try Checkpoint.embedded()).facts.usualStart == .seed(0))
  }

  private func failure(_ damage: (ModelCopy) throws -> Void) throws -> String {
    let copy = try ModelCopy(of: "retrofit-llama-tiny")
    try damage(copy)
    do {
      _ = try ModelPlan(try Checkpoint.open(copy.path)).open(
        WeightPacking(team: ThreadTeam(count: 1)))
      return "it opened"
    } catch {
      return String(describing: error)
    }
  }

  @Test func configurationsThatMakeNoSenseNameTheKey() throws {
    func scaling(_ key: String, _ value: Any?) -> [String: Any] {
      var object: [String: Any] = [
        "factor": 8, "low_freq_factor": 1, "high_freq_factor": 4,
        "original_max_position_embeddings": 64, "rope_type": "llama3",
      ]
      object[key] = value
      return object
    }
    let cases: [(key: String, value: Any?, says: String)] = [
      ("num_key_value_heads", 3, "num_key_value_heads"), ("rope_theta", -1, "rope_theta"),
      ("rope_scaling", scaling("rope_type", "yarn"), "yarn"),
      ("rope_scaling", scaling("factor", nil), "rope_scaling.factor"),
      ("rope_scaling", scaling("high_freq_factor", 1), "high_freq_factor"),
      ("rope_scaling", scaling("original_max_position_embeddings", 0.5), "original_max"),
      ("n_layers_in_recurrent_block", 200_000_000, "n_layers_in_recurrent_block"),
    ]
    for item in cases {
      let message = try failure { try $0.configure(item.key, item.value) }
      #expect(message.contains("/config.json: ") && message.contains(item.says), "\(message)")
    }
  }

  @Test func whereTieKeysDisagreeTheHeadInTheFileIsUsed() throws {
    let copy = try ModelCopy(of: "retrofit-llama-tiny")
    try copy.configure("tie_word_embeddings", true)
    let checkpoint = try Checkpoint.open(copy.path)
    #expect(try !RecurrentDepthModel.plan(checkpoint).configuration.tiedEmbeddings)
    let warnings = try ModelPlan(checkpoint).warnings
    #expect(warnings.contains { $0.contains("tie_word_embeddings true") })
  }

  /// As transformers 5: what the file holds twice is tied only where both are one matrix.
  @Test(arguments: [
    ("retrofit-llama-tiny", "transformer.wte"), ("ouro-tiny", "model.embed_tokens"),
  ])
  func aTiedHeadThatDiffersIsUsedAndSaid(name: String, embedding: String) throws {
    let copy = try ModelCopy(of: name)
    try copy.configure(name == "ouro-tiny" ? "tie_word_embeddings" : "tie_embeddings", true)
    let own = try ModelPlan(try Checkpoint.open(copy.path))
    #expect(own.tensors["lm_head.weight"] != nil && own.embeddingBytes == 0)
    #expect(own.warnings.contains { $0.contains("lm_head.weight in the file differs") })
    let untied = try ModelPlan(try Checkpoint.open(Fixtures.path(name)))
    #expect(own.facts == untied.facts)
    try copy.copyElements(of: "\(embedding).weight", to: "lm_head.weight")
    let tied = try ModelPlan(try Checkpoint.open(copy.path))
    #expect(tied.tensors["lm_head.weight"] == nil && tied.embeddingBytes > 0)
    #expect(tied.skipped.map(\.name) == ["lm_head.weight"])
    #expect(!tied.warnings.contains { $0.contains("lm_head") })
    try copy.rewrite("lm_head.weight", element: 600 * 64 - 1) { $0 + 1 }
    let last = try ModelPlan(try Checkpoint.open(copy.path))
    #expect(last.warnings.contains { $0.contains("lm_head.weight in the file differs") })
  }

  @Test func constantsComeFromTheRightKeys() throws {
    let plan = try RecurrentDepthModel.plan(
      try Checkpoint.open(Fixtures.path("retrofit-llama-tiny")))
    let configuration = plan.configuration
    #expect(configuration.rotary.base == 10000 && configuration.rotary.scaling?.factor == 8)
    #expect(configuration.embeddingScale == 1 && configuration.normEpsilon == 1e-5)
    #expect(configuration.maximumTokens == 2048 && configuration.keyValueHeads == 2)
    #expect(configuration.warnings.contains { $0.contains("rope_base is 500000.0") })
  }
}

/// The largest deviation.
func worst(_ a: [Float], _ b: [Float]) -> Float {
  guard a.count == b.count else { return .infinity }
  return zip(a, b).map { $0 == $1 ? 0 : abs($0 - $1) }.max() ?? .infinity
}

func worst(_ a: [Double], _ b: [Float]) -> Float { worst(a.map(Float.init), b) }
