import Checkpoints
import Foundation
import LatentModels
import Synchronization
import Trajectories

/// What a problem came to, as it is kept.
public protocol KeptRecord: Sendable, Equatable {
  /// Where it stands in the whole set.
  var number: Int { get }
  /// Why it could not be asked; nil when it was.
  var leftOut: String? { get }
  /// Where the run stopped being numbers, if it did; not kept in files.
  var divergence: Divergence? { get }

  /// The line of a file that a run may go on from.
  /// - Parameter file: the mark of the run.
  func line(file: String) -> String
}

/// Something that is found out problem by problem.
///
/// What a problem comes to does not depend on which thread took it, nor on what came before it.
public protocol EvaluationWork: Sendable {
  associatedtype Record: KeptRecord

  /// The schema of files that it may go on from, without its version, and that version.
  static var schema: (name: String, version: Int) { get }

  var set: ProblemSet { get }
  /// Everything that decides about the results.
  var document: JSONValue { get }
  /// The most bytes the line of a record has.
  var longestRecord: Int { get }

  /// What a problem came to.
  /// - Throws: `UnaskableProblem` where the text cannot be asked, and what the model throws.
  func answer(
    _ number: Int, _ model: EvaluationModel, _ control: StepControl
  ) throws -> Record

  /// A problem that could not be asked, and why.
  func leavingOut(_ number: Int, _ reason: String) -> Record

  /// Reads a line; nil when it is not one of this work, or holds a number that cannot be.
  func record(_ line: [UInt8], file: String) -> Record?
}

extension EvaluationWork {
  /// Works through problems on several threads, each with a model of its own.
  /// - Parameters:
  ///   - numbers: which problems, by their place in the set.
  ///   - models: one for each thread.
  ///   - finished: told each result, in no order, one at a time.
  /// - Throws: the first error, when all threads have stopped.
  public func run(
    _ numbers: [Int], models: [EvaluationModel], control: StepControl = .uninterrupted,
    finished: @Sendable (Record) throws -> Void
  ) throws {
    let queue = Mutex(WorkQueue(waiting: numbers[...]))
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
  ) throws -> Record {
    if let defect = set.problems[number].defect { return leavingOut(number, defect) }
    do {
      return try answer(number, model, control)
    } catch let error as UnaskableProblem {
      return leavingOut(number, error.words)
    } catch let error as ModelError {
      guard let words = error.aboutPrompt else { throw error }
      return leavingOut(number, words)
    }
  }
}

private struct WorkQueue {
  var waiting: ArraySlice<Int>
  private(set) var failure: (any Error)?

  init(waiting: ArraySlice<Int>) { self.waiting = waiting }

  mutating func next() -> Int? { failure == nil ? waiting.popFirst() : nil }

  mutating func fail(_ error: any Error) { if failure == nil { failure = error } }
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
