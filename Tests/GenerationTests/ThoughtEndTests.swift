import Checkpoints
import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import Generation

/// Thoughts that the model itself ends, and ways of writing that need iterations of every token.
@Suite struct ThoughtEndTests {
  private static let prompt = [32, 299, 401, 350, 354, 507, 13]

  private func model(_ name: String = "coconut-tiny") throws -> any LatentModel {
    try ModelPlan(try Checkpoint.open(Fixtures.path(name))).open(WeightPacking(team: .single))
  }

  private func generator(
    _ model: any LatentModel, _ policy: IterationPolicy
  ) throws -> Generator {
    try Generator(
      model: model, prompt: Self.prompt,
      options: GenerationOptions(iterations: policy, start: .usual, cache: CacheStrategy()))
  }

  /// What is said behind the prompt and behind every thought.
  private func said(_ model: any LatentModel, _ count: Int) throws -> [Int] {
    try (0...count).map { try generator(model, .fixed($0)).likeliest() }
  }

  @Test func thoughtsEndWhereTheTokenIsSaidFirst() throws {
    let model = try model()
    let said = try said(model, 12)
    #expect(Set(said).count > 3)
    for stop in Set(said) {
      let first = try #require(said.firstIndex(of: stop))
      var ended = try generator(model, .untilSaid(stop, maximum: 12))
      let token = try ended.next()
      #expect(token.iterations == first && token.id == stop && token.isForced)
      // The rest is what follows as many thoughts and that token.
      var fixed = try generator(model, .fixed(first))
      #expect(try fixed.next().id == stop)
      for _ in 0..<4 { #expect(try ended.next().id == fixed.next().id) }
    }
  }

  @Test func thoughtsThatAreNotEndedAreTheMost() throws {
    let model = try model()
    let said = try said(model, 5)
    let never = try #require((0..<512).first { !said.contains($0) })
    var generator = try generator(model, .untilSaid(never, maximum: 5))
    let token = try generator.next()
    #expect(token.iterations == 5 && token.id == said[5] && !token.isForced)
    #expect(try generator.next().iterations == 0)
  }

  /// A drawn token does not go on where the model said that it had thought enough.
  @Test func theTokenThatEndsThemIsNotDrawn() throws {
    let model = try model()
    let stop = try said(model, 2)[2]
    for seed in 0..<8 as Range<UInt64> {
      var options = GenerationOptions(
        iterations: .untilSaid(stop, maximum: 12), start: .usual, cache: CacheStrategy())
      options.sampling.temperature = 3
      options.sampling.seed = seed
      var generator = try Generator(model: model, prompt: Self.prompt, options: options)
      #expect(try generator.next().id == stop)
    }
  }

  @Test func whatNeedsIterationsOfEveryTokenIsRefused() throws {
    let model = try model()
    #expect(throws: ThinksOnce(asked: "Guessing ahead")) {
      _ = try SpeculativeGenerator(
        model: model, prompt: Self.prompt,
        options: .init(
          draftIterations: 1, lookahead: 2, iterations: 2, start: .usual, cache: CacheStrategy()))
    }
    #expect(throws: ThinksOnce(asked: "A wavefront")) {
      _ = try WavefrontGenerator(
        model: model, prompt: Self.prompt,
        options: .init(iterations: 2, start: .usual, cache: CacheStrategy()))
    }
    var options = GenerationOptions(iterations: .fixed(2), start: .usual, cache: CacheStrategy())
    options.warmStart = .raw
    #expect(throws: ThinksOnce.self) {
      _ = try Generator(model: model, prompt: Self.prompt, options: options)
    }
  }
}

extension Generator {
  /// The token it would begin with.
  fileprivate func likeliest() throws -> Int {
    var copy = self
    return Operations.topK(try copy.next().logits[...], count: 1)[0].id
  }
}
