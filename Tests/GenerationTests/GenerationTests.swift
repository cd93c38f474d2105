import Checkpoints
import Engine
import Generation
import LatentModels
import Synchronization
import Tensors
import Testing
import Trajectories

/// Tokens from a policy that says how long each is thought about.
@Suite struct GenerationTests {
  /// A wavefront that is given its time says what greedy decoding says, and counts what it did.
  @Test func aPatientWavefrontIsGreedy() throws {
    let model = try embedded()
    let prompt = [10] + ">ke4z=".utf8.map(Int.init)
    var greedy = try Generator(
      model: model, prompt: prompt,
      options: GenerationOptions(
        iterations: .fixed(32), start: .zero, cache: try CacheStrategy(parsing: "compress-s1")))
    var options = WavefrontGenerator.Options(
      iterations: 32, start: .zero, cache: try CacheStrategy(parsing: "latest-compress-s1"))
    (options.noise, options.freeze) = (0, .tokenStability(6))
    var wave = try WavefrontGenerator(model: model, prompt: prompt, options: options)
    var tokens: [GeneratedToken] = []
    while tokens.count < 5 {
      tokens += try wave.next()
      #expect(wave.memory.seen == [wave.ids.count - 1])
    }
    #expect(try (0..<5).map { _ in try greedy.next().id } == tokens.prefix(5).map(\.id))
    #expect(tokens.dropFirst().allSatisfy { $0.iterations % 4 == 0 && $0.iterations >= 4 })
    #expect(wave.positionIterations >= tokens.dropFirst().reduce(0) { $0 + $1.iterations })
  }

  /// An interrupted pass leaves nothing half done behind: the run goes on as if it had not been.
  @Test func anInterruptedWavefrontGoesOn() throws {
    let model = try embedded()
    let prompt = [10] + ">ke4z=".utf8.map(Int.init)
    var options = WavefrontGenerator.Options(
      iterations: 8, start: .zero, cache: try CacheStrategy(parsing: "latest-compress-s1"))
    options.noise = 0
    var (whole, cut) = (
      try WavefrontGenerator(model: model, prompt: prompt, options: options),
      try WavefrontGenerator(model: model, prompt: prompt, options: options)
    )
    _ = try cut.next()
    _ = try (whole.next(), whole.next(), whole.next(), cut.next(), cut.next())
    let seen = cut.memory.seen
    for layers in 0..<5 {
      let checks = Atomic<Int>(0)
      #expect(throws: CancellationRequested.self) {
        try cut.next(
          control: StepControl(isCancelled: {
            checks.add(1, ordering: .relaxed).oldValue >= layers
          }))
      }
      #expect(cut.memory.seen == seen)
    }
    for _ in 0..<6 { #expect(try whole.next().map(\.id) == cut.next().map(\.id)) }
  }

  private func embedded() throws -> any LatentModel {
    try RecurrentDepthModel(try Checkpoint.embedded(), team: ThreadTeam(count: 1))
  }
  /// `\n3+4-2+9?`
  private let prompt = [10] + "3+4-2+9?".utf8.map(Int.init)

  private func first(_ iterations: IterationPolicy) throws -> GeneratedToken {
    var generator = try Generator(
      model: try embedded(), prompt: prompt,
      options: GenerationOptions(iterations: iterations, start: .zero, cache: CacheStrategy()))
    return try generator.next()
  }

  /// As published: without an exit, a rule that reads predictions leaves those of its last check.
  @Test func predictionsOfTheLastCheckAreUsedWhenNothingFires() throws {
    var policy = ExitPolicy(.kl, threshold: -1)
    policy.checkInterval = 3
    let stale = try first(.adaptive(policy, maximum: 6))
    #expect(stale.iterations == 6 && stale.exitValues.count == 2)
    #expect(stale.logits == (try first(.fixed(4)).logits), "checked after 1 and 4")
    #expect(stale.logits != (try first(.fixed(6)).logits))
    var quiet = ExitPolicy(.latentDifference, threshold: -1)
    quiet.checkInterval = 3
    let fresh = try first(.adaptive(quiet, maximum: 6))
    #expect(fresh.logits == (try first(.fixed(6)).logits), "a rule on states reads at the end")
  }

  @Test(arguments: ExitRule.all.map(\.name))
  func allPositionsTakeAtLeastAsLongAsTheLast(name: String) throws {
    let rule = try #require(ExitRule.named(name))
    func iterations(_ scope: ExitRule.Scope) throws -> Int {
      try first(.adaptive(ExitPolicy(rule, scope: scope), maximum: 40)).iterations
    }
    #expect(try iterations(.all) >= (try iterations(.last)))
  }

  /// What the generator exits at is what the run recorded for the explorer would have exited at.
  @Test(arguments: ExitRule.all.map(\.name))
  func generationStopsWhereTheRecordedRunWouldHave(name: String) throws {
    let rule = try #require(ExitRule.named(name))
    let recorder = try Recorder(
      model: try embedded(), ids: prompt, start: .zero, candidates: 1)
    var trajectory = try recorder.begin(
      prompt: "", tokens: prompt.map { Token(id: $0, text: "", isSpecial: false) }, start: "")
    for _ in 0..<24 {
      trajectory.append(try recorder.advance())
    }
    for scope in ExitRule.Scope.allCases {
      let token = try first(.adaptive(ExitPolicy(rule, scope: scope), maximum: 24))
      #expect(token.iterations == rule.firstExit(trajectory, scope: scope) ?? 24, "\(scope)")
    }
  }
}
