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
}
