import Checkpoints
import Generation
import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories

/// Texts that cannot go on: of runs that diverge, and wavefronts at the end of their time or room.
@Suite struct EndingTests {
  /// A model whose states are infinite from the first iteration on.
  private func diverging() throws -> any LatentModel {
    let copy = try ModelCopy(of: "raven-tiny-a")
    try copy.diverge()
    return try RecurrentDepthModel(
      try Checkpoint.open(copy.path), team: ThreadTeam(count: 1))
  }

  private func options(_ policy: IterationPolicy) throws -> GenerationOptions {
    GenerationOptions(iterations: policy, start: .zero, cache: CacheStrategy(.full))
  }

  @Test func generationEndsWhereARunDiverges() throws {
    let model = try diverging()
    let began = Divergence(
      .state, at: Address(token: 0, iteration: 1), origin: .site(Site(.core, 2, .stream)))
    for policy in [
      IterationPolicy.fixed(3), .adaptive(ExitPolicy(.kl), maximum: 8),
      .adaptive(ExitPolicy(.latentDifference), maximum: 8), .scheduled([2, 4]),
    ] {
      var generator = try Generator(model: model, prompt: [1, 2, 3], options: try options(policy))
      #expect(throws: began) { try generator.next() }
    }
    var speculative = try SpeculativeGenerator(
      model: model, prompt: [1, 2, 3],
      options: SpeculativeGenerator.Options(
        draftIterations: 2, lookahead: 2, iterations: 4, start: .zero, cache: CacheStrategy(.full)))
    #expect(throws: began) { try speculative.next() }
    var wavefront = try wave(model) { $0.start = .zero }
    #expect(throws: began) { try wavefront.next() }
    var drawn = try wave(model) { $0.start = .seed(1, scale: 3e38) }
    #expect(throws: Divergence(.state, at: Address(token: 0, iteration: 0))) {
      try drawn.next()
    }
  }

  private func wave(
    _ model: any LatentModel, prompt: [Int] = [1, 2, 3],
    _ change: (inout WavefrontGenerator.Options) -> Void
  ) throws -> WavefrontGenerator {
    var options = WavefrontGenerator.Options(
      iterations: 3, start: .seed(1),
      cache: try CacheStrategy(parsing: "latest-compress-s\(model.cacheLayout.coreLayers)"))
    change(&options)
    return try WavefrontGenerator(model: model, prompt: prompt, options: options)
  }

  @Test(arguments: [
    FreezeRule.latentDifference(1e-30), .latentAcceleration(1e-30), .tokenStability(3),
  ])
  func everyWavefrontEnds(freeze: FreezeRule) throws {
    let model = try RecurrentDepthModel(
      try Checkpoint.open(Fixtures.path("raven-tiny-a")), team: ThreadTeam(count: 1))
    for most in [1, 3] {
      var generator = try wave(model) {
        $0.freeze = freeze
        $0.maximumWavefront = most
        $0.innerIterations = 1
      }
      let ceiling = try #require(freeze.ceiling)
      while generator.ids.count < 6, generator.passes <= 3 * ceiling { _ = try generator.next() }
      #expect(generator.ids.count >= 6, "\(most) positions at most")
      if case .tokenStability = freeze { continue }
      #expect(generator.unsettled > 0 && generator.passes >= ceiling)
    }
  }

  @Test func theLastPositionOfTheContextLeavesWhenItIsDone() throws {
    let model = try RecurrentDepthModel(
      try Checkpoint.open(Fixtures.path("raven-tiny-a")), team: ThreadTeam(count: 1))
    let most = model.facts.maximumTokens
    var generator = try wave(model, prompt: (0..<most - 2).map { $0 % 200 }) {
      $0.freeze = .tokenStability(1)
    }
    while generator.ids.count < most + 1, generator.passes < 60 { _ = try generator.next() }
    #expect(generator.ids.count == most + 1 && generator.unsettled == 0)
  }
}
