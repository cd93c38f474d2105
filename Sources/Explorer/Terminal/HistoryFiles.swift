import Checkpoints
import Foundation

/// What was typed in sessions before, a text file a kind: a line an entry, oldest first, with `\n` for an
/// end of line inside one and `\\` for a backslash.
///
/// They lie in `$XDG_STATE_HOME/muninn`, by default `~/.local/state/muninn`. Nothing here is needed: what
/// cannot be read or written costs the person a sentence and the session nothing.
struct HistoryFiles {
  /// Bytes a file may have that is read, and an entry that is kept.
  static let largestFile = 4 << 20
  static let longestEntry = 16 << 10

  private let folder: String?
  /// Files that are left alone, since they are none of ours.
  private var untouched: Set<HistoryKind> = []
  private var hasComplained = false

  /// - Parameter environment: where `XDG_STATE_HOME` and `HOME` are looked up.
  init(environment: [String: String] = ProcessInfo.processInfo.environment) {
    folder = StateFolder.path(environment)
  }

  /// Where a history lies; nil where there is no place for it.
  func path(_ kind: HistoryKind) -> String? { folder.map { "\($0)/\(kind.rawValue)" } }

  /// Whether no session was here before, and the next one will find that one was.
  func isFirstStart() -> Bool {
    guard let folder, access(folder, F_OK) != 0 else { return false }
    do throws(OutputError) {
      try OutputFolder.make(folder)
    } catch {
      // What cannot be remembered would be offered every time.
      return false
    }
    chmod(folder, 0o700)
    return true
  }

  /// Entries of earlier sessions, oldest first.
  /// - Returns: and what a person should know, said once a session.
  mutating func read(_ kind: HistoryKind) -> (lines: [String], trouble: String?) {
    guard let path = path(kind) else {
      return ([], complain("neither XDG_STATE_HOME nor HOME says where histories belong"))
    }
    do throws(HistoryError) {
      return (try Self.lines(in: path), nil)
    } catch {
      untouched.insert(kind)
      return ([], complain("\(path) \(error.problem), and is left as it is"))
    }
  }

  /// Adds an entry to what is there by now: other sessions may have added theirs.
  /// - Returns: what a person should know, said once a session.
  mutating func add(_ line: String, to kind: HistoryKind) -> String? {
    guard let folder, let path = path(kind), !untouched.contains(kind),
      line.utf8.count <= Self.longestEntry
    else { return nil }
    var (lines, trouble) = read(kind)
    guard !untouched.contains(kind) else { return trouble }
    lines = LineEditor.history(lines, with: line)
    // The oldest go where the file would grow past what is read.
    var bytes = lines.reduce(0) { $0 + 2 * $1.utf8.count + 1 }
    while bytes > Self.largestFile { bytes -= 2 * lines.removeFirst().utf8.count + 1 }
    do throws(OutputError) {
      let isNew = access(folder, F_OK) != 0
      try OutputFolder.make(folder)
      if isNew { chmod(folder, 0o700) }
      let isFirst = access(path, F_OK) != 0
      try OutputFile.write(Array(lines.map { Self.escaped($0) + "\n" }.joined().utf8), to: path)
      // What somebody asks a model is nobody else's business.
      if isFirst { chmod(path, 0o600) }
      return nil
    } catch {
      return complain("\(error)")
    }
  }

  private mutating func complain(_ problem: String) -> String? {
    guard !hasComplained else { return nil }
    hasComplained = true
    return "the history lasts for this session only: \(problem)"
  }

  // MARK: The format

  private struct HistoryError: Error {
    let problem: String
  }

  private static func lines(in path: String) throws(HistoryError) -> [String] {
    // Whatever it is, opening it must not wait.
    let descriptor = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else {
      if errno == ENOENT { return [] }
      throw HistoryError(problem: "cannot be read: " + String(cString: strerror(errno)))
    }
    defer { close(descriptor) }
    var status = stat()
    guard fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else {
      throw HistoryError(problem: "is no regular file")
    }
    guard status.st_size <= largestFile else { throw HistoryError(problem: "is too large") }
    var bytes = [UInt8](repeating: 0, count: Int(status.st_size))
    var count = 0
    while count < bytes.count {
      let more = bytes[count...].withUnsafeMutableBytes {
        Glibc.read(descriptor, $0.baseAddress, $0.count)
      }
      if more < 0, errno == EINTR { continue }
      guard more >= 0 else {
        throw HistoryError(problem: "cannot be read: " + String(cString: strerror(errno)))
      }
      if more == 0 { break }
      count += more
    }
    guard let text = String(validating: bytes[..<count], as: UTF8.self) else {
      throw HistoryError(problem: "is no text")
    }
    let entries = text.split(separator: "\n", omittingEmptySubsequences: true)
      .filter { $0.utf8.count <= 2 * longestEntry && !$0.utf8.contains(0) }
      .map { unescaped($0) }
    return Array(entries.suffix(LineEditor.mostRemembered))
  }

  static func escaped(_ line: String) -> String {
    var text = ""
    for scalar in line.unicodeScalars {
      switch scalar {
      case "\\": text += "\\\\"
      case "\n": text += "\\n"
      case "\r": text += "\\r"
      default: text.unicodeScalars.append(scalar)
      }
    }
    return text
  }

  /// A backslash before anything else is itself: a person may have written the line.
  static func unescaped(_ line: Substring) -> String {
    var text = ""
    var rest = line.unicodeScalars[...]
    while let scalar = rest.popFirst() {
      guard scalar == "\\", let next = rest.first, let meant = meaning[next] else {
        text.unicodeScalars.append(scalar)
        continue
      }
      rest.removeFirst()
      text.unicodeScalars.append(meant)
    }
    return text
  }

  private static let meaning: [Unicode.Scalar: Unicode.Scalar] = [
    "\\": "\\", "n": "\n", "r": "\r",
  ]
}
