import Exports
import Foundation
import Synchronization

/// Writes files on a thread of its own, one after another: a program that makes pixels may take its time, and
/// large tables do; the screen goes on meanwhile.
final class ExportDesk: Sendable {
  /// What came of one.
  struct Outcome: Sendable {
    let words: String
    let isFailure: Bool
  }

  private struct State {
    var waiting: [ExportJob] = []
    var isWorking = false
  }
  private let state = Mutex(State())
  private let outcomes = Mailbox<Outcome> { _, _ in false }
  /// Signalled when nothing is left to be written.
  private let rest = NSCondition()

  /// Readable when something was written, or could not be.
  var descriptor: Int32 { outcomes.descriptor }

  /// Whether nothing is being written, and nothing is to be told.
  var isIdle: Bool { !state.withLock { $0.isWorking } && outcomes.isEmpty }

  /// Writes a file after those that were asked for before.
  func submit(_ job: ExportJob) {
    let begins = state.withLock { state in
      state.waiting.append(job)
      defer { state.isWorking = true }
      return !state.isWorking
    }
    if begins { Thread.detachNewThread { [self] in work() } }
  }

  /// What came of them since this was asked.
  func takeOutcomes() -> [Outcome] { outcomes.take() }

  /// Waits until nothing is left to be written, so that a file which was asked for is not forgotten at the
  /// end; but not for ever, as for a pipe that nobody reads.
  /// - Parameter patience: seconds.
  /// - Returns: whether all is written, or was told.
  func finish(patience: Double = 10) -> Bool {
    let end = Date(timeIntervalSinceNow: patience)
    rest.lock()
    defer { rest.unlock() }
    while state.withLock({ $0.isWorking }) {
      if !rest.wait(until: end) { return false }
    }
    return true
  }

  private func work() {
    while let job = next() {
      do {
        outcomes.post(Outcome(words: try job.write(), isFailure: false))
      } catch {
        outcomes.post(Outcome(words: "\(error)", isFailure: true))
      }
    }
  }

  /// nil where there is no other; the thread ends then.
  private func next() -> ExportJob? {
    rest.lock()
    defer { rest.unlock() }
    let job = state.withLock { state -> ExportJob? in
      if !state.waiting.isEmpty { return state.waiting.removeFirst() }
      state.isWorking = false
      return nil
    }
    if job == nil { rest.broadcast() }
    return job
  }
}
