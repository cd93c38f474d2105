import Foundation
import Glibc
import TestSupport
import Testing

@testable import muninn

/// `muninn train` as a person runs it, on a model of no size.
@Suite struct TrainTests {
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
    let first = try TrainProgram.run(["--recipe", recipe, "--out", whole])
    #expect(first.status == 0 && first.error.contains("muninn --model"), "\(first.error)")
    let killed = folder.file("killed")
    // Cut at once, and after some records of ten steps each, between which it saves.
    for records in [0, 1, 2, 0, 1, 3] {
      let resumes = FileManager.default.fileExists(
        atPath: "\(killed)/checkpoint/state.safetensors")
      let (process, out, _) = try TrainProgram.process(
        ["--recipe", recipe, "--out", killed, "--save-steps", "7", "--json"]
          + (resumes ? ["--resume"] : []))
      try process.run()
      var seen = 0
      while seen < records {
        let part = out.fileHandleForReading.availableData
        if part.isEmpty { break }
        seen += part.count { $0 == 0x0A }
      }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
    }
    let last = try TrainProgram.run(["--recipe", recipe, "--out", killed, "--resume"])
    #expect(last.status == 0, "\(last.error)")
    let files = ["model.safetensors", "config.json", "tokenizer.json"]
    for file in files {
      let expected = try Data(contentsOf: URL(fileURLWithPath: "\(whole)/\(file)"))
      #expect(try Data(contentsOf: URL(fileURLWithPath: "\(killed)/\(file)")) == expected)
    }
  }

  @Test(arguments: [SIGINT, SIGTERM, SIGHUP]) func aSignalSavesAndTheRunCanBeGoneOnWith(
    number: Int32
  ) throws {
    let folder = try TemporaryFolder()
    let recipe = try folder.write(
      "recipe.json", recipe.replacing("\"rows\": 4", with: "\"rows\": 96"))
    let (whole, cut) = (folder.file("whole"), folder.file("cut"))
    #expect(try TrainProgram.run(["--recipe", recipe, "--out", whole]).status == 0)
    let (process, out, error) = try TrainProgram.process([
      "--recipe", recipe, "--out", cut, "--json",
    ])
    try process.run()
    // The first record is written after ten steps of 120.
    _ = out.fileHandleForReading.availableData
    kill(process.processIdentifier, number)
    let ended = try TrainProgram.finish(process, out, error)
    #expect(ended.status == 128 + number)
    #expect(ended.error.contains("muninn train --out \(cut) --resume"), "\(ended.error)")
    #expect(try TrainProgram.run(["--out", cut, "--resume"]).status == 0)
    let expected = try Data(contentsOf: URL(fileURLWithPath: "\(whole)/model.safetensors"))
    #expect(try Data(contentsOf: URL(fileURLWithPath: "\(cut)/model.safetensors")) == expected)
  }

  @Test func anEmptyPathIsRefusedAndNothingIsWritten() throws {
    for arguments in [["--task", "parity", "--out", ""], ["--recipe", "", "--out", "x"]] {
      let result = try TrainProgram.run(arguments)
      #expect(result.status == 64 && result.error.contains("takes a path"), "\(result.error)")
    }
    #expect(!FileManager.default.fileExists(atPath: "/checkpoint"))
  }

  @Test func aRunCutInItsFirstWriteCanBeBegunAgain() throws {
    let folder = try TemporaryFolder()
    let recipe = try folder.write("recipe.json", recipe)
    for name in [".lock", "history.jsonl", ".dat.nosync3FFA.U33ppU", "recipe.json.7-1.partial"] {
      try folder.write("cut/\(name)", "")
    }
    let cut = folder.file("cut")
    #expect(try TrainProgram.run(["--recipe", recipe, "--out", cut, "--steps", "2"]).status == 0)
    let left = try FileManager.default.contentsOfDirectory(atPath: cut).sorted()
    #expect(
      left == [
        ".lock", "README.md", "checkpoint", "config.json", "history.jsonl", "model.safetensors",
        "recipe.json", "tokenizer.json", "tokenizer_config.json",
      ])
  }

  /// A recipe that cannot fit is refused in no time, with both numbers, and leaves nothing.
  @Test func whatCannotFitIsRefusedBeforeAnythingIsWritten() throws {
    let folder = try TemporaryFolder()
    let large = recipe.replacing("\"rows\": 4", with: "\"rows\": 65536")
      .replacing("\"length\": 16", with: "\"length\": 65535")
      .replacing("\"mean_recurrence\": 3", with: "\"mean_recurrence\": 3, \"context\": 65536")
    let out = folder.file("out")
    let result = try TrainProgram.run([
      "--recipe", try folder.write("recipe.json", large), "--out", out,
    ])
    #expect(result.status == 1 && result.error.contains("are available"), "\(result.error)")
    #expect(!FileManager.default.fileExists(atPath: out))
  }

  @Test func theModelOpensInTheOtherCommands() throws {
    let folder = try TemporaryFolder()
    let recipe = try folder.write("recipe.json", recipe)
    let out = folder.file("out")
    #expect(
      try TrainProgram.run(["--recipe", recipe, "--out", out, "--steps", "3"]).status == 0)
    let inspected = try TrainProgram.command(["inspect", out])
    #expect(inspected.status == 0, "\(inspected.error)")
    #expect(inspected.out.contains("recurrent depth") && inspected.out.contains("16, 2 heads of 8"))
    let written = try TrainProgram.command(
      [
        "generate", "--model", out, "--prompt", "101?", "-n", "3", "--steps", "2",
        "--no-stop-tokens",
      ])
    #expect(written.status == 0, "\(written.error)")
    #expect(!written.out.isEmpty)
  }
}
