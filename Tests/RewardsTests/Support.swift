import Checkpoints
import Evaluation
import LatentModels
import ParallelScaling
import Synchronization
import Tasks
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import Rewards

/// A model, problems of which it has some right, and what makes its rollouts different.
struct CollectedExample: CustomTestStringConvertible, Sendable {
  let model: String?
  let kind: String
  let strength: Float
  var starts = false
  var positions = EnsemblePlan.Positions.all
  var steps = 3

  var testDescription: String { "\(model ?? "embedded") \(kind)\(starts ? " starts" : "")" }

  static let all = [
    CollectedExample(model: nil, kind: "relative-noise", strength: 0.6),
    CollectedExample(
      model: nil, kind: "dropout", strength: 0.5, starts: true, positions: .last),
    CollectedExample(model: "codi-tiny", kind: "noise", strength: 1.4),
    CollectedExample(model: "coconut-tiny", kind: "dropout-both", strength: 0.2, steps: 4),
  ]

  func opened() throws -> EvaluationModel {
    let checkpoint = try model.map { try Checkpoint.open(Fixtures.path($0)) } ?? .embedded()
    let plan = try ModelPlan(checkpoint)
    guard case .present(let tokenizer) = checkpoint.tokenizer else {
      throw ModelError.unsupportedFamily("There is no tokenizer.")
    }
    return EvaluationModel(
      model: try plan.open(WeightPacking(team: .single)), tokenizer: tokenizer, stops: [10],
      cost: ComputeCost(plan))
  }

  /// Of models that were not trained the right answer is what some rollouts say and some do not.
  func set(_ samples: Int) throws -> ProblemSet {
    guard model != nil else {
      let task = try #require(ReasoningTask.named("arith"))
      return ProblemSet(
        kind: .exact,
        problems: TaskProblems.draw(task, difficulties: [6], form: .latent, count: 4, seed: 5))
    }
    let group = ProblemGroup(task: ProblemFile.task)
    let prompts = ["Tom has 3 apples and buys 4.", "Two dozen eggs.", "One and one."]
    func set(_ answers: [String]) -> ProblemSet {
      ProblemSet(
        kind: .lastNumber,
        problems: zip(prompts, answers).map {
          EvaluationProblem(group: group, prompt: $0, answer: $1)
        })
    }
    let guess = set(prompts.map { _ in "nothing" })
    let records = Mutex<[Int: String]>([:])
    let plan = try sampled(samples, guess)
    try SampledRun(plan: plan, set: guess).run([0, 1, 2], models: [opened()]) { record in
      guard case .answered(let sample) = record.outcome else { return }
      let answers = sample.answers.compactMap { $0?.description }
      let answer = answers.first { one in
        Double(one) == nil && answers.filter { $0 == one }.count < samples
      }
      records.withLock { $0[record.number] = answer }
    }
    return set(records.withLock { found in prompts.indices.map { found[$0] ?? "nothing" } })
  }

  func sampled(_ samples: Int, _ set: ProblemSet) throws -> SampledPlan {
    let model = try opened().model
    return SampledPlan(
      model: "m", problems: set, samples: samples, iterations: steps,
      start: model.facts.usualStart, drawsStarts: starts,
      perturbations: [
        try Perturbation(
          try #require(PerturbationKind.named(kind)), strength: strength, of: model)
      ], positions: positions, seed: 3, tokenLimit: 3)
  }

  func run(
    samples: Int = 4, completions: Int = 5, batch: Int? = nil
  ) throws -> CollectedRun {
    let set = try set(samples)
    return CollectedRun(
      plan: CollectionPlan(try sampled(samples, set), completions: completions), set: set,
      batch: batch)
  }

  func records(
    _ run: CollectedRun, threads: Int = 1, numbers: [Int]? = nil
  ) throws -> [CollectedRecord] {
    let records = Mutex<[CollectedRecord]>([])
    try run.run(
      numbers ?? Array(run.set.problems.indices),
      models: (0..<threads).map { _ in try opened() }
    ) { record in records.withLock { $0.append(record) } }
    return records.withLock { $0 }.sorted { $0.number < $1.number }
  }
}

extension CollectedRecord {
  var rollouts: Rollouts? { if case .kept(let rollouts) = outcome { rollouts } else { nil } }
}
