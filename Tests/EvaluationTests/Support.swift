import Checkpoints
import LatentModels
import Synchronization
import Tasks
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import Evaluation

/// The embedded model, as an evaluation takes it.
enum Embedded {
  static func model(_ name: String? = nil) throws -> EvaluationModel {
    let checkpoint = try name.map { try Checkpoint.open(Fixtures.path($0)) } ?? .embedded()
    let plan = try ModelPlan(checkpoint)
    guard case .present(let tokenizer) = checkpoint.tokenizer else {
      throw ModelError.unsupportedFamily("There is no tokenizer.")
    }
    return EvaluationModel(
      model: try plan.open(WeightPacking(team: .single)), tokenizer: tokenizer, stops: [10],
      cost: ComputeCost(plan))
  }

  static let start = Start.seed(0)

  static func problems(
    _ name: String, _ levels: [Int], form: AnswerForm = .latent, count: Int
  ) throws -> [EvaluationProblem] {
    let task = try #require(ReasoningTask.named(name))
    return TaskProblems.draw(task, difficulties: levels, form: form, count: count, seed: 5)
  }

  /// Works through a set and gives its table.
  static func table(
    _ problems: [EvaluationProblem], iterations: [Int], starts: [Start] = [start],
    exits: [ExitChoice] = [], threads: Int = 1, shard: Shard = .whole
  ) throws -> ResultTable {
    let set = ProblemSet(kind: .exact, problems: problems)
    let plan = EvaluationPlan(
      model: "m", problems: set, iterations: iterations, starts: starts, exits: exits)
    let records = Mutex<[ProblemRecord]>([])
    try EvaluationRun(plan: plan, set: set).run(
      problems.indices.filter(shard.contains), models: (0..<threads).map { _ in try model() }
    ) { record in
      records.withLock { $0.append(record) }
    }
    var table = ResultTable(plan, groups: set.groups)
    for record in records.withLock({ $0 }) {
      // Through its line and back, as in a file.
      let line = Array(record.line(file: "f").utf8)
      let read = try #require(ProblemRecord(line, plan: plan, file: "f"))
      #expect(read == record)
      table.add(read, of: problems[read.number].group, plan)
    }
    return table
  }
}
