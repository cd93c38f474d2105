import Checkpoints
import LatentModels

/// Accuracy after every number of iterations of a plan.
public struct EvaluationRun: EvaluationWork {
  public static let schema = (name: "muninn.eval.run", version: 2)

  public let plan: EvaluationPlan
  public let set: ProblemSet

  public init(plan: EvaluationPlan, set: ProblemSet) {
    self.plan = plan
    self.set = set
  }

  public var document: JSONValue { plan.document }

  public var longestRecord: Int {
    let numbers = plan.iterations.count * (plan.starts.count + 5)
    return 8192 + 24 * (numbers + 6 * plan.exits.count)
  }

  public func answer(
    _ number: Int, _ model: EvaluationModel, _ control: StepControl
  ) throws -> ProblemRecord {
    let problem = set.problems[number]
    // An answer laid behind the prompt would stand before the thoughts.
    switch model.model.facts.thoughts == nil ? plan.kind : .lastNumber {
    case .exact:
      return try AnswerRunner(model: model, plan: plan, control: control)
        .run(problem, number: number)
    case .lastNumber:
      return try TextRunner(model: model, plan: plan, control: control).run(
        problem, number: number)
    }
  }

  public func leavingOut(_ number: Int, _ reason: String) -> ProblemRecord {
    ProblemRecord(number: number, leftOut: reason)
  }

  public func record(_ line: [UInt8], file: String) -> ProblemRecord? {
    ProblemRecord(line, plan: plan, file: file)
  }
}
