import Checkpoints
import Engine
import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import Generation

/// Where inside a model numbers stop being numbers: the block is named, by whoever runs into it.
@Suite struct DivergenceOriginTests {
  struct Case: Sendable, CustomTestStringConvertible {
    /// The tensor that is scaled far too large.
    let tensor: String
    let kind: Divergence.Kind
    let site: Site
    let words: String
    var testDescription: String { tensor }
  }

  static let cases = [
    Case(
      tensor: "core_block.1.mlp.proj", kind: .state, site: Site(.core, 2, .feedForward),
      words: "in the feed-forward network of core block 2 (0:1.2)"),
    Case(
      tensor: "core_block.1.attn.proj", kind: .state, site: Site(.core, 2, .attention),
      words: "in the attention of core block 2 (0:1.2)"),
    Case(
      tensor: "core_block.0.mlp.proj", kind: .state, site: Site(.core, 1, .feedForward),
      words: "in the feed-forward network of core block 1 (0:1.1)"),
    Case(
      tensor: "core_block.1.norm_4", kind: .state, site: Site(.core, 2, .stream),
      words: "at the end of core block 2 (0:1.2)"),
    Case(tensor: "adapter", kind: .state, site: .adapter, words: "in the adapter"),
    Case(
      tensor: "prelude.0.mlp.proj", kind: .state, site: Site(.prelude, 1, .feedForward),
      words: "in the feed-forward network of prelude block 1 (0:p.1)"),
    Case(
      tensor: "coda.0.attn.proj", kind: .prediction, site: Site(.coda, 1, .attention),
      words: "in the attention of coda block 1 (0:1.c.1)"),
  ]

  private func model(_ tensor: String) throws -> any LatentModel {
    let copy = try ModelCopy(of: "raven-tiny-a")
    try copy.transform("transformer.\(tensor).weight") { _, value in value * 1e38 }
    return try RecurrentDepthModel(try Checkpoint.open(copy.path), team: ThreadTeam(count: 1))
  }

  /// A prompt of one token, so that it is the first and the last.
  @Test(arguments: cases) func theBlockIsNamed(_ one: Case) throws {
    let model = try model(one.tensor)
    let expected = Divergence(
      one.kind, at: Address(token: 0, iteration: 1), origin: .site(one.site))
    var generator = try Generator(
      model: model, prompt: [3],
      options: GenerationOptions(
        iterations: .adaptive(ExitPolicy(.kl), maximum: 4), start: .seed(1),
        cache: CacheStrategy(.full)))
    #expect(throws: expected) { try generator.next() }
    #expect(expected.words.hasSuffix(", first at r 1, " + one.words), "\(expected.words)")
    #expect(expected.description.contains(one.words))
    let summary = ModelSummary(
      name: "", defaultIterations: 4, parameters: 0, width: model.facts.width,
      vocabularySize: model.facts.vocabularySize, maximumTokens: model.facts.maximumTokens)
    let engine = Engine(
      Workbench(model: model, summary: summary, codec: .idsOnly(problem: "")), candidates: 1)
    let begun = try engine.begin([.source(.ids([3]), .seed(1))])[0]
    let lineage = Lineage(begun.0)
    var run = begun.1
    run.append(try engine.step([lineage])[0])
    let divergence = try #require(run.divergence)
    #expect(divergence.origin == nil)
    // The coda reads s₀ too, which is the first that is not finite then.
    let first = one.kind == .prediction ? 0 : 1
    let located = try engine.located(divergence, of: lineage)
    #expect(located.origin == expected.origin && located.at.iteration == first)
    run.located(located)
    #expect(run.divergence == located)
    run.located(Divergence(.gate, at: located.at))
    #expect(run.divergence == located, "what is about something else is not taken")
  }

  /// What is finite at first and overflows at the fifth iteration is found there, and its token.
  @Test func theIterationAndTheTokenAreThoseItBeginsAt() throws {
    let model = try RecurrentDepthModel(
      try Checkpoint.open(Fixtures.path("raven-tiny-a")), team: ThreadTeam(count: 1))
    let summary = ModelSummary(
      name: "", defaultIterations: 8, parameters: 0, width: model.facts.width,
      vocabularySize: model.facts.vocabularySize, maximumTokens: model.facts.maximumTokens)
    let engine = Engine(
      Workbench(model: model, summary: summary, codec: .idsOnly(problem: "")), candidates: 1,
      budget: 0)
    let begun = try engine.begin([.source(.ids([3, 17, 42, 8, 5, 9]), .seed(1))])[0]
    let edit = try Edit(parsing: "3:5.2.feed-forward := 3e38*3:5.2.feed-forward")
    let plain = Lineage(begun.0)
    let (lineage, begunRun) = try engine.edit(plain, EditCause(edit) { _ in plain })
    var run = begunRun
    for _ in 0..<8 { run.append(try engine.step([lineage])[0]) }
    let divergence = try #require(run.divergence)
    #expect(divergence.at == Address(token: 3, iteration: 5))
    let located = try engine.located(divergence, of: lineage)
    #expect(
      located.words
        == "the state of token 3 is not finite, first at r 5, in the feed-forward network of core "
        + "block 2 (3:5.2)")
    // Those before it never looked at it and go on to the same bits; those after did at the next iteration.
    #expect(run.divergedSince(token: 2) == nil && run.divergedSince(token: 5) == 5)
    let (own, clean) = (try engine.state(lineage, 8), try engine.state(plain, 8))
    #expect(own.rows(0..<3) == clean.rows(0..<3) && clean.values.allSatisfy { $0.isFinite })
    for rule in ExitRule.rules(hasGate: false) {
      #expect(rule.value(of: run, iteration: 7, scope: .all) == nil, "\(rule.name)")
    }
  }

  /// A norm of numbers whose squares overflow is no row of zeros, which would look like a state.
  @Test func aNormThatOverflowsIsNoZero() throws {
    let model = try model("core_block.1.mlp.proj")
    let context = try model.begin([3, 4])
    let state = try model.step(
      try model.initialState(.seed(1), in: context), in: context, .plain)
    #expect(state.rows.values.allSatisfy { !$0.isFinite })
  }
}
