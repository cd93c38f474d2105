import Evaluation
import LatentModels
import ParallelScaling
import Tasks

/// One sampler at one strength in one setting, drawn once: what a file of the study holds.
public struct StudyCell: Sendable {
  public let setting: StudySetting
  public let sampler: StudySampler
  public let strength: Double
  public let seed: UInt64

  public init(setting: StudySetting, sampler: StudySampler, strength: Double, seed: UInt64) {
    (self.setting, self.sampler, self.strength, self.seed) = (setting, sampler, strength, seed)
  }

  /// Of its file.
  public var name: String { "\(setting.name).\(sampler.name)-\(strength).\(seed)" }

  /// What copies of its problems are made of.
  /// - Parameter model: a mark of the weights.
  /// - Throws: `PerturbationError`.
  public func plan(
    of model: any LatentModel, mark: String, problems: ProblemSet, samples: Int
  ) throws -> SampledPlan {
    SampledPlan(
      model: mark, problems: problems, samples: samples, iterations: setting.steps,
      start: model.facts.usualStart,
      perturbations: [try Perturbation(sampler.kind, strength: Float(strength), of: model)],
      positions: setting.positions, seed: seed, tokenLimit: setting.tokens)
  }
}

extension StudyPlan {
  /// Every cell of a setting.
  public func cells(of setting: StudySetting) -> [StudyCell] {
    setting.samplers.flatMap { sampler in
      sampler.strengths.flatMap { strength in
        seeds.map { StudyCell(setting: setting, sampler: sampler, strength: strength, seed: $0) }
      }
    }
  }

  /// The problems that are measured on.
  public func problems(of setting: StudySetting) -> ProblemSet {
    drawn(setting, count: setting.questions, seed: problemSeed, without: [])
  }

  /// The problems that judges learn from: none that is measured on.
  public func problems(of setting: StudySetting, learning: StudyLearning) -> ProblemSet {
    let measured = Set(problems(of: setting).problems.map(\.prompt))
    return drawn(
      setting, count: learning.questions, seed: problemSeed &+ 1, without: measured)
  }

  private func drawn(
    _ setting: StudySetting, count: Int, seed: UInt64, without: Set<String>
  ) -> ProblemSet {
    guard let task = ReasoningTask.named(setting.task) else {
      preconditionFailure("a plan names tasks that there are")
    }
    let each = (count + setting.levels.count - 1) / setting.levels.count
    let problems = TaskProblems.draw(
      task, difficulties: setting.levels, form: .latent, count: each, seed: seed)
    return ProblemSet(
      kind: .exact, problems: problems.filter { !without.contains($0.prompt) })
  }
}
