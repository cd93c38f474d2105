import Checkpoints
import Foundation
import Glibc
import TestSupport
import Testing

@testable import muninn

/// `muninn generate` as a person runs it.
@Suite struct GenerateTests {
  private func run(_ arguments: [String]) throws -> (status: Int32, out: String, error: String) {
    try Program.run(["generate", "--threads", "1"] + arguments)
  }

  @Test(arguments: [
    [], ["--exit", "kl", "--cache", "latest"],
    ["--exit", "latent-diff=0.01", "--scope", "all", "--full-prefill"],
    ["--exit", "acceleration", "--cache", "latest"],
    ["--draft-steps", "3", "--lookahead", "3"], ["--cache", "latest-m4-compress-s4"],
    ["--temperature", "0.5", "--min-p", "0.9", "--seed", "4"], ["--wavefront"],
    ["--wavefront", "--headway", "3", "--freeze", "token-stability=4", "--noise", "0.2"],
  ])
  func theEmbeddedModelAddsAndStopsAtTheLine(arguments: [String]) throws {
    let (status, out, error) = try run(["--prompt", "37+85="] + arguments)
    #expect(status == 0 && out == "122\n" && error.isEmpty, "\(out) \(error)")
  }

  /// A token is done when the condition is met; the exit status says whether all were.
  @Test func tokensAreThoughtAboutUntilACondition() throws {
    let arguments = ["--prompt", "37+85=", "--verbose", "--until"]
    let met = try run(arguments + ["argmax stable 4 && entropy < 0.1"])
    #expect(met.status == 0 && met.out == "122\n", "\(met)")
    let never = try run(arguments + ["iteration > 50", "-r", "12"])
    #expect(never.status == 1 && never.out == "122\n")
    #expect(never.error.contains("iteration > 50: not met within 12 iterations for 4 of 4 tokens"))
    let wrong = try run(arguments + ["entropi < 1"])
    #expect(wrong.status != 0 && wrong.out.isEmpty)
    #expect(wrong.error.contains("column 1: there is no entropi; did you mean entropy?"))
  }

  /// Unless asked otherwise, what stopped early is not seen later, as published.
  @Test func exitsLeaveTheCacheAsPublished() throws {
    let arguments = ["--model", Fixtures.path("raven-tiny-d"), "--prompt-ids", "3,4,5", "-n", "16"]
    func text(_ more: [String]) throws -> String {
      try run(arguments + ["--exit", "kl"] + more).out
    }
    #expect(try text([]) == text(["--cache", "full"]))
    #expect(try text([]) != text(["--cache", "latest"]))
  }

  /// The sampler's seed and that of initial states are two, and the first is the second unless given.
  @Test func theSeedsAreApart() throws {
    func text(_ model: String, _ more: [String]) throws -> String {
      let (status, out, error) = try run(
        [
          "--model", Fixtures.path(model), "--prompt-ids", "5,6,7", "-n", "8", "--temperature", "1",
          "--no-stop-tokens", "--jsonl",
        ] + more)
      #expect(status == 0 && error.isEmpty, "\(error)")
      return out
    }
    let ouro = try ["1", "2"].map { try text("ouro-tiny", ["--seed", $0]) }
    #expect(ouro[0] != ouro[1])
    #expect(try text("ouro-tiny", ["--sample-seed", "1"]) == ouro[0])
    #expect(try text("ouro-tiny", ["--seed", "9", "--sample-seed", "1"]) == ouro[0])
    let raven = try text("raven-tiny-a", ["--seed", "1"])
    #expect(try text("raven-tiny-a", ["--seed", "1", "--sample-seed", "1"]) == raven)
    #expect(try text("raven-tiny-a", ["--seed", "1", "--sample-seed", "2"]) != raven)
    #expect(try text("raven-tiny-a", ["--seed", "2", "--sample-seed", "1"]) != raven)
    #expect(try text("raven-tiny-a", ["--zero-state", "--sample-seed", "1"]) != raven)
  }

  @Test func aSeedWithoutUseIsSaid() throws {
    let (status, out, error) = try run([
      "--model", Fixtures.path("ouro-tiny"), "--prompt-ids", "5,6,7", "-n", "2", "--seed", "1",
    ])
    #expect(status == 0 && !out.isEmpty && error.contains("--seed changes nothing"), "\(error)")
  }

  /// What a seed draws depends on torch's version and the model's type, which can be said.
  @Test func statesAreDrawnAsAsked() throws {
    func logits(_ more: [String]) throws -> String {
      try run(
        [
          "--model", Fixtures.path("raven-tiny-a"), "--prompt-ids", "5,6,7", "-n", "12", "-r", "2",
          "--no-stop-tokens", "--seed", "3",
        ] + more
      ).out
    }
    let texts = try [[], ["--seed-form", "erfinv"], ["--seed-type", "bfloat16"]].map(logits)
    #expect(Set(texts).count >= 2 && texts[0] != texts[1])
    #expect(try logits(["--seed-form", "rejection", "--seed-type", "float32"]) == texts[0])
  }

  @Test func recordsSayTheIterationsOfEachToken() throws {
    let (_, out, error) = try run([
      "-p", "37+85=", "--jsonl", "--verbose", "--exit", "argmax-stability=2",
    ])
    let records = try out.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    #expect(records.map { $0["text"]?.string } == ["1", "2", "2", ""])
    #expect(records.last?["stop"]?.bool == true)
    let iterations = records.compactMap { $0["iterations"]?.integer }
    #expect(iterations.allSatisfy { (3...24).contains($0) })
    #expect(records.map { $0["exit_values"]?.array?.count } == iterations)
    let list = iterations.map(String.init).joined(separator: " ")
    #expect(error.contains("4 tokens") && error.contains(list), "\(error)")
  }

  /// Letters over several tokens, broken ones and stop strings over their borders: the records say what
  /// is written.
  @Test(arguments: ["1", "2", "6"], [[], ["--stop", "e"], ["-n", "3"]])
  func theTextsOfRecordsJoinToTheText(seed: String, more: [String]) throws {
    let arguments =
      [
        "--model", Fixtures.path("raven-tiny-a"), "--prompt-ids", "3,4,5", "-r", "2",
        "--temperature", "2", "--sample-seed", seed,
      ] + (more.first == "-n" ? more : ["-n", "24"] + more)
    let plain = try run(arguments).out
    let records = try run(arguments + ["--jsonl"]).out.split(separator: "\n").map {
      try JSONValue(parsing: String($0))
    }
    #expect(records.compactMap { $0["text"]?.string }.joined() + "\n" == plain)
    guard more.isEmpty else { return }
    let parts = records.filter { $0["bytes"] != nil }
    #expect(parts.contains { $0["text"]?.string == "" }, "some letter took several tokens")
  }

  @Test func stopStringsAndLimitsEndTheText() throws {
    #expect(try run(["-p", "37+85=", "--stop", "22"]).out == "1\n")
    #expect(try run(["-p", "37+85=", "-n", "2"]).out == "12\n")
    #expect(try run(["-p", "37+85=", "-n", "6", "--no-stop-tokens"]).out.hasPrefix("122\n"))
  }

  @Test(arguments: [
    (["--exit", "mood"], "entropy-diff"), (["--exit", "kl=x"], "takes a number"),
    (["--scope", "all"], "go with --exit"), (["--cache", "newest"], "latest-m4-compress-s16"),
    (["--top-k", "3"], "--temperature"), (["--lookahead", "3"], "--draft-steps"),
    (["--draft-steps", "3", "--temperature", "1"], "leave out"), (["-n", "0"], "--tokens"),
    (["--headway", "3"], "go with --wavefront"), (["--gate", "2"], "threshold from 0 to 1"),
    (["--wavefront", "--freeze", "mood"], "latent-acceleration"),
    (["--wavefront", "--freeze", "fixed=-1"], "above 0"), (["--gate", "0.5"], "no exit gate"),
    (["--wavefront", "--temperature", "1"], "leave out"), (["--gate", "0", "--exit", "kl"], "not"),
    (["--model", Fixtures.path("ouro-tiny"), "--wavefront"], "cannot start"),
    (["--model", Fixtures.path("ouro-tiny"), "--continuous", "minimal"], "cannot start"),
    (["--model", Fixtures.path("raven-tiny-a"), "--cache", "compress-s5"], "multiple of its 2"),
  ])
  func whatCannotBeIsSaid(arguments: [String], words: String) throws {
    let prompt = arguments.first == "--model" ? ["--prompt-ids", "3"] : ["-p", "x"]
    let (status, out, error) = try run(prompt + arguments)
    #expect(status != 0 && out.isEmpty && error.contains(words), "\(error)")
  }

  @Test(arguments: Fixtures.ravenModels + Fixtures.familyModels)
  func everyFamilyGenerates(name: String) throws {
    let (status, out, error) = try run([
      "--model", Fixtures.path(name), "--prompt-ids", "3,4,5", "-n", "4", "--no-stop-tokens",
      "--jsonl",
    ])
    #expect(status == 0 && out.split(separator: "\n").count == 4, "\(error)")
  }

  /// Four bits a weight write another text.
  @Test func thePrecisionIsObeyed() throws {
    func text(_ precision: String) throws -> String {
      let (status, out, error) = try run([
        "--model", Fixtures.path("raven-tiny-a"), "--prompt-ids", "3,4,5", "-n", "6",
        "--no-stop-tokens", "--precision", precision,
      ])
      #expect(status == 0, "\(error)")
      return out
    }
    #expect(try text("exact") != text("int4"))
  }

  @Test func theModelsLengthEndsTheText() throws {
    let (status, out, error) = try run([
      "--model", Fixtures.path("raven-tiny-a"), "--no-stop-tokens", "-r", "1", "--prompt-ids",
      "3,4,5", "-n", "9999", "--jsonl",
    ])
    // The last token of the 256 positions still has a successor.
    #expect(status == 0 && out.split(separator: "\n").count == 256 - 3 + 1, "\(error)")
  }

  @Test func aPromptThatIsTooLongIsRefused() throws {
    let ids = [String](repeating: "3", count: 257).joined(separator: ",")
    let (status, _, error) = try run([
      "--model", Fixtures.path("raven-tiny-a"), "--prompt-ids", ids,
    ])
    #expect(status != 0 && error.contains("257 tokens; this model takes at most 256"), "\(error)")
  }

  @Test func interruptionEndsTheLine() throws {
    // The answer is ke4z; every letter takes a second or so.
    let terminal = try PseudoTerminal(
      ["generate", "-p", ">ke4z=", "-r", "10000", "--verbose"], columns: 80, rows: 24)
    #expect(terminal.wait { $0.text.contains("k") })
    terminal.signal(SIGINT)
    #expect(terminal.end() == 130)
    let lines = terminal.text.split(whereSeparator: \.isNewline)
    try #require(lines.count == 2, "\(terminal.text)")
    #expect("ke4z".hasPrefix(lines[0]))
    #expect(lines[1].hasPrefix("muninn: \(lines[0].count) tokens"), "\(terminal.text)")
  }
}
