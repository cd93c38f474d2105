import Foundation
import Glibc

/// The real program in a terminal of its own: keys go in, bytes come out.
final class PseudoTerminal {
  /// What the program has written so far.
  private(set) var output: [UInt8] = []
  private let primary: Int32
  private let process: pid_t
  private var hasEnded = false

  enum Failure: Error {
    case noTerminal
    case notStarted(Int32)
    case noProgram(String)
  }

  /// The program that was built with these tests.
  static func program() throws -> String {
    let tests = URL(fileURLWithPath: CommandLine.arguments[0]).resolvingSymlinksInPath()
    var folder = tests.deletingLastPathComponent()
    for _ in 0..<4 {
      let candidate = folder.appendingPathComponent("muninn").path
      if FileManager.default.isExecutableFile(atPath: candidate) { return candidate }
      folder.deleteLastPathComponent()
    }
    throw Failure.noProgram(tests.path)
  }

  init(
    _ arguments: [String], columns: Int, rows: Int,
    environment: [String: String] = ["TERM": "xterm-256color", "LC_ALL": "C.UTF-8"]
  ) throws {
    let program = try Self.program()
    primary = open("/dev/ptmx", O_RDWR | O_NOCTTY)
    guard primary >= 0 else { throw Failure.noTerminal }
    var unlock: Int32 = 0
    var number: UInt32 = 0
    guard ioctl(primary, 0x4004_5431, &unlock) == 0, ioctl(primary, 0x8004_5430, &number) == 0
    else { throw Failure.noTerminal }
    var size = winsize(
      ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(primary, UInt(TIOCSWINSZ), &size)

    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/pts/\(number)", O_RDWR, 0)
    posix_spawn_file_actions_adddup2(&actions, 0, 1)
    posix_spawn_file_actions_adddup2(&actions, 0, 2)
    posix_spawn_file_actions_addclose(&actions, primary)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    var none = sigset_t()
    sigemptyset(&none)
    var all = sigset_t()
    sigfillset(&all)
    // Test threads block nearly every signal, and a child would inherit that.
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setsigdefault(&attributes, &all)
    let newSession: Int16 = 0x80
    let (setMask, setDefaults): (Int16, Int16) = (0x08, 0x04)
    posix_spawnattr_setflags(&attributes, newSession | setMask | setDefaults)

    var values = ProcessInfo.processInfo.environment.filter {
      !["NO_COLOR", "COLORTERM", "LANG", "TMUX"].contains($0.key)
    }
    // What is typed in tests is nobody's history.
    values["XDG_STATE_HOME"] =
      NSTemporaryDirectory() + "/muninn-tests-\(getpid())-\(UInt32.random(in: .min ... .max))"
    values.merge(environment) { $1 }
    let words = ([program] + arguments).map { strdup($0) } + [nil]
    let settings = values.map { strdup("\($0.key)=\($0.value)") } + [nil]
    defer { for word in words + settings { free(word) } }
    var child: pid_t = 0
    let status = posix_spawn(&child, program, &actions, &attributes, words, settings)
    process = child
    posix_spawn_file_actions_destroy(&actions)
    posix_spawnattr_destroy(&attributes)
    guard status == 0 else { throw Failure.notStarted(status) }
    _ = fcntl(primary, F_SETFL, O_NONBLOCK)
  }

  deinit {
    if !hasEnded {
      kill(process, SIGKILL)
      waitpid(process, nil, 0)
    }
    close(primary)
  }

  /// Output as text, for looking at with `contains`.
  var text: String { String(decoding: output, as: UTF8.self) }

  func send(_ keys: String) {
    let bytes = Array(keys.utf8)
    _ = write(primary, bytes, bytes.count)
  }

  func signal(_ number: Int32) { kill(process, number) }

  func resize(columns: Int, rows: Int) {
    var size = winsize(
      ws_row: UInt16(rows), ws_col: UInt16(columns), ws_xpixel: 0, ws_ypixel: 0)
    _ = ioctl(primary, UInt(TIOCSWINSZ), &size)
  }

  /// Reads until `isDone` or the time is up; returns whether it was done.
  @discardableResult
  func wait(
    seconds: Double = 30, isReading: Bool = true, until isDone: (PseudoTerminal) throws -> Bool
  ) rethrows -> Bool {
    let end = Date().addingTimeInterval(seconds)
    while try !isDone(self) {
      if Date() > end { return false }
      guard isReading else {
        usleep(20_000)
        continue
      }
      var ready = pollfd(fd: primary, events: Int16(POLLIN), revents: 0)
      poll(&ready, 1, 20)
      drain()
    }
    return true
  }

  /// Whether the terminal is as a shell expects it: lines edited by the system, keys echoed.
  var isCooked: Bool {
    var settings = termios()
    tcgetattr(primary, &settings)
    let wanted = tcflag_t(ICANON | ECHO)
    return settings.c_lflag & wanted == wanted
  }

  /// Waits, without reading, until the program waits for a reader.
  func waitUntilFull(seconds: Double = 30) -> Bool {
    let end = Date().addingTimeInterval(seconds)
    let state = "/proc/\(process)/wchan"
    while Date() < end {
      let place = (try? String(contentsOfFile: state, encoding: .utf8)) ?? ""
      if place.contains("write") || place.contains("wait_woken") { return true }
      usleep(20_000)
    }
    return false
  }

  /// Waits for the program to end: its exit status, or 128 + the signal that ended it.
  /// - Parameter isReading: whether its output is read meanwhile.
  func end(seconds: Double = 30, isReading: Bool = true) -> Int32? {
    var status: Int32 = 0
    var result: pid_t = 0
    wait(seconds: seconds, isReading: isReading) { terminal in
      result = waitpid(terminal.process, &status, WNOHANG)
      return result == terminal.process
    }
    guard result == process else { return nil }
    hasEnded = true
    drain()
    return status & 0x7F == 0 ? status >> 8 & 0xFF : 128 + status & 0x7F
  }

  private func drain() {
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = read(primary, &buffer, buffer.count)
      guard count > 0 else { return }
      output += buffer[..<count]
    }
  }
}
