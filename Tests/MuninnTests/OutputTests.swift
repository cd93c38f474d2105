import Foundation
import TestSupport
import Testing

@testable import muninn

/// What was written was written, or the program says so and fails.
@Suite struct OutputTests {
  /// The program with its standard output on a file of the system's.
  private func run(
    _ arguments: [String], output: String
  ) throws -> (status: Int32, error: String) {
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try PseudoTerminal.program())
    process.arguments = arguments
    let error = Pipe()
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = FileHandle(forWritingAtPath: output)
    process.standardError = error
    try process.run()
    let text = String(
      decoding: try error.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    return (process.terminationStatus, text)
  }

  @Test(arguments: [
    "--version", "--help", "trace --help", "help eval", "inspect", "inspect --precisions",
    "trace --prompt 1+1? -r 2 --jsonl -", "trace --prompt 1+1? -r 2 --jsonl /dev/stdout",
    "trace --prompt 1+1? -r 2 --save /dev/stdout", "generate --prompt 1+1? -n 2",
    "generate --prompt 1+1? -n 2 --jsonl", "eval --task parity --difficulty 1 -n 2 --r 1",
    "eval --task parity --difficulty 1 -n 2 --r 1 --jsonl -",
    "bench --tokens 1 --repeat 1 --precisions exact", "tokenize FILE", "tokenize --jsonl JSON",
    "verify --reference GOLDEN --model GOLDEN --brief",
  ]) func aFullDiskIsSaid(command: String) throws {
    let folder = try TemporaryFolder()
    let words = try command.split(separator: " ").map { word in
      switch word {
      case "FILE": try folder.write("text", String(repeating: "3+4-2+9\n", count: 5_000))
      case "JSON": try folder.write("json", "{\"text\":\"1\"}\n")
      case "GOLDEN": Fixtures.path("ouro-tiny")
      default: String(word)
      }
    }
    let (status, error) = try run(words, output: "/dev/full")
    #expect(status == 1)
    #expect(error.contains("cannot be written (No space left on device)"), "\(error)")
    #expect(error.split(separator: "\n").count == 1, "it is said once: \(error)")
  }

  @Test func trainingGoesOnAndFailsAtItsEnd() throws {
    let folder = try TemporaryFolder()
    let recipe = try folder.write(
      "recipe.json",
      """
      {"name": "tiny", "architecture": {"width": 16, "heads": 2, "feed_forward": 32},
       "stages": [{"steps": 10, "rows": 2, "length": 16, "mix": {"parity": 1}}]}
      """)
    let (status, error) = try run(
      ["train", "--recipe", recipe, "--out", folder.file("out"), "--threads", "1"],
      output: "/dev/full")
    #expect(status == 1 && error.contains("standard output cannot be written"), "\(error)")
    #expect(FileManager.default.fileExists(atPath: folder.file("out/model.safetensors")))
  }

  @Test func aClosedPipeIsAnErrorOfTheCallThatWrites() throws {
    let folder = try TemporaryFolder()
    let pipe = Pipe()
    let (process, _, error) = try TrainProgram.process(
      ["trace", "--prompt", "1+1?", "-r", "400", "--jsonl", "-", "--save"]
        + [folder.file("states.safetensors")], command: [])
    process.standardOutput = pipe
    try process.run()
    try pipe.fileHandleForWriting.close()
    try pipe.fileHandleForReading.close()
    let text = String(
      decoding: try error.fileHandleForReading.readToEnd() ?? Data(), as: UTF8.self)
    process.waitUntilExit()
    #expect(process.terminationReason == .exit && process.terminationStatus == 1)
    #expect(text.contains("standard output cannot be written (Broken pipe)"), "\(text)")
    #expect(
      FileManager.default.fileExists(atPath: folder.file("states.safetensors")),
      "one output that fails does not take the others along")
  }

  /// Before the work: nothing else is written either.
  @Test(arguments: [
    ["trace", "--prompt", "1+1?", "--jsonl", "OLD", "--save", "/dev/null/a"],
    ["trace", "--prompt", "1+1?", "--jsonl", "OLD", "--save", ""],
    ["trace", "--prompt", "1+1?", "--jsonl", "OLD", "--save", "OLD"],
    ["trace", "--prompt", "1+1?", "--jsonl", "-", "--save", "/dev/stdout"],
    ["eval", "--task", "parity", "--jsonl", "OLD", "--svg", "/dev/null/a"],
    ["eval", "--task", "parity", "--jsonl", "OLD", "--svg", "OLD"],
    ["eval", "--task", "parity", "--jsonl", "OLD", "--resume", "OLD"],
    ["eval", "--task", "parity", "--jsonl", "OLD", "--svg", "/"],
  ]) func pathsAreCheckedBeforeTheWork(arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let old = try folder.write("old", "old")
    let (status, out, error) = try Program.run(arguments.map { $0 == "OLD" ? old : $0 })
    #expect(status == 1 && out.isEmpty && error.hasPrefix("Error: "), "\(error)")
    #expect(try String(contentsOfFile: old, encoding: .utf8) == "old")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["old"])
  }

  @Test func aMisspeltCommandIsNoPrompt() throws {
    for (word, meant) in [("trance", "trace"), ("insepct", "inspect"), ("Eval", "eval")] {
      let (status, out, error) = try Program.run([word, "--steps", "2"])
      #expect(status == 64 && out.isEmpty && error.contains("did you mean \(meant)?"))
    }
    let names = ["explore", "trace", "verify", "inspect", "tokenize", "bench", "generate"]
    for word in ["trace", "3+4?", "hello", "Once", "parity", "once upon a time", "-r", "a", ""] {
      #expect(CommandGuess.meant(by: word, names: names + ["train", "eval", "help"]) == nil)
    }
  }

  /// Numbers at the ends of what can be written are refused, or change nothing.
  @Test(arguments: [
    "bench --tokens", "bench --repeat", "bench --rounds", "bench --threads",
    "trace --prompt 1 --jsonl /dev/null --steps", "trace --prompt 1 --jsonl /dev/null --top",
    "generate --prompt 1 --tokens", "generate --prompt 1 --steps", "eval --task parity --count",
    "eval --task parity --r", "eval --task parity --difficulty", "eval --task parity --shard",
    "train --task parity --out /dev/null/x --minutes", "train --out /dev/null/x --save-steps",
  ]) func extremeNumbersEndInWords(command: String) throws {
    for value in ["9223372036854775807", "-9223372036854775808", "99999999999999999999", "nan"] {
      let words = command.split(separator: " ").map(String.init)
      let (status, _, error) = try Program.run(
        words.dropLast() + ["\(words.last ?? "")=\(value)"])
      #expect((1..<128).contains(status) && !error.isEmpty, "\(command)=\(value): \(error)")
    }
  }

  @Test func aModelIsNotMadeWhereNoFolderCanBe() throws {
    for place in ["/dev/null/x", "/proc/x", ""] {
      let (status, _, error) = try Program.run([
        "bench", "--make-model", "huginn", place, "--sizes", "width=64,heads=2,vocabulary=64",
      ])
      #expect(status != 0 && status < 128)
      #expect(!error.contains("NSCocoa") && !error.contains("Domain="), "\(error)")
    }
  }

  @Test func aPromptFileSaysTheSystemsReason() throws {
    let folder = try TemporaryFolder()
    for (path, reason) in [
      (folder.path, "Is a directory"), (folder.file("100%25 ?#\nx"), "No such file"),
      (folder.file(String(repeating: "n", count: 300)), "File name too long"),
    ] {
      let (status, _, error) = try Program.run([
        "trace", "--prompt-file", path, "--jsonl", "-",
      ])
      #expect(status != 0 && error.contains(reason), "\(error)")
    }
    let odd = try folder.write("a:b %41 ?#[x]~", "1+1?")
    #expect(
      try Program.run(["trace", "--prompt-file", odd, "-r", "0", "--jsonl", "-"]).status == 0)
  }
}
