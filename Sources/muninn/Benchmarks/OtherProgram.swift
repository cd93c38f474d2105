import ArgumentParser
import Checkpoints
import Foundation

/// Another program's timings, run between ours: it prints one JSON object a line with `tokens` and
/// `iteration_ms`, and may add `prelude_ms`, `coda_ms`, `head_ms`.
struct OtherProgram {
  let command: String

  struct Line {
    var tokens: Int
    var parts: [(name: String, milliseconds: Double)]
  }

  /// Runs it through the shell and reads what it prints; what it complains of goes to our error output.
  func figures() throws -> [Line] {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.arguments = ["-c", command]
    let output = Pipe()
    process.standardOutput = output
    try process.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    guard process.terminationStatus == 0 else {
      throw ValidationError(
        "The command of --beside ended with status \(process.terminationStatus): \(command)")
    }
    let lines = try data.split(separator: UInt8(ascii: "\n")).map { try Self.read(Array($0)) }
    guard !lines.isEmpty else { throw ValidationError("The command of --beside printed nothing.") }
    return lines
  }

  private static func read(_ bytes: [UInt8]) throws -> Line {
    guard
      let json = try? JSONValue(parsing: bytes), let tokens = json["tokens"]?.integer,
      json["iteration_ms"]?.number != nil
    else {
      throw ValidationError(
        "The command of --beside must print JSON lines with tokens and iteration_ms, not: "
          + String(decoding: bytes.prefix(80), as: UTF8.self))
    }
    let parts = ["iteration", "prelude", "coda", "head"].compactMap { name in
      json["\(name)_ms"]?.number.map { (name: name, milliseconds: Double($0)) }
    }
    return Line(tokens: tokens, parts: parts)
  }
}
