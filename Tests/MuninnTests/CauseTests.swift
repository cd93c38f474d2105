import ArgumentParser
import Checkpoints
import Foundation
import TestSupport
import Testing

@testable import muninn

/// `muninn cause` as a script sees it.
@Suite struct CauseTests {
  @Test func theMapCarriesTheReferenceNumbers() throws {
    let folder = try TemporaryFolder()
    let output = folder.file("map.jsonl")
    let golden = try SafetensorsFile.open(Fixtures.path("inside-tiny-a/inside.safetensors"))
    let json = try JSONValue(readingFile: Fixtures.path("inside-tiny-a/inside.json"))
    let iterations = try #require(json["causal"]?["iterations"]?.array).compactMap(\.integer)
    let ids = try golden.integers("p0.ids").map(String.init).joined(separator: ",")
    // The corrupted run of the reference starts from a state; here from a seed, so that the clean
    // numbers and the shape are what can be told.
    let (status, out, error) = try Program.run([
      "cause", "--model", Fixtures.path("raven-tiny-a"), "--prompt-ids", ids, "--initial-state",
      Fixtures.path("inside-tiny-a/inside.safetensors:p0.s0"), "--corrupt-seed", "5", "-r", "16",
      "--at", iterations.map(String.init).joined(separator: ","), "--jsonl", output,
    ])
    #expect(status == 0, "\(error)")
    #expect(out.contains("that comes back at r 16"))
    let records = try String(contentsOfFile: output, encoding: .utf8)
      .split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
    #expect(records.count == 1 + 14 * iterations.count)
    #expect(records[0]["schema"]?.string == "muninn.cause/1")
    #expect(records[0]["answer"]?.integer == json["causal"]?["clean_answer"]?.integer)
    let clean = try #require(json["causal"]?["clean_p"]?.number)
    #expect(abs((records[0]["clean_p"]?.number ?? 9) - clean) < 2e-5)
    for (index, record) in records.dropFirst().enumerated() {
      #expect(record["iteration"]?.integer == iterations[index / 14])
      #expect(record["token"]?.integer == index % 14)
      #expect((0...1).contains(record["p"]?.number ?? 9))
    }
    // All of the last token at the end is what the clean run says, but for its coda.
    #expect(records.contains { abs(($0["share_p"]?.number ?? 0)) > 0.01 })
  }

  @Test(arguments: [
    (["--prompt", "x"], "Nothing is corrupted"),
    (["--prompt", "x", "--corrupt-prompt", "y", "--corrupt-ids", "1"], "at most one"),
    (["--prompt", "x", "--corrupt-seed", "1", "--site", "nowhere"], "\"nowhere\""),
    (["--prompt", "x", "--corrupt-seed", "1", "--at", "3-1"], "\"3-1\""),
    (["--prompt", "x", "--corrupt-seed", "1", "--measure", "joy"], "\"joy\""),
    (["--prompt", "x", "--corrupt-seed", "1", "-r", "0"], "--steps"),
    (["--prompt", "x", "--corrupt-noise", "0"], "share of e"),
    (["--prompt", "x", "--corrupt-seed", "1", "--corrupt-noise-seed", "1"], "--corrupt-noise"),
    (["--prompt", "x", "--corrupt-seed", "1", "--resume"], "--jsonl"),
    (["--prompt", "x", "--corrupt-seed", "1", "--resume", "--jsonl", "-"], "--jsonl"),
  ])
  func usageErrorsSayWhatIsWrong(arguments: [String], message: String) {
    #expect {
      try CauseCommand.parse(arguments)
    } throws: {
      CauseCommand.message(for: $0).contains(message)
    }
  }

  @Test func textsOfOtherLengthsAreRefused() throws {
    let (status, _, error) = try Program.run(["cause", "--prompt", "1+2", "--corrupt-prompt", "1"])
    #expect(status == 1 && error.contains("4 and 2 tokens"))
  }

  private static let map = [
    "cause", "--prompt", "3+4-2?", "--corrupt-noise", "1.5", "--corrupt-noise-seed", "2", "-r", "5",
    "--hold",
  ]

  /// A run that was cut anywhere goes on to the bytes of one that never was.
  @Test func itGoesOnToTheSameBytes() throws {
    let folder = try TemporaryFolder()
    let (whole, part) = (folder.file("whole.jsonl"), folder.file("part.jsonl"))
    let first = try Program.run(Self.map + ["--jsonl", whole])
    #expect(first.status == 0 && first.out.contains("alone"), "\(first.error)")
    let text = try String(contentsOfFile: whole, encoding: .utf8)
    #expect(text.contains("all:e += 1.5*noise 2") && text.contains("\"model\":\""))
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
    #expect(lines.count == 1 + 7 * 6 + 1)
    // Nothing, a piece of the head, the head, some cells, a cell cut short, all of it.
    let scattered = [0, 3, 9, 20, 40].map { lines[$0] + "\n" }.joined()
    for cut in [
      "", String(lines[0].prefix(40)), lines[0] + "\n", scattered, scattered + lines[12].prefix(30),
      text,
    ] {
      try cut.write(toFile: part, atomically: true, encoding: .utf8)
      let (status, _, error) = try Program.run(Self.map + ["--jsonl", part, "--resume"])
      #expect(status == 0, "\(error)")
      #expect(try String(contentsOfFile: part, encoding: .utf8) == text)
    }
    // What is there is not computed again: what the file says counts.
    let changed = lines[9].replacing(#""p":"#, with: #""p":0."#)
    try (lines[0] + "\n" + changed + "\n").write(toFile: part, atomically: true, encoding: .utf8)
    _ = try Program.run(Self.map + ["--jsonl", part, "--resume"])
    #expect(try String(contentsOfFile: part, encoding: .utf8) != text)
    // Iterations in turn come to all of them.
    try FileManager.default.removeItem(atPath: part)
    for at in ["4-5", "0-3"] {
      let (status, _, error) = try Program.run(
        Self.map + ["--at", at, "--jsonl", part, "--resume"])
      #expect(status == 0, "\(error)")
    }
    #expect(try String(contentsOfFile: part, encoding: .utf8) == text)
  }

  @Test func aFileOfSomethingElseIsRefused() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("map.jsonl")
    let (status, _, error) = try Program.run(Self.map + ["--at", "5", "--jsonl", path])
    #expect(status == 0, "\(error)")
    let text = try String(contentsOfFile: path, encoding: .utf8)
    for (arguments, problem) in [
      (["--site", "core.1"], "another site"), (["--corrupt-seed", "4"], "another corrupted"),
      (["--answer", "49"], "another answer"), (["-r", "6"], "another last"),
      (["--precision", "fast"], "another model"),
    ] {
      let again = try Program.run(
        Self.map.filter { !(arguments[0] == "-r" && ["-r", "5"].contains($0)) } + arguments
          + ["--at", "5", "--jsonl", path, "--resume"])
      #expect(again.status == 1 && again.error.contains(problem), "\(arguments): \(again.error)")
      #expect(try String(contentsOfFile: path, encoding: .utf8) == text, "it stays as it is")
    }
    for (bad, problem) in [
      ("a shopping list", "is no causal map"), ("{}\n", "is no causal map"),
      (text + "{}\n", "line 9"),
    ] {
      try bad.write(toFile: path, atomically: true, encoding: .utf8)
      let again = try Program.run(Self.map + ["--jsonl", path, "--resume"])
      #expect(again.status == 1 && again.error.contains(problem), "\(again.error)")
      #expect(try String(contentsOfFile: path, encoding: .utf8) == bad)
    }
  }
}
