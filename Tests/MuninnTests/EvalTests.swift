import Checkpoints
import Foundation
import Glibc
import TestSupport
import Testing

@testable import muninn

/// `muninn eval` as a person or a cluster runs it.
@Suite struct EvalTests {
  private func eval(_ arguments: [String]) throws -> (status: Int32, out: String, error: String) {
    try Program.run(["eval", "--threads", "2"] + arguments)
  }

  private func records(_ text: String) throws -> [JSONValue] {
    try text.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
  }

  @Test func ownProblemsGiveOneObjectForEveryDepth() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      "p.jsonl",
      """
      {"prompt": "3+4-2+9?", "answer": "4"}
      {"prompt": "37+85=", "answer": "122"}

      {"prompt": "3+4-2!", "answer": "75"}
      {"prompt": "3+4-2?", "answer": "6"}
      """)
    let (status, out, error) = try eval(["--problems", file, "--r", "1,16", "--jsonl", "-"])
    #expect(status == 0 && error.isEmpty, "\(error)")
    let lines = try records(out)
    #expect(lines.map { $0["r"]?.integer } == [1, 16])
    #expect(lines.map { $0["n"]?.integer } == [4, 4])
    #expect(lines.last?["accuracy"]?.number == 0.75)
  }

  @Test(arguments: [
    (#"{"prompt": "1+1?""#, "line 1: not valid JSON"), ("{\"prompt\":\"a\"}", "\"answer\""),
    ("\n\n[1]\n", "line 3: an object"), ("", "no problem"), ("\u{FF}\u{0}", "line 1"),
  ]) func whatIsNoProblemIsSaid(text: String, words: String) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("p.jsonl", text)
    let (status, out, error) = try eval(["--problems", file])
    #expect(status != 0 && out.isEmpty && error.contains(words), "\(error)")
  }

  @Test(arguments: [
    ([], "--task"), (["--task", "chess"], "parity"), (["--task", "arith", "--r", "4,x"], "\"x\""),
    (["--task", "arith", "--r", "0"], "\"0\""),
    (["--task", "arith", "--difficulty", "3-"], "--diff"),
    (["--task", "chain", "--difficulty", "9"], "chain 1–6"),
    (["--task", "add", "--form", "verbal"], "in this form"),
    (["--task", "arith", "--shard", "5/4"], "--shard"),
    (["--task", "arith", "--exit", "mood"], "entropy-diff"),
    (["--task", "arith", "--exit", "kl:some"], "last, mean or all"),
    (["--task", "arith", "--exit", "exit-gate"], "knows"),
    (["--task", "arith", "--merge", "x"], "--merge"), (["--merge", "/nowhere"], "/nowhere"),
    (["--problems", "/nowhere"], "/nowhere"), (["--task", "arith", "--count", "0"], "--count"),
    (["--task", "arith", "-n", "1", "--r", "1", "--resume", "/"], "is a folder"),
    (["--task", "arith", "--model", Fixtures.path("ouro-tiny"), "--seeds", "2"], "cannot start"),
  ]) func whatCannotBeIsSaid(arguments: [String], words: String) throws {
    let (status, out, error) = try eval(arguments)
    #expect(status != 0 && out.isEmpty && error.contains(words), "\(error)")
  }

  /// Killed without warning, in the middle of a line even: the same command goes on and ends with
  /// the very same bytes.
  @Test func aKilledRunGoesOn() throws {
    let folder = try TemporaryFolder()
    let (file, whole, rest) = (folder.file("a.run"), folder.file("w.jsonl"), folder.file("r.jsonl"))
    let arguments = ["--task", "swap,add", "--difficulty", "2,3", "-n", "60", "--r", "1,64"]
    #expect(try eval(arguments + ["--jsonl", whole]).status == 0)
    let read = { (try? String(contentsOfFile: file, encoding: .utf8)) ?? "" }
    var done = 0
    // On a busy machine a run may be over before it is killed; then another one is begun.
    for _ in 0..<20 where !(1..<240).contains(done) {
      try? FileManager.default.removeItem(atPath: file)
      let process = Process()
      process.executableURL = URL(fileURLWithPath: try PseudoTerminal.program())
      process.arguments = ["eval", "--threads", "1", "--resume", file] + arguments
      process.standardOutput = FileHandle.nullDevice
      process.standardError = FileHandle.nullDevice
      try process.run()
      Program.wait { !process.isRunning || read().split(separator: "\n").count >= 8 }
      kill(process.processIdentifier, SIGKILL)
      process.waitUntilExit()
      done = read().split(separator: "\n").count - 1
    }
    #expect((1..<240).contains(done))
    let handle = try #require(FileHandle(forWritingAtPath: file))
    try handle.seekToEnd()
    try handle.write(contentsOf: Data(#"{"problem":1,"#.utf8))
    try handle.close()
    let (status, out, error) = try eval(arguments + ["--resume", file, "--jsonl", rest])
    #expect(status == 0 && out.contains("swap"), "\(error)")
    #expect(
      try String(contentsOfFile: rest, encoding: .utf8)
        == String(contentsOfFile: whole, encoding: .utf8))
    #expect(read().split(separator: "\n").count == 241)
    // Other options are another run.
    let other = try eval(arguments + ["--with-zero", "--resume", file])
    #expect(other.status != 0 && other.error.contains("other options"), "\(other.error)")
  }

  @Test func anotherFileIsNotOverwritten() throws {
    let folder = try TemporaryFolder()
    for text in ["notes", "notes\n", "{\"a\":1}\n"] {
      let file = try folder.write("notes.txt", text)
      let (status, _, error) = try eval(["--task", "arith", "-n", "1", "--resume", file])
      #expect(status != 0 && error.contains("give another"), "\(error)")
      #expect(try String(contentsOfFile: file, encoding: .utf8) == text)
    }
  }

  @Test func shardsMergeToTheWhole() throws {
    let folder = try TemporaryFolder()
    let arguments = ["--task", "parity", "--difficulty", "2,5", "-n", "7", "--r", "1,8"]
    let exits = ["--exit", "kl", "--seeds", "2"]
    let (whole, merged) = (folder.file("whole.jsonl"), folder.file("merged.jsonl"))
    #expect(try eval(arguments + exits + ["--jsonl", whole]).status == 0)
    var parts: [String] = []
    for index in 1...4 {
      let part = folder.file("part\(index).jsonl")
      let outcome = try eval(arguments + exits + ["--shard", "\(index)/4", "--jsonl", part])
      #expect(outcome.status == 0, "\(outcome.error)")
      parts.append(part)
    }
    let lacking = try eval(["--merge"] + parts.dropLast())
    #expect(lacking.status != 0 && lacking.error.contains("shard 0/4"), "\(lacking.error)")
    let svg = folder.file("a.svg")
    let (status, out, error) = try eval(["--merge"] + parts + ["--jsonl", merged, "--svg", svg])
    #expect(status == 0 && out.contains("parity"), "\(error)")
    #expect(
      try String(contentsOfFile: merged, encoding: .utf8)
        == String(contentsOfFile: whole, encoding: .utf8))
    #expect(try String(contentsOfFile: svg, encoding: .utf8).hasPrefix("<svg"))
  }

  /// Bad lines and problems that are too long cost no other; they are named by number, and what is
  /// in them is not said.
  @Test func aBadProblemIsNamedAndTheRestIsWorkedOn() throws {
    let folder = try TemporaryFolder()
    let long = String(repeating: "1", count: 3000)
    let file = try folder.write(
      "p.jsonl",
      """
      {"prompt": "3+4?", "answer": "7"}

      {"prompt": "\(long)", "answer": "1"}
      {"prompt": "3+4-2?"
      {"prompt": "3+4-2?", "answer": "5"}
      """)
    let kept = folder.file("a.run")
    for _ in 0..<2 {
      let (status, out, error) = try eval([
        "--problems", file, "--r", "1,16", "--jsonl", "-", "--resume", kept,
      ])
      #expect(status == 0 && !error.contains("1111"), "\(error)")
      let lines = try records(out)
      #expect(lines.map { $0["n"]?.integer } == [2, 2] && lines[1]["accuracy"]?.number == 1)
      #expect(lines.map { $0["left_out"]?.integer } == [2, 2])
      #expect(error.contains("problem 2 (\(file), line 3) was left out: it has 3001 tokens"))
      #expect(
        error.contains("problem 3 (\(file), line 4) was left out: not valid JSON"), "\(error)")
      #expect(error.contains("2 of 4 problems were left out"), "\(error)")
    }
    let alone = try folder.write("q.jsonl", #"{"prompt": "\#(long)", "answer": "1"}"#)
    #expect(try eval(["--problems", alone, "--r", "1"]).status == 1)
  }

  /// What has no end, or never begins, is refused and takes neither time nor memory without bound.
  @Test(arguments: ["--problems", "--merge", "--resume"]) func whatIsNoFileIsRefused(
    option: String
  ) throws {
    let folder = try TemporaryFolder()
    let pipe = folder.file("pipe")
    #expect(mkfifo(pipe, 0o600) == 0)
    for path in [pipe, "/dev/zero", folder.path] {
      let task = option == "--resume" ? ["--task", "parity", "-n", "1", "--r", "1"] : []
      let (status, out, error) = try eval(task + [option, path])
      #expect((1...64).contains(status) && out.isEmpty && !error.isEmpty, "\(path): \(error)")
    }
  }

  @Test func interruptionLeavesWhatWasDone() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("a.run")
    let terminal = try PseudoTerminal(
      ["eval", "--task", "swap", "--r", "1024", "--threads", "1", "--resume", file], columns: 80,
      rows: 24)
    let lines = { (try? String(contentsOfFile: file, encoding: .utf8))?.split(separator: "\n") }
    Program.wait { (lines()?.count ?? 0) >= 3 }
    terminal.signal(SIGINT)
    #expect(terminal.end() == 130)
    #expect(terminal.text.contains("/900 problems"), "\(terminal.text)")
    #expect(terminal.text.contains("goes on from there"), "\(terminal.text)")
  }

  @Test(arguments: [
    ("1,2,4,…,128", [1, 2, 4, 8, 16, 32, 64, 128]),
    ("1,2,4,...,100", [1, 2, 4, 8, 16, 32, 64, 100]),
    ("3,6,...,9", [3, 6, 9]), ("2,5,…,11", [2, 5, 8, 11]), ("1-4,13", [1, 2, 3, 4, 13]),
    ("8,1,8", [1, 8]), ("1,…,4", nil), ("1,2,…", nil), ("", nil), ("4-1", nil), ("-1", nil),
    ("1,,2", nil), ("1,2,…,1", nil), ("1-2-3", nil), ("99999999999999999999", nil),
  ]) func listsOfNumbers(text: String, numbers: [Int]?) {
    #expect((try? NumberList.parse(text, in: 1...100_000)) == numbers)
  }

  @Test func theBarSaysHowLongItTakes() {
    let line = ProgressBar.line(
      done: 40, of: 100, before: 10, unit: "problems", after: .seconds(3))
    #expect(line.hasPrefix("[#########---------------] 40/100 problems  10.0/s  0:06 left"))
  }
}
