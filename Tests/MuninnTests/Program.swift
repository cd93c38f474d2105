import Foundation
import Glibc

/// The program, run to its end as a script would.
enum Program {
  /// - Parameter input: what comes on standard input, at most what a pipe holds; nil leaves it as it is.
  static func run(
    _ arguments: [String], input: Data? = nil
  ) throws -> (status: Int32, out: String, error: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try PseudoTerminal.program())
    process.arguments = arguments
    let (out, error) = (Pipe(), Pipe())
    if let input {
      let pipe = Pipe()
      process.standardInput = pipe
      try pipe.fileHandleForWriting.write(contentsOf: input)
      try pipe.fileHandleForWriting.close()
    }
    process.standardOutput = out
    process.standardError = error
    try process.run()
    let text = String(decoding: try out.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    let remarks = String(
      decoding: try error.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text, remarks)
  }

  /// Waits until something is so, half a minute at the most.
  static func wait(until isSo: () -> Bool) {
    let end = ContinuousClock.now + .seconds(30)
    while !isSo(), ContinuousClock.now < end { usleep(5000) }
  }
}
