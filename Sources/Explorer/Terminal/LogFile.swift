import Glibc

/// The file that a session is written to while it goes on: what was done is in it even when the program
/// is killed. Follows `ExplorerState.logPath`.
struct LogFile {
  private var path: String?
  private var descriptor: Int32 = -1
  private var written = 0

  /// Writes what was done since the last call.
  /// - Returns: what went wrong, if something did; nothing more is written then.
  mutating func follow(_ state: ExplorerState) -> String? {
    guard state.logPath != path || path != nil else { return nil }
    // Nothing has begun yet that could be done again.
    guard state.journal.beginning != nil || state.logPath == nil else { return nil }
    var text = ""
    if state.logPath != path {
      close()
      path = state.logPath
      guard let path else { return nil }
      if let problem = open(path) {
        self.path = nil
        return problem
      }
      text = state.sessionLog.text
    } else {
      guard state.journal.lines.count > written else { return nil }
      text = state.journal.lines[written...].map { "\($0)\n" }.joined()
    }
    written = state.journal.lines.count
    guard write(text) else {
      let problem = failure("written to")
      close()
      path = nil
      return problem
    }
    return nil
  }

  mutating func close() {
    if descriptor >= 0 { Glibc.close(descriptor) }
    descriptor = -1
    written = 0
  }

  private mutating func open(_ path: String) -> String? {
    // What is no log is nobody's to be written over.
    let there = Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    if there >= 0 {
      var start = [UInt8](repeating: 0, count: 10)
      let count = read(there, &start, start.count)
      Glibc.close(there)
      guard count == 0 || start == Array("muninn-log".utf8) else {
        return "\(path) is there and is no log of muninn; name another file"
      }
    }
    descriptor = Glibc.open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o644)
    return descriptor < 0 ? failure("opened") : nil
  }

  private func failure(_ what: String) -> String {
    "\(path ?? "the log") could not be \(what): \(String(cString: strerror(errno)))"
  }

  private func write(_ text: String) -> Bool {
    var bytes = Array(text.utf8)[...]
    while !bytes.isEmpty {
      let count = bytes.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno == EINTR { continue }
      guard count > 0 else { return false }
      bytes = bytes.dropFirst(count)
    }
    return true
  }
}
