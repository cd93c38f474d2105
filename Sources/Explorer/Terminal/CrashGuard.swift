import CNcurses
import Glibc

/// Puts the terminal right when the program dies of a fault, then lets the fault take its course.
///
/// Also keeps what is written to standard error off the screen while the explorer is up, and hands
/// it out afterwards.
enum CrashGuard {
  // All set before the handlers are installed; a handler only reads them.
  // Not a static value: the compiler leaves out the padding at its end, which the system writes to.
  nonisolated(unsafe) private static let saved = UnsafeMutablePointer<termios>.allocate(capacity: 1)
  nonisolated(unsafe) private static var isArmed = false
  nonisolated(unsafe) private static var realError: Int32 = -1
  nonisolated(unsafe) private static var keptError: Int32 = -1
  nonisolated(unsafe) private static var old: [sigaction] = (0..<65).map { _ in sigaction() }
  /// What a fault does after the terminal was put right: the system's default, or what stood before.
  nonisolated(unsafe) private static var last: [sigaction] = (0..<65).map { _ in sigaction() }
  nonisolated(unsafe) private static let reset: UnsafeMutablePointer<CChar>? = strdup(
    "\u{1b}[?1000l\u{1b}[?1002l\u{1b}[?1003l\u{1b}[?1006l\u{1b}[?2004l\u{1b}[0m"
      + "\u{1b}[?1049l\u{1b}[?25h\u{1b}[?1l\u{1b}>")
  private static let faults = [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE, SIGSYS]

  /// Call before the terminal is changed.
  static func arm() {
    _ = tcgetattr(STDIN_FILENO, saved)
    _ = (reset, lostFile, defect)
    keepStandardError()
    for fault in faults {
      var action = sigaction()
      action.__sigaction_handler.sa_sigaction = { number, info, _ in
        CrashGuard.putRight()
        // A read that failed repeats, for the handler that knows the name of the file.
        if number == SIGBUS, let info, info.pointee.si_code > 0 {
          sigaction(number, &CrashGuard.old[Int(number)], nil)
          return
        }
        CrashGuard.explain(number)
        var before = CrashGuard.last[Int(number)]
        sigaction(number, &before, nil)
        // Neither an abort nor a signal that another program sent repeats by itself.
        raise(number)
      }
      action.sa_flags = SA_SIGINFO | SA_ONSTACK | Int32(bitPattern: UInt32(SA_NODEFER))
      sigaction(fault, &action, &old[Int(fault)])
      // The runtime's own handler prints a trace and waits for keys: for those who ask for it.
      last[Int(fault)] = getenv("SWIFT_BACKTRACE") == nil ? sigaction() : old[Int(fault)]
    }
    isArmed = true
  }

  /// Call after the terminal has been put back in good order.
  static func disarm() {
    guard isArmed else { return }
    isArmed = false
    for fault in faults { sigaction(fault, &old[Int(fault)], nil) }
    showStandardError()
  }

  /// Only calls that are allowed in a signal handler.
  private static func putRight() {
    guard isArmed else { return }
    isArmed = false
    if let reset { _ = write(STDOUT_FILENO, reset, strlen(reset)) }
    _ = tcsetattr(STDIN_FILENO, TCSANOW, saved)
    showStandardError()
  }

  /// Leaves at once from a signal handler, whether the terminal reads or not: what it has not read
  /// is dropped, so that there is room for what puts it right.
  static func leave(_ status: Int32) {
    let flags = fcntl(STDOUT_FILENO, F_GETFL)
    _ = fcntl(STDOUT_FILENO, F_SETFL, flags | O_NONBLOCK)
    tcflush(STDOUT_FILENO, TCOFLUSH)
    putRight()
    _ = fcntl(STDOUT_FILENO, F_SETFL, flags)
    _exit(status)
  }

  private static func explain(_ number: Int32) {
    guard let sentence = number == SIGBUS ? lostFile : defect else { return }
    _ = write(STDERR_FILENO, sentence, strlen(sentence))
  }

  nonisolated(unsafe) private static let lostFile: UnsafeMutablePointer<CChar>? = strdup(
    "muninn: a file in use can no longer be read: it was shortened, or its disk failed.\n")
  nonisolated(unsafe) private static let defect: UnsafeMutablePointer<CChar>? = strdup(
    "muninn: the program ends by a fault of its own; please report what you did.\n")

  private static func keepStandardError() {
    guard isatty(STDERR_FILENO) == 1 else { return }
    var path = Array("/tmp/muninn-stderr-XXXXXX".utf8CString)
    let file = mkstemp(&path)
    guard file >= 0 else { return }
    unlink(path)
    realError = dup(STDERR_FILENO)
    guard realError >= 0 else {
      close(file)
      return
    }
    keptError = file
    dup2(file, STDERR_FILENO)
  }

  private static func showStandardError() {
    guard keptError >= 0 else { return }
    dup2(realError, STDERR_FILENO)
    withUnsafeTemporaryAllocation(byteCount: 1024, alignment: 1) { buffer in
      var offset = 0
      while true {
        let count = pread(keptError, buffer.baseAddress, buffer.count, off_t(offset))
        guard count > 0 else { break }
        _ = write(STDERR_FILENO, buffer.baseAddress, count)
        offset += count
      }
    }
    keptError = -1
  }
}
