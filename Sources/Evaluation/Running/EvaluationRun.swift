import Foundation
import LatentModels
import Synchronization

/// A problem that could not be asked.
public struct ProblemFailure: Error, CustomStringConvertible {
  /// Its place in the set, counted from 1.
  public let place: Int
  public let prompt: String
  public let cause: any Error
  public var description: String { "Problem \(place) (\"\(prompt)\"): \(cause)" }
}

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
          queue.withLock { $0.fail(failure(error, at: number)) }
        }
      }
    }
    if let failure = queue.withLock({ $0.failure }) { throw failure }
  }

  private func ask(
    _ number: Int, _ model: EvaluationModel, _ control: StepControl
  ) throws -> ProblemRecord {
    let problem = set.problems[number]
    switch plan.kind {
    case .exact:
      return try AnswerRunner(model: model, plan: plan, control: control)
        .run(problem, number: number)
    case .lastNumber:
      return try TextRunner(model: model, plan: plan, control: control).run(problem, number: number)
    }
  }

  private func failure(_ error: any Error, at number: Int) -> any Error {
    guard let error = error as? ModelError else { return error }
    return ProblemFailure(
      place: number + 1, prompt: set.problems[number].prompt, cause: error)
  }

  private struct Queue {
    var waiting: ArraySlice<Int>
    private(set) var failure: (any Error)?

    init(waiting: ArraySlice<Int>) { self.waiting = waiting }

    mutating func next() -> Int? { failure == nil ? waiting.popFirst() : nil }

    mutating func fail(_ error: any Error) { if failure == nil { failure = error } }
  }
}
