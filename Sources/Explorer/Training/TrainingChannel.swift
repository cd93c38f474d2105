import Foundation
import Synchronization

/// Between the training thread and the screen: events one way, wishes the other.
public final class TrainingChannel: Sendable {
  private struct Wishes {
    var isPaused = false
    var isStopped = false
    var wantsFit = false
  }

  private let mailbox = Mailbox<TrainingEvent> { last, next in
    switch (last, next) {
    case (.step, .step), (.looked, .looked): true
    default: false
    }
  }
  private let wishes = Mutex(Wishes())
  private let changed = DispatchSemaphore(value: 0)

  public init() {}

  // MARK: The training thread

  public func post(_ event: TrainingEvent) {
    // Everything is saved by then.
    if case .ended = event { Signals.release() }
    mailbox.post(event)
  }

  /// Waits while training is to stand still. Called between steps.
  /// - Parameter fit: fits the plane anew, when that is wished.
  /// - Returns: whether training is to end.
  public func waitForLeave(fit: () -> Void) -> Bool {
    var wasPaused = false
    while true {
      let wish = wishes.withLock { wishes in
        defer { wishes.wantsFit = false }
        return wishes
      }
      if wish.isPaused != wasPaused, !wish.isStopped {
        wasPaused = wish.isPaused
        post(.paused(wasPaused))
      }
      if wish.wantsFit { fit() }
      // A screen that is stuck cannot pass on what a signal asked.
      let isStopped = wish.isStopped || Signals.isEndWanted
      if isStopped || !wish.isPaused { return isStopped }
      _ = changed.wait(timeout: .now() + .milliseconds(500))
    }
  }

  // MARK: The screen

  var readyDescriptor: Int32 { mailbox.descriptor }

  func takeEvents() -> [TrainingEvent] { mailbox.take() }

  func pause(_ isPaused: Bool) {
    wishes.withLock { $0.isPaused = isPaused }
    changed.signal()
  }

  func fit() {
    wishes.withLock { $0.wantsFit = true }
    changed.signal()
  }

  /// Asks training to end after the step at hand.
  public func stop() {
    wishes.withLock { $0.isStopped = true }
    changed.signal()
  }
}
