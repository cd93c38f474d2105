import Checkpoints
import LatentModels
import Tensors
import TestSupport
import Testing

@testable import Trajectories

/// Generation against the official code's, token by token.
@Suite struct GenerationTests {
  @Test(arguments: Fixtures.ravenModels)
  func everyEntryOfTheReferenceAgrees(name: String) throws {
    let directory = Fixtures.path(name)
    let model = try RecurrentDepthModel(
      try Checkpoint.open(directory), team: ThreadTeam(count: 1))
    let reference = try ReferenceCase(directory: directory)
    var ledger = ErrorLedger()
    try GenerationVerifier(model: model, reference: reference).run(into: &ledger)
    for entry in ledger.entries {
      #expect(entry.passes, "\(entry.family): \(entry.ratio) \(entry.place)")
    }
    let families = Set(ledger.entries.map(\.family))
    for json in reference.json["generation"]?.array ?? [] {
      let entry = try #require(json["name"]?.string)
      let skipped = ledger.skipped.contains { $0.what.hasPrefix("generation.\(entry) ") }
      #expect(families.contains("generation.\(entry).tokens") != skipped, "\(entry)")
      #expect(skipped == entry.hasPrefix("diffusion_"), "\(entry) is skipped")
      for (key, family) in [
        ("steps", "steps"), ("kv_bytes_fp32", "bytes"), ("cached_slots", "slots"),
        ("logits_tensor", "logits"), ("exit_values", "exit-values"), ("accepted_chunks", "chunks"),
      ] where json[key] != nil && !skipped {
        #expect(families.contains("generation.\(entry).\(family)"), "\(entry): \(family)")
      }
    }
    #expect(families.contains("forward.kl.logits") && families.contains("forward.kl.steps"))
  }

  /// The comparison must notice: another threshold, and tokens of another start.
  @Test func anotherModelsGenerationFails() throws {
    let model = try RecurrentDepthModel(
      try Checkpoint.open(Fixtures.path("raven-tiny-a")), team: ThreadTeam(count: 1))
    let reference = try ReferenceCase(directory: Fixtures.path("raven-tiny-d"))
    var ledger = ErrorLedger()
    try GenerationVerifier(model: model, reference: reference).run(into: &ledger)
    #expect(!ledger.passes)
  }

  private func embedded() throws -> any GeneratingModel {
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

  @Test func policiesSayWhatIsChecked() {
    var policy = ExitPolicy(.cosine)
    policy.minimumIterations = 3
    policy.checkInterval = 2
    let checked = (1...9).filter { policy.checks(after: $0, isPrefill: false) }
    #expect(checked == [4, 6, 8])
    policy.exitsInPrefill = false
    #expect((1...9).allSatisfy { !policy.checks(after: $0, isPrefill: true) })
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
      model: try embedded(), ids: prompt, start: .zero, candidates: 1, text: { "\($0)" })
    var trajectory = try recorder.begin(
      prompt: "", tokens: prompt.map { Token(id: $0, text: "", isSpecial: false) }, start: "")
    for _ in 0..<24 {
      let (step, distances) = try recorder.advance()
      trajectory.append(step, distanceToLast: distances)
    }
    for scope in ExitRule.Scope.allCases {
      let token = try first(.adaptive(ExitPolicy(rule, scope: scope), maximum: 24))
      #expect(token.iterations == rule.firstExit(trajectory, scope: scope) ?? 24, "\(scope)")
    }
  }
}
