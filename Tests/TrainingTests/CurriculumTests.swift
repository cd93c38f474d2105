import Foundation
import LatentModels
import Tensors
import TestSupport
import Testing

@testable import Training

/// Difficulty rises with what was learned, and never past its cap.
@Suite struct CurriculumTests {
  /// Says what it was told to: the answers of copying, or nothing.
  private final class Copier: GradientEngine {
    let layout = ToyEngine().layout
    /// Longest text it copies rightly.
    var reach = 0
    /// The loss it claims.
    var loss = 1.0

    func gradients(
      of parameters: [Float], batch: TrainingBatch, recurrence: RecurrenceDraw, start: Start,
      into gradients: inout [Float]
    ) -> LossReport {
      LossReport(loss: loss, weight: 1)
    }

    func predictions(
      of parameters: [Float], tokens: [Int32], rows: Int, length: Int, readouts: [Int],
      start: Start
    ) -> [[Int32]] {
      readouts.map { _ in
        (0..<rows).flatMap { row in
          let own = Array(tokens[row * length..<(row + 1) * length])
          // `\n>abc=abc`: knows it with hindsight, when it is short enough.
          let copied = (own.firstIndex(of: Int32(UInt8(ascii: "="))) ?? 2) - 2
          return own.indices.map { place in
            copied <= reach && place + 1 < length ? own[place + 1] : 0
          }
        }
      }
    }
  }

  private func stage() -> TrainingStage {
    var stage = TrainingStage(name: "s", steps: 100, mix: ["copy": 1])
    stage.curriculum.problems = 5
    stage.curriculum.threshold = 0.8
    stage.start = ["copy": 2]
    stage.cap = ["copy": 6]
    return stage
  }

  @Test func limitsRiseByOneWhileItIsLearned() {
    let engine = Copier()
    engine.reach = 4
    let curriculum = Curriculum(stage: stage())
    var limits = curriculum.begin([:])
    #expect(limits == ["copy": 2])
    var seen: [Int] = []
    for step in 0..<6 {
      let best = curriculum.promote(
        &limits, weights: [], engine: engine, mean: 4, seed: 1, step: step)
      #expect(best["copy"] == (seen.count < 3 ? 1 : 0))
      seen.append(limits["copy"] ?? 0)
    }
    #expect(seen == [3, 4, 5, 5, 5, 5], "at 5 it fails, and stays")
    engine.reach = 99
    for step in 6..<10 {
      _ = curriculum.promote(&limits, weights: [], engine: engine, mean: 4, seed: 1, step: step)
    }
    #expect(limits == ["copy": 6], "the cap")
  }

  @Test func aLaterStageKeepsWhatWasReached() {
    var next = stage()
    next.start = ["copy": 1]
    #expect(Curriculum(stage: next).begin(["copy": 4, "parity": 9]) == ["copy": 4, "parity": 9])
    next.cap = ["copy": 3]
    #expect(Curriculum(stage: next).begin(["copy": 4])["copy"] == 3)
  }

  @Test func aLossThatIsNoNumberNamesTheStepAndKeepsTheCheckpoint() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("run")
    let recipe = TrainingRecipe(name: "r", stages: [stage()])
    let engine = Copier()
    func run(resumes: Bool) throws -> TrainingRun {
      var options = TrainingRun.Options()
      options.saveEvery = 4
      return try TrainingRun(
        recipe: recipe, text: nil, directory: path, resumes: resumes, options: options,
        team: ThreadTeam(count: 1), makeEngine: { _ in engine })
    }
    #expect(throws: TrainingError.diverged(step: 6)) {
      _ = try run(resumes: false).run(onEvent: { event in
        if case .step(let report, _) = event, report.step == 6 { engine.loss = .nan }
      })
    }
    #expect(TrainingError.diverged(step: 6).description.contains("after step 6"))
    #expect(!FileManager.default.fileExists(atPath: "\(path)/model.safetensors"))
    // The one of step 4 is whole and can be gone on with.
    engine.loss = 1
    #expect(try run(resumes: true).trainer.state.step == 4)
  }
}
