import Checkpoints
import Evaluation
import Foundation
import LatentModels
import ParallelScaling
import Rewards
import Studies
import Synchronization
import Tensors
import Trajectories

/// Works through a study, piece after piece, each in a file of a folder: what is there is not done again.
struct StudyRunner {
  let plan: StudyPlan
  let folder: String
  let threads: Int?

  /// A model of a setting, open.
  private struct Opened {
    let checkpoint: Checkpoint
    let mark: String
    let models: [EvaluationModel]
    let first: EvaluationModel
  }

  /// Does what is left to do.
  /// - Returns: of every sampler at every strength of every setting.
  /// - Throws: `CancellationRequested`, with everything that is done kept.
  func run() throws -> [StudySummary] {
    for part in ["rollouts", "judges", "cells"] { try OutputFolder.make("\(folder)/\(part)") }
    return try plan.settings.flatMap { setting in
      let opened = try open(setting)
      return try setting.samplers.flatMap { sampler in
        let data = try rollouts(setting, sampler, opened)
        let judges =
          try data.map { try self.judges(setting, sampler, $0, opened) }
          ?? plan.seeds.map { _ in [] }
        let samples = try sampler.strengths.map { try sample(setting, sampler, $0, judges, opened) }
        return summaries(samples, setting, sampler)
      }
    }
  }

  private func open(_ setting: StudySetting) throws -> Opened {
    let checkpoint = try setting.model.map { try Checkpoint.open($0) } ?? .embedded()
    let understood = try ModelPlan(checkpoint)
    understood.warnings.forEach(StandardError.say)
    let models = try EvaluationModel.opened(understood, checkpoint, threads: threads)
    guard let first = models.first else { preconditionFailure("one model or more") }
    return Opened(
      checkpoint: checkpoint,
      mark: EvaluationPlan.mark(of: understood, name: checkpoint.name, precision: .exact),
      models: models, first: first)
  }

  /// What judges of a sampler learn from; nil where there is nothing, or too little.
  private func rollouts(
    _ setting: StudySetting, _ sampler: StudySampler, _ opened: Opened
  ) throws -> RewardData? {
    guard let learning = sampler.learning, !plan.judges(of: setting).isEmpty else { return nil }
    let path = "\(folder)/rollouts/\(setting.name).\(sampler.name).safetensors"
    let set = plan.problems(of: setting, learning: learning)
    let cell = StudyCell(
      setting: setting, sampler: sampler, strength: learning.strength, seed: plan.problemSeed)
    let sampled = try cell.plan(
      of: opened.first.model, mark: opened.mark, problems: set, samples: learning.rollouts)
    let output = CollectedOutput(
      path: path, plan: CollectionPlan(sampled, completions: learning.completions), set: set)
    let file: CollectedFile
    if let done = output.finished {
      file = done
    } else if FileSystem.exists(path) {
      throw OutputError(
        path: path, problem: "holds rollouts of another plan; give another --out, or delete it")
    } else {
      StandardError.say("\(setting.name): rollouts with labels, \(sampler.name)")
      file = try output.make(try OutputFile(path), models: opened.models)
    }
    guard file.kept.count >= Self.fewest else {
      StandardError.say(
        "\(setting.name), \(sampler.name): \(file.kept.count) questions have right and wrong "
          + "rollouts, of which no judge can learn; it is left without")
      return nil
    }
    return try RewardData(path: path)
  }

  /// Fewer questions cannot be split into some to learn from and some to measure on.
  private static let fewest = 5

  /// The judges of a sampler, those that are not there yet trained side by side, each by a thread alone:
  /// they are small, and threads that wait for each other are slow where others compute too.
  /// - Returns: of every seed.
  private func judges(
    _ setting: StudySetting, _ sampler: StudySampler, _ data: RewardData, _ opened: Opened
  ) throws -> [[StudyWork.TrainedStepJudge]] {
    let wanted = plan.seeds.map { seed in
      plan.judges(of: setting).map { judge in
        let own = judge.seed(seed, of: plan)
        return StudyJudging(
          judge: judge, seed: own,
          folder: "\(folder)/judges/\(setting.name).\(sampler.name).\(judge.name).\(own)")
      }
    }
    var folders: Set<String> = []
    let different = wanted.joined().filter { folders.insert($0.folder).inserted }
    let queue = Mutex(TrainingQueue(waiting: different[...]))
    let facts = opened.first.model.facts
    DispatchQueue.concurrentPerform(iterations: threads ?? ThreadTeam.availableCores) { _ in
      while let judging = queue.withLock({ $0.next() }) {
        do {
          let isWhole = try judging.run(
            on: data, of: opened.checkpoint, facts, team: .single,
            isCancelled: Interruption.control.isCancelled)
          if !isWhole { throw CancellationRequested() }
        } catch {
          queue.withLock { $0.failure = $0.failure ?? error }
        }
      }
    }
    if let failure = queue.withLock({ $0.failure }) { throw failure }
    return try wanted.map { try $0.map { try $0.opened() } }
  }

  /// Judges that are to be trained, until one cannot be.
  private struct TrainingQueue {
    var waiting: ArraySlice<StudyJudging>
    var failure: (any Error)?

    mutating func next() -> StudyJudging? { failure == nil ? waiting.popFirst() : nil }
  }

  /// What samples come to, one a strength, side by side.
  private func summaries(
    _ samples: [StudySample], _ setting: StudySetting, _ sampler: StudySampler
  ) -> [StudySummary] {
    let found = Mutex<[Int: StudySummary]>([:])
    DispatchQueue.concurrentPerform(iterations: samples.count) { index in
      let summary = StudySummary(
        samples[index], setting: setting.name, sampler: sampler,
        strength: sampler.strengths[index], blends: plan.blends(of: setting))
      found.withLock { $0[index] = summary }
    }
    return found.withLock { found in samples.indices.compactMap { found[$0] } }
  }

  /// All draws of one strength.
  private func sample(
    _ setting: StudySetting, _ sampler: StudySampler, _ strength: Double,
    _ judges: [[StudyWork.TrainedStepJudge]], _ opened: Opened
  ) throws -> StudySample {
    let set = plan.problems(of: setting)
    let room = MemoryBudget.available().map { $0 / 2 / opened.models.count }
    var draws: [[StudyRecord]] = []
    for (seed, judges) in zip(plan.seeds, judges) {
      let cell = StudyCell(setting: setting, sampler: sampler, strength: strength, seed: seed)
      let work = StudyWork(
        plan: try cell.plan(
          of: opened.first.model, mark: opened.mark, problems: set, samples: plan.copies),
        set: set, judges: judges, beams: setting.beams, room: room)
      let file = try ResumableFile(
        "\(folder)/cells/\(cell.name).run", run: work, shard: .whole)
      if file.records.count < set.problems.count { StandardError.say(cell.name) }
      var records: [StudyRecord] = []
      try UnfinishedWork(run: work, shard: .whole, file: file, problems: nil)
        .finish(models: opened.models) { records.append($0) }
      draws.append(records)
    }
    let first = judges.first ?? []
    return StudySample(
      judges: first.map(\.name),
      searching: setting.beams == nil ? [] : first.filter(\.searches).map(\.name),
      counts: plan.counts, records: draws)
  }
}
