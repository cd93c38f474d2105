import Glibc
import LatentModels
import Synchronization

/// Ctrl-C as a wish: the computation stops at the next layer, and what was written stays whole.
enum Interruption {
  /// The signal that came; 0 before one did.
  private static let received = Atomic<Int32>(0)

  /// Takes the next of each signal; the one after it ends the program at once.
  static func arm(_ signals: Int32...) {
    var all = sigset_t()
    sigemptyset(&all)
    for number in signals.isEmpty ? [SIGINT] : signals {
      // nohup: whoever started the program wants it to outlive the terminal.
      if number == SIGHUP, isIgnored(number) { continue }
      sigaddset(&all, number)
      var action = sigaction()
      action.__sigaction_handler.sa_handler = { number in
        Interruption.received.store(number, ordering: .relaxed)
      }
      action.sa_flags = SA_RESTART | Int32(bitPattern: UInt32(SA_RESETHAND))
      sigaction(number, &action, nil)
    }
    // Whoever started the program may have blocked them.
    pthread_sigmask(SIG_UNBLOCK, &all, nil)
  }

  private static func isIgnored(_ number: Int32) -> Bool {
    var action = sigaction()
    return sigaction(number, nil, &action) == 0
      && unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self)
        == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  static let control = StepControl(isCancelled: { received.load(ordering: .relaxed) != 0 })

  /// What a shell reports of a program that such a signal ended: 130 for Ctrl-C.
  static var exitStatus: Int32 {
    let number = received.load(ordering: .relaxed)
    return 128 + (number == 0 ? SIGINT : number)
  }
}
