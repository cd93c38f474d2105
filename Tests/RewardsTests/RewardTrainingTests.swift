import Checkpoints
import LatentModels
import ParallelScaling
import Tensors
import TestSupport
import Testing
import Training

@testable import Rewards

/// Judges that learn, on rollouts where one direction decides.
@Suite struct RewardTrainingTests {
  private static let data = SyntheticRollouts.data(questions: 60)

  private static func settings(
    _ objective: RewardObjective = .contrastive, epochs: Int = 8, rate: Double = 2e-2
  ) -> RewardSettings {
    var settings = RewardSettings()
    settings.objective = objective
    (settings.epochs, settings.rate, settings.validation) = (epochs, rate, 0.3)
    settings.batch = 8
    return settings
  }

  private static func small(_ data: RewardData) throws -> JudgeDesign {
    try .small(layers: 1, heads: 2, vocabulary: 16, for: data, seed: 3)
  }

  private static func trainer(
    _ design: JudgeDesign, _ settings: RewardSettings, data: RewardData = data,
    turning: Bool = false
  ) throws -> RewardTrainer {
    let split = try #require(
      RewardSplit(data, share: settings.validation, seed: settings.seed))
    let engine = try design.engine(.fast, team: .single)
    return RewardTrainer(
      data: data, split: split, settings: settings, engine: turning ? Turned(engine) : engine,
      measuring: try design.engine(.exact, team: .single), weights: design.weights, state: nil,
      team: .single)
  }

  /// An engine that goes the wrong way.
  private final class Turned: RewardEngine {
    let engine: any RewardEngine
    init(_ engine: any RewardEngine) { self.engine = engine }

    var layout: ParameterLayout { engine.layout }
    func gradients(
      of parameters: [Float], batch: RewardBatch, loss: some StepLoss,
      into gradients: inout [Float]
    ) -> Double {
      let value = engine.gradients(of: parameters, batch: batch, loss: loss, into: &gradients)
      gradients = gradients.map { -$0 }
      return value
    }
    func scores(of parameters: [Float], batch: RewardBatch) -> StepTable {
      engine.scores(of: parameters, batch: batch)
    }
  }

  @Test(arguments: RewardObjective.allCases, [true, false])
  func learnsWhatDecides(objective: RewardObjective, isSmall: Bool) throws {
    let design = try isSmall ? Self.small(Self.data) : .probe(for: Self.data)
    let trainer = try Self.trainer(
      design, Self.settings(objective, rate: isSmall ? 1e-2 : 5e-2))
    while !trainer.isFinished { #expect(try trainer.runEpoch() != nil) }
    let best = try #require(trainer.state.bestRecord)
    #expect(best.measures.recall > 0.9 && best.measures.random < 0.6, "\(best)")
    #expect(best.measures.loss < trainer.state.records[0].measures.loss)
    #expect(trainer.state.records.map(\.epoch) == Array(0...8))
    // The best by recall, then by loss.
    #expect(
      trainer.state.records.dropFirst().allSatisfy { !$0.measures.isBetter(than: best.measures) })
    if objective == .bce { #expect(best.measures.calibration < 0.2) }
  }

  @Test func theWrongWayIsSeen() throws {
    let trainer = try Self.trainer(
      .probe(for: Self.data), Self.settings(rate: 5e-2), turning: true)
    while !trainer.isFinished { _ = try trainer.runEpoch() }
    let last = try #require(trainer.state.records.last?.measures)
    #expect(last.recall < 0.2 && last.random > 0.3)
    #expect(last.loss > trainer.state.records[0].measures.loss)
  }

  /// A copy of a model of recurrent depth learns, is written, and scores as it did in training.
  @Test func aCopyOfDepthLearnsAndJudges() throws {
    let checkpoint = try Checkpoint.open(Fixtures.path("raven-tiny-a"))
    let data = SyntheticRollouts.data(questions: 24, steps: 2, width: 64, size: 1.5)
    let design = try JudgeDesign.copy(of: checkpoint, for: data, seed: 1)
    #expect(design.explanation.contains("iterations of its core"))
    try SyntheticRollouts.inFolder { folder in
      let run = try RewardRun(
        data: data, design: design, settings: Self.settings(epochs: 3, rate: 2e-3),
        directory: "\(folder)/judge", resumes: false, team: .single)
      _ = try run.run()
      let best = try #require(run.trainer.state.bestRecord?.measures)
      #expect(best.recall > 0.9 && best.random < 0.6)
      let judge = try TrainedJudge.open(try Checkpoint.open("\(folder)/judge"))
      try judge.check(try ModelPlan(checkpoint).facts)
      let scores = try design.engine(.exact, team: .single)
        .scores(of: run.trainer.state.best, batch: data.batch([5]))
      var ways = try judge.begin(data.questions[5].ids, control: .uninterrupted)
        .selecting(Array(repeating: 0, count: data.rollouts))
      for step in 0..<2 {
        let rows = (0..<data.rollouts).flatMap { data.state(5, $0, step) }
        let found = try ways.next(
          Matrix(rows: data.rollouts, columns: 64, values: rows), control: .uninterrupted)
        for (rollout, score) in found.enumerated() {
          #expect(abs(score - scores[0, rollout, step]) < 1e-3 * max(1, abs(score)))
        }
      }
    }
  }

  /// A copy of a model of continuous thoughts.
  @Test func aCopyLearnsWhatDecides() throws {
    let data = SyntheticRollouts.data(questions: 40, width: 64, size: 1.5)
    let design = try JudgeDesign.copy(
      of: try Checkpoint.open(Fixtures.path("coconut-tiny")), for: data, seed: 1)
    let trainer = try Self.trainer(design, Self.settings(epochs: 3, rate: 2e-3), data: data)
    while !trainer.isFinished { _ = try trainer.runEpoch() }
    let best = try #require(trainer.state.bestRecord?.measures)
    #expect(best.recall > 0.9 && best.random < 0.6)
  }

  @Test func whatDoesNotFitIsNotCopied() throws {
    let checkpoint = try Checkpoint.open(Fixtures.path("coconut-tiny"))
    let copy = { (data: RewardData) in try JudgeDesign.copy(of: checkpoint, for: data, seed: 1) }
    #expect(throws: RewardError.self) { try copy(Self.data) }
    var long = SyntheticRollouts.data(questions: 3, width: 64)
    long = RewardData(
      questions: long.questions.map {
        .init(
          ids: Array(repeating: 1, count: 254), states: $0.states, labels: $0.labels,
          correct: $0.correct)
      }, rollouts: long.rollouts, steps: long.steps, width: 64)
    #expect(throws: RewardError.self) { try copy(long) }
    #expect(throws: RewardError.self) {
      try JudgeDesign.copy(
        of: try Checkpoint.open(Fixtures.path("codi-tiny")),
        for: SyntheticRollouts.data(questions: 3, width: 64), seed: 1)
    }
    #expect(throws: RewardError.self) {
      try JudgeDesign.small(layers: 1, heads: 3, for: Self.data, seed: 1)
    }
    #expect(throws: TrainingError.self) { try RewardMemory.check(parameters: 100, available: 5199) }
    try RewardMemory.check(parameters: 100, available: 5200)
    // A token that no table has room for.
    let first = Self.data.questions[0]
    let huge = RewardData(
      questions: Self.data.questions + [
        .init(ids: [1 << 40], states: first.states, labels: first.labels, correct: first.correct)
      ], rollouts: 4, steps: 3, width: 8)
    #expect(throws: RewardError.self) {
      try JudgeDesign.small(layers: 1, heads: 2, for: huge, seed: 1)
    }
    let trainer = try Self.trainer(.probe(for: huge), Self.settings(epochs: 1), data: huge)
    #expect(try trainer.runEpoch() != nil)
  }

  /// Cut after an epoch or in the middle of one, and gone on with: the same bytes.
  @Test func goesOnToTheByte() throws {
    let settings = Self.settings(epochs: 4)
    let design = try Self.small(Self.data)
    try SyntheticRollouts.inFolder { folder in
      func run(_ name: String, resumes: Bool, threads: Int = 1) throws -> RewardRun {
        try RewardRun(
          data: Self.data, design: design, settings: settings, directory: "\(folder)/\(name)",
          resumes: resumes, team: ThreadTeam(count: threads))
      }
      #expect(try run("whole", resumes: false).run() == .finished)
      for batches in [0, 2, 11] {
        let name = "cut-\(batches)"
        var left = batches
        let ending = try run(name, resumes: false).run(isCancelled: {
          left -= 1
          return left < 0
        })
        #expect(ending == .interrupted)
        let resumed = try run(name, resumes: true, threads: 3)
        #expect(resumed.trainer.state.epoch == batches / resumed.trainer.batches)
        #expect(try resumed.run() == .finished)
        let (found, wanted) = (
          try SyntheticRollouts.files("\(folder)/\(name)"),
          try SyntheticRollouts.files("\(folder)/whole")
        )
        #expect(found == wanted && wanted.count == 5, "\(wanted.keys)")
      }
      // Only what it was.
      #expect(throws: TrainingError.self) { try run("whole", resumes: false) }
      #expect(throws: TrainingError.self) {
        var other = settings
        other.rate = 1e-3
        _ = try RewardRun(
          data: Self.data, design: design, settings: other, directory: "\(folder)/whole",
          resumes: true, team: .single)
      }
      #expect(throws: TrainingError.self) {
        _ = try RewardRun(
          data: SyntheticRollouts.data(questions: 60, seed: 2), design: design,
          settings: settings, directory: "\(folder)/whole", resumes: true, team: .single)
      }
    }
  }

  /// What was written scores as what was trained, and says which models it judges.
  @Test(arguments: [true, false]) func whatIsWrittenJudges(isSmall: Bool) throws {
    let data = SyntheticRollouts.data(questions: 12, steps: 2, width: 16)
    let design = try isSmall ? Self.small(data) : .probe(for: data)
    try SyntheticRollouts.inFolder { folder in
      let run = try RewardRun(
        data: data, design: design, settings: Self.settings(epochs: 2),
        directory: "\(folder)/judge", resumes: false, team: .single)
      _ = try run.run()
      let judge = try TrainedJudge.open(try Checkpoint.open("\(folder)/judge"))
      let scores = try design.engine(.exact, team: .single)
        .scores(of: run.trainer.state.best, batch: data.batch([5]))
      var ways = try judge.begin(data.questions[5].ids, control: .uninterrupted)
        .selecting([0, 0, 0, 0])
      for step in 0..<2 {
        let rows = (0..<4).flatMap { data.state(5, $0, step) }
        let found = try ways.next(
          Matrix(rows: 4, columns: 16, values: rows), control: .uninterrupted)
        for (rollout, score) in found.enumerated() {
          #expect(abs(score - scores[0, rollout, step]) < 1e-5)
        }
      }
      // A probe has no weights for a third step; a transformer takes it.
      let more = Matrix(rows: 4, columns: 16, values: Array(repeating: 0.5, count: 64))
      if isSmall {
        #expect(try ways.next(more, control: .uninterrupted).count == 4)
      } else {
        #expect(throws: JudgeError.steps(judge: "judge", known: 2)) {
          try ways.next(more, control: .uninterrupted)
        }
      }
      // Neither is 16 wide.
      for name in ["raven-tiny-a", "coconut-tiny"] {
        let model = try ModelPlan(try Checkpoint.open(Fixtures.path(name))).open()
        #expect(throws: JudgeError.width(judge: 16, model: model.facts.width)) {
          try judge.check(model.facts)
        }
      }
    }
  }
}
