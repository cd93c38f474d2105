import Foundation
import Synchronization

/// Requests on their way to the compute thread. Cancelling makes everything asked for before it
/// stale, dropping what was asked for about one thing; the work in progress included.
final class RequestQueue: Sendable {
  /// When a request was asked for, counted in cancellations and in drops of what it is about.
  struct Ticket: Sendable, Equatable {
    fileprivate let epoch: Int
    fileprivate let asked: Asked
    fileprivate let drops: Int
  }

  private struct State {
    var waiting: [(ComputeRequest, Ticket)] = []
    var isClosed = false
    /// From the beginning on: there is something to be opened first.
    var isServing = true
    var isEnded = false
  }
  private let drops = Mutex<[Asked: Int]>([:])
  private let state = Mutex(State())
  private let epoch = Atomic<Int>(0)
  private let arrivals = DispatchSemaphore(value: 0)
  /// Signalled when there is nothing to do.
  private let idle = NSCondition()

  func push(_ request: ComputeRequest) {
    let asked = request.asked
    let ticket = Ticket(
      epoch: epoch.load(ordering: .acquiring), asked: asked,
      drops: drops.withLock { $0[asked, default: 0] })
    state.withLock { $0.waiting.append((request, ticket)) }
    arrivals.signal()
  }

  func cancel() { epoch.add(1, ordering: .acquiringAndReleasing) }

  /// What waits is not served any more: no answer is owed for it.
  func drop(_ asked: Asked) { drops.withLock { $0[asked, default: 0] += 1 } }

  /// Whether it was cancelled or dropped.
  func isStale(_ ticket: Ticket) -> Bool {
    ticket.epoch != epoch.load(ordering: .acquiring) || isDropped(ticket)
  }

  /// Whether nobody waits for an answer.
  func isDropped(_ ticket: Ticket) -> Bool {
    drops.withLock { $0[ticket.asked, default: 0] } != ticket.drops
  }

  /// Stops the work in progress and ends the thread.
  func close() {
    state.withLock { $0.isClosed = true }
    tellIdle()
    cancel()
    arrivals.signal()
  }

  /// Nothing will be served any more.
  func end() {
    state.withLock { $0.isEnded = true }
    tellIdle()
  }

  private func tellIdle() {
    idle.lock()
    idle.broadcast()
    idle.unlock()
  }

  /// Whether nothing waits and nothing is served.
  var isIdle: Bool {
    state.withLock { $0.isEnded || $0.isClosed || !$0.isServing && $0.waiting.isEmpty }
  }

  func waitUntilIdle() {
    idle.lock()
    while !isIdle { idle.wait() }
    idle.unlock()
  }

  var isClosed: Bool { state.withLock { $0.isClosed } }

  /// Waits for the next request; nil once closed.
  func pop() -> (ComputeRequest, Ticket)? {
    state.withLock { $0.isServing = false }
    tellIdle()
    arrivals.wait()
    return state.withLock { state in
      guard !state.isClosed, !state.waiting.isEmpty else { return nil }
      state.isServing = true
      return state.waiting.removeFirst()
    }
  }
}

/// Events on their way to the screen, with a descriptor that `poll(2)` can wait on.
final class Mailbox<Event: Sendable>: Sendable {
  private let waiting = Mutex<[Event]>([])
  private let replaces: @Sendable (_ last: Event, _ next: Event) -> Bool
  private let readEnd: Int32
  private let writeEnd: Int32

  /// - Parameter replaces: whether an event makes the one before it, not yet taken, useless.
  init(replaces: @escaping @Sendable (_ last: Event, _ next: Event) -> Bool) {
    self.replaces = replaces
    var ends: [Int32] = [-1, -1]
    // Without descriptors the screen still polls on its timers; it is only slower to notice.
    if pipe(&ends) == 0 {
      for end in ends { _ = fcntl(end, F_SETFL, O_NONBLOCK) }
    }
    readEnd = ends[0]
    writeEnd = ends[1]
  }

  deinit {
    close(readEnd)
    close(writeEnd)
  }

  var descriptor: Int32 { readEnd }

  func post(_ event: Event) {
    let wasEmpty = waiting.withLock { events in
      let wasEmpty = events.isEmpty
      if let last = events.last, replaces(last, event) {
        events[events.count - 1] = event
      } else {
        events.append(event)
      }
      return wasEmpty
    }
    if wasEmpty {
      var byte: UInt8 = 1
      _ = write(writeEnd, &byte, 1)
    }
  }

  var isEmpty: Bool { waiting.withLock { $0.isEmpty } }

  func take() -> [Event] {
    var drain = [UInt8](repeating: 0, count: 64)
    while read(readEnd, &drain, drain.count) > 0 {}
    return waiting.withLock { events in
      defer { events = [] }
      return events
    }
  }
}

/// What the compute thread says.
typealias EventMailbox = Mailbox<ComputeEvent>

extension Mailbox<ComputeEvent> {
  /// Only the newest progress or loading report is of interest.
  convenience init() {
    self.init { last, next in
      switch (last, next) {
      case (.progress, .progress), (.loading, .loading), (.beginning, .beginning): true
      default: false
      }
    }
  }
}
