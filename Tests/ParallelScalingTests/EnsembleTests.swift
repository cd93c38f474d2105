import Checkpoints
import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import ParallelScaling

/// Copies side by side: each is what it would be alone.
@Suite struct EnsembleTests {
  static func model(_ name: String, threads: Int = 1) throws -> any LatentModel {
    try ModelPlan(
      name.isEmpty ? try Checkpoint.embedded() : try Checkpoint.open(Fixtures.path(name))
    )
    .open(WeightPacking(team: ThreadTeam(count: threads)))
  }

  /// What can be done to each, and a prompt.
  static let cases: [(model: String, kinds: [String])] = [
    (
      "",
      [
        "noise", "relative-noise", "noise-on-e", "dropout", "dropout-both", "test-time-fixed",
        "test-time-geom", "test-time-sqrt", "test-time-line", "test-time-chi",
      ]
    ),
    ("ouro-tiny", ["noise", "relative-noise", "dropout"]),
    ("coconut-tiny", ["noise", "relative-noise", "dropout", "dropout-both"]),
    ("codi-tiny", ["noise", "dropout-both"]),
  ]

  private func plan(
    _ model: any LatentModel, _ kinds: [String], strength: Float = 0.2, held: Bool = false,
    starts: Bool = false
  ) throws -> EnsemblePlan {
    EnsemblePlan(
      ids: [10, 51, 43, 52, 45, 50, 63],
      perturbations: try kinds.map {
        try Perturbation(
          try #require(PerturbationKind.named($0)), strength: strength, isHeld: held, of: model)
      },
      start: model.facts.usualStart, drawsStarts: starts, seed: 5, iterations: 4, tokens: 3)
  }

  private func expectSame(
    _ a: [EnsembleRunner.Copy], _ b: [EnsembleRunner.Copy], _ what: String
  ) {
    #expect(a.map(\.number) == b.map(\.number), "\(what)")
    #expect(a.map(\.path) == b.map(\.path), "\(what)")
    #expect(a.map(\.written) == b.map(\.written), "\(what)")
    #expect(a.map(\.entropy) == b.map(\.entropy), "\(what)")
  }

  @Test(arguments: cases)
  func aCopyIsTheSameWhateverTheBatch(_ example: (model: String, kinds: [String])) throws {
    let model = try Self.model(example.model)
    let threads = try Self.model(example.model, threads: 2)
    for kind in example.kinds {
      let plan = try plan(model, [kind])
      let runner = EnsembleRunner(model: model, plan: plan)
      let all = try runner.run([0, 1, 2, 3, 4])
      expectSame(try [0, 1, 2, 3, 4].flatMap { try runner.run([$0]) }, all, "\(kind) alone")
      expectSame(try runner.run([4, 2]), [all[4], all[2]], "\(kind), others")
      expectSame(
        try EnsembleRunner(model: threads, plan: plan).run([0, 1, 2, 3, 4]), all,
        "\(kind), two threads")
      // The state that follows the first iteration differs, or for noise on e and prompts s₀ does.
      #expect(all[0].path[1] != all[1].path[1], "\(kind)")
    }
  }

  @Test func tokensBeforeTheLastRunOnceAndAreSeen() throws {
    let model = try Self.model("")
    var plan = try plan(model, ["relative-noise"])
    plan.positions = .last
    let runner = EnsembleRunner(model: model, plan: plan)
    let all = try runner.run([0, 1, 2])
    expectSame(try [0, 1, 2].flatMap { try runner.run([$0]) }, all, "alone")
    expectSame(
      try EnsembleRunner(model: try Self.model("", threads: 2), plan: plan).run([0, 1, 2]), all,
      "two threads")
    #expect(all[0].path[1] != all[1].path[1])
    // Without noise it is the run of all tokens, but for rounding.
    plan.perturbations = []
    let last = try EnsembleRunner(model: model, plan: plan).run([0])[0]
    plan.positions = .all
    let whole = try EnsembleRunner(model: model, plan: plan).run([0])[0]
    #expect(last.written == whole.written && last.path.count == whole.path.count)
    for (a, b) in zip(last.path, whole.path) {
      #expect(zip(a, b).allSatisfy { abs($0 - $1) < 1e-3 })
    }
  }

  @Test(arguments: cases)
  func noStrengthIsThePlainRun(_ example: (model: String, kinds: [String])) throws {
    let model = try Self.model(example.model)
    var plain = try plan(model, [])
    plain.perturbations = []
    let expected = try EnsembleRunner(model: model, plan: plain).run([0])
    for kind in example.kinds {
      let none = try plan(model, [kind], strength: 0)
      expectSame(try EnsembleRunner(model: model, plan: none).run([0]), expected, kind)
    }
  }

  /// What is changed where it lies is, to the bit, what the same change is as an edit.
  @Test(arguments: ["noise", "relative-noise", "dropout", "dropout-both"])
  func changesInPlaceAreEdits(kind: String) throws {
    let model = try Self.model("")
    let hooks = try plan(model, [kind], strength: 0.2).hooks([0, 5], iteration: 2, of: model)
    let site: Site = kind.hasPrefix("dropout") ? Site(.core, 1, .feedForward) : .state
    #expect(hooks.watch(site) == .rewrites && hooks.watch(.readState) == .nobody)
    let places = Places(counts: [3, 2], after: [0, 4])
    var before = Matrix(rows: 5, columns: 50)
    for row in 0..<5 {
      for column in 0..<50 { before[row, column] = Float((row * 31 + column * 7) % 23) - 11.5 }
    }
    let buffer = Buffer(before)
    var edited = before
    let team = ThreadTeam(count: 2)
    let value = SiteValue(
      site: site, iteration: 2, places: places, sequence: nil, values: before)
    hooks.visit(
      site, value: { value },
      rows: { SiteRows(site: site, iteration: 2, places: places, buffer: buffer, team: team) },
      change: { _ in Issue.record("an edit where rows were at hand") })
    hooks.visit(
      site, value: { value },
      change: { edit in
        for (row, edit) in edit.rows {
          switch edit {
          case .add(let values): edited.replaceRow(row, with: zip(before.row(row), values).map(+))
          case .multiply(let values):
            edited.replaceRow(row, with: zip(before.row(row), values).map(*))
          case .replace: Issue.record("noise replaces nothing")
          }
        }
      })
    #expect(buffer.matrix() == edited && edited != before)
  }

  @Test func aHeldMaskStaysAndAFreshOneDoesNot() throws {
    let model = try Self.model("")
    // From the state it would settle in, a held mask is a fixed operator: its steps shrink.
    var held = try plan(model, ["dropout"], strength: 0.1, held: true)
    var fresh = try plan(model, ["dropout"], strength: 0.1)
    (held.iterations, fresh.iterations) = (60, 60)
    let steps = try [held, fresh].map { plan in
      try #require(try EnsembleRunner(model: model, plan: plan).run([3])[0].residuals.last)
    }
    #expect(steps[0] < steps[1] / 10, "\(steps)")
  }

  @Test func startsFollowOneAnother() throws {
    let model = try Self.model("")
    let copies = try EnsembleRunner(model: model, plan: plan(model, [], starts: true)).run([0, 2])
    let context = try model.begin([10, 51, 43, 52, 45, 50, 63])
    let second = try model.initialState(.seed(2), in: context)
    #expect(copies[1].path[0] == Array(second.rows.row(6)))
    #expect(copies[0].path[0] != copies[1].path[0])
  }

  @Test func whatCannotBeIsRefusedWithTheNumber() throws {
    let (demo, thoughts) = (try Self.model(""), try Self.model("coconut-tiny"))
    let noise = try #require(PerturbationKind.named("noise"))
    let dropout = try #require(PerturbationKind.named("dropout"))
    func refusal(_ body: () throws -> Perturbation) -> String {
      do {
        _ = try body()
        return ""
      } catch {
        return "\(error)"
      }
    }
    #expect(refusal { try Perturbation(noise, strength: -1, of: demo) }.contains("not -1.0"))
    #expect(refusal { try Perturbation(noise, strength: .nan, of: demo) }.contains("nan"))
    #expect(refusal { try Perturbation(dropout, strength: 1, of: demo) }.contains("below 1.0"))
    #expect(
      refusal { try Perturbation(noise, strength: 1, isHeld: true, of: demo) }.contains("held"))
    for name in ["noise-on-e", "test-time-geom"] {
      let kind = try #require(PerturbationKind.named(name))
      #expect(refusal { try Perturbation(kind, strength: 1, of: thoughts) }.contains(name))
    }
  }

  @Test func theLevelIsThatOfTheNoise() throws {
    let model = try Self.model("coconut-tiny")
    let noise = try #require(PerturbationKind.named("noise"))
    let perturbation = try Perturbation(noise, strength: 0.5, of: model)
    #expect(perturbation.relativeLevel(width: 64, norm: 8) == 0.5)
    #expect(perturbation.relativeLevel(width: 64, norm: 0) == nil)
  }

  /// Of the family `model`, whose iterations take no place in the text, and of one whose thoughts do.
  @Test(arguments: [("", 0), ("coconut-tiny", 4)])
  func tokensAreAsManyAsThereIsRoomFor(_ name: String, _ thoughts: Int) throws {
    let model = try Self.model(name)
    let most = model.facts.maximumTokens
    func tokens(_ prompt: Int, _ wanted: Int) throws -> Int {
      var plan = try plan(model, [])
      plan.ids = Array(repeating: 10, count: prompt)
      plan.tokens = wanted
      plan.limitTokens(model.facts)
      return plan.tokens
    }
    #expect(try tokens(7, 3) == 3)
    // The last token written is not read, and takes no place.
    #expect(try tokens(7, 10 * most) == most - 7 - thoughts + 1)
    #expect(try tokens(most - thoughts - 1, 5) == 2)
    #expect(try tokens(most - thoughts, 5) == 1)
    #expect(try tokens(most, 5) == 1, "what a text says is asked for in any case")
    // As many can be written, and no more.
    var full = try plan(model, [])
    full.ids = Array(repeating: 10, count: most - thoughts - 1)
    full.tokens = 5
    full.limitTokens(model.facts)
    let copy = try EnsembleRunner(model: model, plan: full).run([0])[0]
    #expect(copy.written.count == 2 || copy.isEnded)
    full.tokens += 1
    #expect(throws: ModelError.self) { try EnsembleRunner(model: model, plan: full).run([0]) }
  }

  @Test func anEnsembleIsSettledWhenNothingCanChange() {
    var ensemble = Ensemble(wanted: 5)
    #expect(!ensemble.isSettled)
    ensemble.add([Rollout(copy: 0, answer: .number(1)), Rollout(copy: 1, answer: .number(1))])
    #expect(!ensemble.isSettled)
    ensemble.add([Rollout(copy: 2, answer: .text("x")), Rollout(copy: 3, answer: .number(1))])
    #expect(ensemble.isSettled && !ensemble.isComplete)
    #expect(ensemble.choices.map(\.aggregator.name) == ["majority", "majority-released"])
  }
}
