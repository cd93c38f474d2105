import Foundation

/// `muninn train` as a process, without a terminal.
enum TrainProgram {
  static func process(
    _ arguments: [String], command: [String] = ["train", "--threads", "1"]
  ) throws -> (process: Process, out: Pipe, error: Pipe) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try PseudoTerminal.program())
    process.arguments = command + arguments
    let (out, error) = (Pipe(), Pipe())
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = out
    process.standardError = error
    return (process, out, error)
  }

  static func run(_ arguments: [String]) throws -> (status: Int32, out: String, error: String) {
    let (process, out, error) = try process(arguments)
    try process.run()
    return try finish(process, out, error)
  }

  /// Another command of the program.
  static func command(
    _ arguments: [String]
  ) throws -> (status: Int32, out: String, error: String) {
    let (process, out, error) = try process(arguments, command: [])
    try process.run()
    return try finish(process, out, error)
  }

  /// Everything it says from now on, and how it ends.
  static func finish(
    _ process: Process, _ out: Pipe, _ error: Pipe
  ) throws -> (status: Int32, out: String, error: String) {
    let text = String(decoding: try out.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    let remarks = String(
      decoding: try error.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text, remarks)
  }
}
