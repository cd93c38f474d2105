import ArgumentParser
import Checkpoints
import Explorer
import Glibc

/// The explorer without a screen: lines come on standard input, and answers go to standard output.
enum PlainSession {
  /// Bytes that a line may have.
  private static let longestLine = 1 << 20

  /// Reads to the end of the input, or until it is told to quit.
  /// - Throws: `ExitCode` 1 where no model could be opened; and, unless a person types the lines, where some
  ///   were not understood.
  static func run(_ options: ExplorerOptions, service: any ComputeService) throws {
    var session = LineSession(options, service: service)
    try say(session.begin())
    if let failure = session.failure {
      StandardError.say(failure)
      throw ExitCode(1)
    }
    let isTyped = isatty(STDIN_FILENO) == 1
    var lines = try ByteLines("-", limit: longestLine)
    while session.status == nil {
      if isTyped { try StandardOutput.put(Array("muninn> ".utf8)) }
      guard var bytes = try lines.next() else { break }
      if bytes.last == UInt8(ascii: "\r") { bytes.removeLast() }
      if let line = String(validating: bytes, as: UTF8.self) {
        try say(session.take(line))
      } else {
        try say(session.refuse("this line is no text in UTF-8"))
      }
    }
    session.close()
    if let status = session.status, status != 0 { throw ExitCode(status) }
    guard !isTyped, session.misunderstood > 0 else { return }
    let count = session.misunderstood
    StandardError.say(
      count == 1 ? "one line could not be done" : "\(count) lines could not be done")
    throw ExitCode(1)
  }

  private static func say(_ lines: [String]) throws {
    for line in lines { try StandardOutput.say(line) }
    try StandardOutput.flush()
  }
}
