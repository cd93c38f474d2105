import Checkpoints
import Engine
import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import ParallelScaling

/// When the thinking of copies would have been stopped.
@Suite struct CopyExitTests {
  private static let ids = [10, 51, 43, 52, 45, 50, 63]

  private static func plan(
    _ model: any LatentModel, _ kind: String, _ strength: Float, iterations: Int
  ) throws -> EnsemblePlan {
    EnsemblePlan(
      ids: ids,
      perturbations: [
        try Perturbation(
          try #require(PerturbationKind.named(kind)), strength: strength, of: model)
      ],
      start: model.facts.usualStart.drawn(as: SeedForm()), seed: 5, iterations: iterations,
      tokens: 2)
  }

  /// Thresholds at which rules stop runs of eight iterations, some earlier than others.
  private static let thresholds: [String: [Float]] = [
    "entropy-diff": [0.3, 0.02], "latent-diff": [0.5, 0.2], "cosine": [0.2, 0.02],
    "kl": [0.3, 0.01], "minp-kl": [0.3, 0.01], "argmax-stability": [1, 3],
    "acceleration": [9, 3],
  ]

  /// A copy is stopped where the rule would have stopped the same run of an engine.
  @Test(arguments: [("", "relative-noise"), ("", "noise-on-e"), ("coconut-tiny", "noise")])
  func aCopyStopsWhereItsRunWould(_ name: String, _ kind: String) throws {
    let model = try EnsembleTests.model(name)
    var plan = try Self.plan(model, kind, 0.2, iterations: 8)
    let engine = Engine(
      CopyBranchTests.workbench(model), candidates: 2, copies: CopyCause.hooks)
    let prompt = PromptCause(text: nil, ids: Self.ids, start: plan.start)
    _ = try engine.begin([.prompt(prompt)])
    let runs = try [0, 3].map { number in
      var (branch, trajectory) = try engine.copy(
        Lineage(prompt),
        CopyCause(
          perturbations: [.init(kind, strength: 0.2)], seed: 5, number: number))
      for _ in 0..<8 { trajectory.append(try engine.step([branch])[0]) }
      return trajectory
    }
    var found: [Int?] = []
    for rule in ExitRule.all {
      for threshold in try #require(Self.thresholds[rule.name]) {
        for scope in ExitRule.Scope.allCases {
          plan.exit = ExitPolicy(rule, threshold: threshold, scope: scope)
          let copies = try EnsembleRunner(model: model, plan: plan).run([0, 3])
          let expected = runs.map { rule.firstExit($0, threshold: threshold, scope: scope) }
          #expect(copies.map(\.exit) == expected, "\(plan.exit?.words ?? "")")
          found += expected
        }
      }
    }
    // Rules that stop runs here and there, and not always, are told apart.
    #expect(Set(found).count > 3, "\(Set(found))")
  }

  /// Neither the batch nor what stands beside it decides, and nothing else of a copy changes.
  @Test(arguments: ["latent-diff=0.2", "kl=0.001", "kl=0.001:all"])
  func aCopyStopsTheSameInAnyCompany(words: String) throws {
    let model = try EnsembleTests.model("")
    var plan = try Self.plan(model, "noise-on-e", 0.6, iterations: 10)
    let unasked = try EnsembleRunner(model: model, plan: plan).run([0, 1, 2, 3, 4])
    #expect(unasked.allSatisfy { $0.exit == nil })
    plan.exit = try ExitPolicy(parsingScoped: words)
    let runner = EnsembleRunner(model: model, plan: plan)
    let all = try runner.run([0, 1, 2, 3, 4])
    #expect(Set(all.map(\.exit)).count > 1, "\(all.map(\.exit))")
    #expect(all.map(\.path) == unasked.map(\.path) && all.map(\.written) == unasked.map(\.written))
    #expect(try runner.run([4, 2]).map(\.exit) == [all[4].exit, all[2].exit])
    let threads = try EnsembleTests.model("", threads: 2)
    #expect(
      try EnsembleRunner(model: threads, plan: plan).run([0, 1, 2, 3, 4]).map(\.exit)
        == all.map(\.exit))
    // Forks go on being watched.
    var thinking = try runner.begin([0, 1, 2, 3, 4])
    for _ in 0..<2 { try runner.advance(&thinking) }
    thinking = thinking.selecting([3, 1])
    for _ in 2..<10 { try runner.advance(&thinking) }
    #expect(thinking.copies.map(\.exit) == [all[3].exit, all[1].exit])
  }

  /// The embedded model, whose tokens are bytes; a newline begins and ends a text.
  private static func embedded() throws -> Workbench {
    let model = try EnsembleTests.model("")
    let codec = TextCodec(
      encode: { [10] + $0.utf8.map(Int.init) },
      encodeAnswer: { Continuation(prompt: $0.utf8.map(Int.init), answer: $1.utf8.map(Int.init)) },
      token: { Token(id: $0, text: String(UnicodeScalar(UInt8($0))), isSpecial: $0 == 10) },
      decode: { String(UnicodeScalar(UInt8($0))) },
      stream: { _ in TextStream { String(UnicodeScalar(UInt8($0))) } })
    return Workbench(
      model: model,
      summary: ModelSummary(
        name: "embedded", defaultIterations: 12, parameters: model.facts.parameters,
        width: model.facts.width, vocabularySize: 256, maximumTokens: 256),
      codec: codec, stopTokens: [10])
  }

  /// The copy that is stopped first need not be the one that moves least in the end.
  @Test func earliestExitIsAChoiceOfItsOwn() throws {
    let bench = try Self.embedded()
    let noise = try #require(PerturbationKind.named("noise-on-e"))
    var plan = EnsemblePlan(
      ids: try bench.codec.encode("37+85="),
      perturbations: [try Perturbation(noise, strength: 1, of: bench.model)],
      start: bench.model.facts.usualStart.drawn(as: SeedForm()), iterations: 12, tokens: 4,
      stops: bench.stopTokens)
    plan.exit = .usual
    var ensemble = Ensemble(wanted: 16)
    let copies = try EnsembleRunner(model: bench.model, plan: plan).run(Array(0..<16))
    ensemble.add(copies.map { bench.rollout($0, .text) })
    let chosen = Dictionary(
      uniqueKeysWithValues: ensemble.choices.map { ($0.aggregator.name, $0.answer) })
    #expect(chosen["earliest-exit"] == .text("122"))
    #expect(chosen["lowest-residual"] == .text("112"))
    let first = try #require(ensemble.rollouts.compactMap(\.exit).min())
    #expect(ensemble.rollouts.first { $0.exit == first }?.answer == .text("122"))
    // Asked by nobody, nothing is chosen by it.
    plan.exit = nil
    var unasked = Ensemble(wanted: 1)
    unasked.add([
      bench.rollout(try EnsembleRunner(model: bench.model, plan: plan).run([0])[0], .text)
    ])
    #expect(!unasked.choices.contains { $0.aggregator.name == "earliest-exit" })
  }

  @Test func rulesAreReadAsTheyAreWritten() throws {
    for words in ["kl=0.01:all", "latent-diff=0.03:mean", "argmax-stability=3.0:last"] {
      #expect(try ExitPolicy(parsingScoped: words).words == words)
    }
    #expect(try ExitPolicy(parsingScoped: "latent-diff").words == ExitPolicy.usual.words)
    #expect(try ExitPolicy(parsingScoped: "kl:mean").words == "kl=0.001:mean")
    for wrong in ["", "hail", "kl=x", "kl:", "kl:none", "kl=1:last:all", "exit-gate"] {
      #expect(throws: UnknownExitPolicy.self) { try ExitPolicy(parsingScoped: wrong) }
    }
  }
}
