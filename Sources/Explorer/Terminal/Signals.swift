import CNcurses
import Glibc

/// Signals as bytes in a pipe, so that the loop takes them like any other event.
enum Signals {
  // Set once before the handlers are installed, only read afterwards.
  nonisolated(unsafe) private static var writeEnd: Int32 = -1

  private static let caught = [SIGWINCH, SIGTERM, SIGHUP, SIGINT, SIGTSTP, SIGCONT]

  /// Installs the handlers.
  /// - Returns: the end to read signal numbers from, or nil when no pipe could be made.
  static func install() -> Int32? {
    var ends: [Int32] = [-1, -1]
    guard pipe(&ends) == 0 else { return nil }
    for end in ends {
      _ = fcntl(end, F_SETFL, O_NONBLOCK)
      _ = fcntl(end, F_SETFD, FD_CLOEXEC)
    }
    writeEnd = ends[1]
    for signal in caught { catchSignal(signal) }
    nc_unblock_signals()
    return ends[0]
  }

  static func catchSignal(_ number: Int32) {
    var action = sigaction()
    action.__sigaction_handler.sa_handler = { number in
      let saved = errno
      var byte = UInt8(truncatingIfNeeded: number)
      _ = write(Signals.writeEnd, &byte, 1)
      errno = saved
    }
    action.sa_flags = SA_RESTART
    sigaction(number, &action, nil)
  }

  /// Everything that has arrived.
  static func drain(_ descriptor: Int32) -> [Int32] {
    var bytes = [UInt8](repeating: 0, count: 64)
    let count = read(descriptor, &bytes, bytes.count)
    return count > 0 ? bytes.prefix(count).map(Int32.init) : []
  }

  /// Gives the signals their usual meaning back.
  static func restore() {
    for signal in caught { Glibc.signal(signal, SIG_DFL) }
  }
}
