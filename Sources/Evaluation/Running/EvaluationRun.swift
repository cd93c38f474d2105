import Foundation
import LatentModels
import Synchronization

/// Works through problems on several threads, each with a model of its own.
///
/// What a problem comes to does not depend on which thread took it, nor on what came before it.
public struct EvaluationRun: Sendable {
  public let plan: EvaluationPlan
  public let set: ProblemSet

  public init(plan: EvaluationPlan, set: ProblemSet) {
    self.plan = plan
    self.set = set
  }

  /// - Parameters:
  ///   - numbers: which problems, by their place in the set.
  ///   - models: one for each thread.
  ///   - finished: told each result, in no order, one at a time.
  /// - Throws: the first error, when all threads have stopped.
  public func run(
    _ numbers: [Int], models: [EvaluationModel], control: StepControl = .uninterrupted,
    finished: @Sendable (ProblemRecord) throws -> Void
  ) throws {
    let queue = Mutex(Queue(waiting: numbers[...]))
    DispatchQueue.concurrentPerform(iterations: models.count) { worker in
      while let number = queue.withLock({ $0.next() }) {
        do {
          let record = try ask(number, models[worker], control)
          try queue.withLock { _ in try finished(record) }
        } catch {
          queue.withLock { $0.fail(error) }
        }
      }
    }
    if let failure = queue.withLock({ $0.failure }) { throw failure }
  }

  /// What a problem came to. One that cannot be asked is left out, with the reason; what would stop
  /// any problem stops the run.
  private func ask(
    _ number: Int, _ model: EvaluationModel, _ control: StepControl
  ) throws -> ProblemRecord {
    let problem = set.problems[number]
    if let defect = problem.defect { return ProblemRecord(number: number, leftOut: defect) }
    do {
      // An answer laid behind the prompt would stand before the thoughts.
      switch model.model.facts.thoughts == nil ? plan.kind : .lastNumber {
      case .exact:
        return try AnswerRunner(model: model, plan: plan, control: control)
          .run(problem, number: number)
      case .lastNumber:
        return try TextRunner(model: model, plan: plan, control: control).run(
          problem, number: number)
      }
    } catch let error as UnaskableProblem {
      return ProblemRecord(number: number, leftOut: error.words)
    } catch let error as ModelError {
      guard let words = error.aboutPrompt else { throw error }
      return ProblemRecord(number: number, leftOut: words)
    }
  }

  private struct Queue {
    var waiting: ArraySlice<Int>
    private(set) var failure: (any Error)?

    init(waiting: ArraySlice<Int>) { self.waiting = waiting }

    mutating func next() -> Int? { failure == nil ? waiting.popFirst() : nil }

    mutating func fail(_ error: any Error) { if failure == nil { failure = error } }
  }
}

extension ModelError {
  /// What is wrong with a prompt, as the end of a sentence; nil for what is wrong with the model.
  fileprivate var aboutPrompt: String? {
    switch self {
    case .emptyPrompt: "the prompt comes to no token"
    case .promptTooLong(let tokens, let maximum):
      "it has \(tokens) tokens, and this model takes at most \(maximum)"
    case .unknownToken(let id, let position, let size):
      "its token \(position) is \(id), and this model knows 0 to \(size - 1)"
    default: nil
    }
  }
}
