import Glibc
import LatentModels
import Synchronization

/// Ctrl-C as a wish: the computation stops at the next layer, and what was written stays whole.
enum Interruption {
  private static let isWanted = Atomic<Bool>(false)

  /// Takes the next Ctrl-C; the one after it ends the program at once.
  static func arm() {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { _ in
      Interruption.isWanted.store(true, ordering: .relaxed)
    }
    action.sa_flags = SA_RESTART | Int32(bitPattern: UInt32(SA_RESETHAND))
    sigaction(SIGINT, &action, nil)
  }

  static let control = StepControl(isCancelled: { isWanted.load(ordering: .relaxed) })

  /// What a shell reports of a program that Ctrl-C ended.
  static let exitStatus: Int32 = 130
}
