import CNcurses
import Glibc
import Synchronization

/// Signals as bytes in a pipe, so that the loop takes them like any other event.
///
/// A loop that does not take them, because its terminal does not read and every write to it waits,
/// is left by force after a while: with the terminal as it was, and nothing more drawn.
enum Signals {
  // Set once before the handlers are installed, only read afterwards.
  nonisolated(unsafe) private static var writeEnd: Int32 = -1
  nonisolated(unsafe) private static var old: [(number: Int32, action: sigaction)] = []

  /// The signal that asked to end and was not answered yet; 0 when there is none.
  private static let pending = Atomic<Int32>(0)
  /// The last signal that asked to end, for the status; 0 before one did.
  private static let asked = Atomic<Int32>(0)
  /// Whether something is to be saved before the program may be left by force.
  private static let isHeld = Atomic<Bool>(false)

  private static let screen = [SIGWINCH, SIGTSTP, SIGCONT, SIGINT]
  /// All that would end the program; between 31 and 34 are two of the C library's own.
  private static let ending =
    [SIGHUP, SIGQUIT, SIGPIPE, SIGALRM, SIGTERM, SIGUSR1, SIGUSR2, SIGSTKFLT, SIGXCPU, SIGVTALRM]
    + [SIGPROF, SIGIO, SIGPWR] + Array(34...64)

  /// Installs the handlers; before the terminal is taken, or a signal could come between.
  /// - Returns: the end to read signal numbers from, or nil when no pipe could be made.
  static func install() -> Int32? {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    writeEnd = ends[1]
    old = (screen + ending).map { number in
      var action = sigaction()
      sigaction(number, nil, &action)
      return (number, action)
    }
    for (number, action) in old where number != SIGHUP || !isIgnored(action) {
      catchSignal(number)
    }
    nc_unblock_signals()
    return ends[0]
  }

  /// Whoever started the program by `nohup` wants it to outlive its terminal.
  private static func isIgnored(_ action: sigaction) -> Bool {
    unsafeBitCast(action.__sigaction_handler.sa_handler, to: Int.self) == 1
  }

  static func catchSignal(_ number: Int32) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { number in
      let saved = errno
      Signals.arrived(number)
      errno = saved
    }
    action.sa_flags = SA_RESTART
    sigaction(number, &action, nil)
  }

  /// Only calls that are allowed in a signal handler.
  private static func arrived(_ number: Int32) {
    let waiting = pending.load(ordering: .relaxed)
    if number == SIGALRM, waiting != 0 {
      if isHeld.load(ordering: .relaxed) {
        alarm(1)
      } else {
        CrashGuard.leave(128 + waiting)
      }
      return
    }
    var byte = UInt8(truncatingIfNeeded: number)
    _ = write(writeEnd, &byte, 1)
    if !screen.contains(number) {
      asked.store(number, ordering: .relaxed)
      expectEnd()
    }
  }

  /// From now on the program is to end within a second or so.
  static func expectEnd() {
    let number = asked.load(ordering: .relaxed)
    pending.store(number == 0 ? SIGHUP : number, ordering: .relaxed)
    alarm(1)
  }

  /// The end that was expected has come, or there was no need.
  static func endHasCome() {
    alarm(0)
    pending.store(0, ordering: .relaxed)
  }

  /// Everything that has arrived; who asks is not stuck.
  static func drain(_ descriptor: Int32) -> [Int32] {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &bytes, bytes.count)
    endHasCome()
    return count > 0 ? bytes.prefix(count).map(Int32.init) : []
  }

  /// Puts off leaving by force until `release`.
  static func hold() { isHeld.store(true, ordering: .relaxed) }

  /// What was held for is done.
  static func release() { isHeld.store(false, ordering: .relaxed) }

  /// Whether an end was asked for that the loop has not taken.
  static var isEndWanted: Bool { pending.load(ordering: .relaxed) != 0 }

  /// Gives the signals the meaning back that they had.
  static func restore() {
    endHasCome()
    for (number, before) in old {
      var action = before
      sigaction(number, &action, nil)
    }
    old = []
  }
}
