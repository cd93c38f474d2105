import Foundation
import Glibc
import TestSupport
import Testing

@testable import muninn

/// `muninn train` as a person runs it, on a model of no size.
@Suite struct TrainTests {
  private func process(_ arguments: [String]) throws -> (Process, out: Pipe, error: Pipe) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try PseudoTerminal.program())
    process.arguments = ["train", "--threads", "1"] + arguments
    let (out, error) = (Pipe(), Pipe())
    process.standardOutput = out
    process.standardError = error
    return (process, out, error)
  }

  private func run(_ arguments: [String]) throws -> (status: Int32, out: String, error: String) {
    let (process, out, error) = try process(arguments)
    try process.run()
    let text = String(decoding: try out.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    let remarks = String(
      decoding: try error.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text, remarks)
  }

  private let recipe = """
    {"name": "tiny", "architecture": {"width": 16, "heads": 2, "feed_forward": 32,
      "mean_recurrence": 3},
     "stages": [{"steps": 120, "rows": 4, "length": 16, "mix": {"parity": 1, "copy": 1},
       "recurrence": {"mean": [1, 3]}, "curriculum": {"every": 20, "problems": 8}}]}
    """

  @Test func killedAtAnyMomentItGivesTheSameBytes() throws {
    let folder = try TemporaryFolder()
    let recipe = try folder.write("recipe.json", recipe)
    let whole = folder.file("whole")
    let first = try run(["--recipe", recipe, "--out", whole])
    #expect(first.status == 0 && first.error.contains("muninn --model"), "\(first.error)")
    let killed = folder.file("killed")
    // Whether it is cut while it starts, trains or saves is chance; the result is not.
    for _ in 0..<6 {
      let resumes = FileManager.default.fileExists(
        atPath: "\(killed)/checkpoint/state.safetensors")
      let (process, _, _) = try process(
        ["--recipe", recipe, "--out", killed, "--save-steps", "7"]
          + (resumes ? ["--resume"] : []))
      try process.run()
      usleep(UInt32.random(in: 20_000...90_000))
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    let last = try run(["--out", killed, "--resume"])
    #expect(last.status == 0, "\(last.error)")
    let files = ["model.safetensors", "config.json", "tokenizer.json"]
    for file in files {
      let expected = try Data(contentsOf: URL(fileURLWithPath: "\(whole)/\(file)"))
      #expect(try Data(contentsOf: URL(fileURLWithPath: "\(killed)/\(file)")) == expected)
    }
  }
}
