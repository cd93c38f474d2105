import ArgumentParser
import Checkpoints
import Foundation
import TestSupport
import Testing

@testable import muninn

/// `muninn trace` as a script sees it: files in, records and tensors out.
@Suite struct TraceTests {
  /// Runs the command and returns its records.
  private func trace(_ arguments: String...) throws -> [JSONValue] {
    try trace(arguments: arguments)
  }

  private func trace(arguments: [String]) throws -> [JSONValue] {
    let folder = try TemporaryFolder()
    let output = folder.file("trace.jsonl")
    try run(arguments + ["--jsonl", output])
    return try String(contentsOfFile: output, encoding: .utf8)
      .split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
  }

  private func run(_ arguments: [String]) throws {
    let command = try TraceCommand.parse(arguments)
    try command.run()
  }

  /// A letter whose bytes lie in several tokens is the text of the last of them.
  @Test func theTextsOfAPromptJoinToIt() throws {
    let records = try trace(
      "--model", Fixtures.path("raven-tiny-a"), "--prompt", "aé 😀世", "--steps", "0", "--no-special")
    #expect(records.compactMap { $0["text"]?.string }.joined() == "aé 😀世")
    let bytes = records.compactMap { $0["bytes"]?.array?.compactMap(\.integer) }
    #expect(bytes.flatMap { $0 }.map(UInt8.init) == Array("é😀世".utf8))
  }

  /// Rank and probability of watched tokens stand in every record, those of blocks too.
  @Test func watchedTokensAreRecorded() throws {
    let records = try trace(
      "-p", "3+4-2+9-5+1+8-6?", "-r", "6", "--top", "1", "--watch", "2", "--watch", "#56",
      "--watch", "2", "--blocks", "--until", "rank('8') > 4 && iteration > 4")
    // What the condition names is known, and is recorded only where it was asked for.
    #expect(records.compactMap { $0["iteration"]?.integer }.max() ?? 0 > 4)
    for record in records {
      let watched = try #require(record["watched"]?.array)
      #expect(watched.compactMap { $0["id"]?.integer } == [50, 56])
      #expect(watched.compactMap { $0["text"]?.string } == ["2", "8"])
      let top = try #require(record["top"]?.array?.first)
      for entry in watched {
        let (rank, p) = (try #require(entry["rank"]?.integer), try #require(entry["p"]?.number))
        #expect((rank == 1) == (entry["id"]?.integer == top["id"]?.integer))
        #expect(p <= top["p"]?.number ?? 0 && p >= 0)
      }
    }
    #expect(records.contains { $0["lens"]?.string == "logit" })
  }

  @Test(arguments: [
    ("42", "\"42\" is 2 tokens: #52 \"4\", #50 \"2\""), ("#256", "no token #256"),
    ("", "empty text"),
    ("\u{FFFD}", "is 3 tokens"), ("é", "is 2 tokens"),
  ])
  func whatIsNoTokenIsRefused(word: String, problem: String) {
    let error = #expect(throws: ValidationError.self) {
      try trace(arguments: ["-p", "1+1?", "-r", "1", "--watch", word])
    }
    #expect("\(error.map(\.message) ?? "")".contains(problem), "\(error.map(\.message) ?? "")")
  }

  /// Each run ends where the condition is met of its last token, and writes what it wrote without.
  @Test func runsEndWhereAConditionIsMet() throws {
    let prompts = ["-p", "3+4-2+9-5+1+8-6?", "-p", "7+8?", "-r", "12"]
    let whole = try trace(arguments: prompts)
    let ended = try trace(arguments: prompts + ["--until", "argmax stable 6 && p('z') < 0.9"])
    func records(of run: Int, _ all: [JSONValue]) -> [JSONValue] {
      all.filter { $0["run"]?.integer == run }
    }
    func last(_ all: [JSONValue], _ run: Int) -> Int? {
      records(of: run, all).compactMap { $0["iteration"]?.integer }.max()
    }
    func said(_ run: Int, at iteration: Int) -> Int? {
      whole.last { $0["run"]?.integer == run && $0["iteration"]?.integer == iteration }?["argmax"]?
        .integer
    }
    for run in 0..<2 {
      let first = (6...12).first { end in
        Set((end - 5...end).map { said(run, at: $0) }).count == 1
      }
      let end = try #require(first)
      #expect(last(ended, run) == end)
      let (cut, full) = (records(of: run, ended), records(of: run, whole))
      #expect(cut.count == full.count / 13 * (end + 1))
      for (a, b) in zip(cut, full) {
        #expect(a["entropy"]?.number == b["entropy"]?.number)
        #expect(a["argmax"]?.integer == b["argmax"]?.integer)
      }
    }
    #expect(last(ended, 0) != last(ended, 1), "each has its own end")
    #expect(throws: ExitCode(1)) {
      _ = try trace(arguments: ["-p", "7+8?", "-r", "3", "--until", "iteration > 7"])
    }
  }

  @Test func recordsCarryTheReferenceNumbers() throws {
    let model = Fixtures.path("raven-tiny-a")
    let file = try SafetensorsFile.open("\(model)/golden.safetensors")
    let ids = try file.integers("p0.ids")
    let records = try trace(
      "--model", model, "--prompt-ids", ids.map(String.init).joined(separator: ","),
      "--initial-state", "\(model)/golden.safetensors:p0.s0", "--steps", "16", "--top", "3")
    #expect(records.count == 17 * ids.count)
    func column(_ name: String) throws -> [Float] {
      try #require(file.tensors["p0.\(name)"]).floats()
    }
    let (norms, residuals) = (try column("state_norm"), try column("residual_norm"))
    let (relative, cosines) = (try column("rel_residual"), try column("cosine_prev"))
    let (entropies, divergences) = (try column("entropy"), try column("kl"))
    let best = try file.integers("p0.argmax")
    for (index, record) in records.enumerated() {
      #expect(record["schema"]?.string == "muninn.trace/1")
      #expect(record["iteration"]?.integer == index / ids.count)
      #expect(record["token"]?.integer == index % ids.count)
      #expect(record["id"]?.integer == ids[index % ids.count])
      func near(_ key: String, _ expected: Float, _ tolerance: Float) {
        let value = record[key]?.number.map { Float($0) } ?? .infinity
        #expect(abs(value - expected) <= tolerance, "\(key) at \(index)")
      }
      near("norm", norms[index], 1e-3)
      guard index >= ids.count else {
        for key in ["residual", "relative_residual", "cosine", "kl"] {
          #expect(record[key]?.isNull == true)
        }
        continue
      }
      let place = index - ids.count
      near("residual", residuals[place], 1e-3)
      near("relative_residual", relative[place], 1e-4)
      near("cosine", cosines[place], 1e-4)
      near("entropy", entropies[place], 5e-3)
      near("kl", divergences[place], 1e-4 + 1e-3 * divergences[place])
      #expect(record["argmax"]?.integer == best[place])
      let top = try #require(record["top"]?.array)
      #expect(top.count == 3 && top[0]["id"]?.integer == best[place])
      let probabilities = top.compactMap { $0["p"]?.number }
      #expect(probabilities == probabilities.sorted(by: >))
    }
  }

  @Test func aRunThatDivergesIsNullAndEndsWithTheReason() throws {
    let copy = try ModelCopy(of: "raven-tiny-a")
    try copy.diverge()
    let model = ["--model", copy.path, "--prompt-ids", "1,2", "--steps", "2"]
    let (status, out, error) = try Program.run(["trace", "--zero-state", "--jsonl", "-"] + model)
    #expect(status == 1 && error.contains("the state of token 0 is not finite"))
    #expect(error.contains("first at iteration 1"))
    let records = try out.split(separator: "\n").map { try JSONValue(parsing: Array($0.utf8)) }
    #expect(records.count == 6, "all of it is written")
    for record in records.dropFirst(2) {
      for key in ["norm", "residual", "relative_residual", "cosine", "entropy", "kl", "argmax"] {
        #expect(record[key]?.isNull == true, "\(key)")
      }
      #expect(record["top"]?.array?.isEmpty == true)
    }
    for options in [
      [], ["--jsonl"], ["--exit", "kl"], ["--draft-steps", "2"], ["--wavefront"],
      ["--temperature", "1"],
    ] {
      let result = try Program.run(["generate", "-n", "3", "--zero-state"] + model + options)
      #expect(result.status == 1 && result.out.isEmpty, "\(options)")
      #expect(result.error.contains("The run diverged"), "\(options)")
    }
  }

  @Test func theEmbeddedModelSolvesTheDefaultPrompt() throws {
    let records = try trace("--prompt", ExploreDefaults.prompt, "--steps", "24")
    let last = try #require(records.last)
    // 3+4-2+9-5+1+8-6 = 12, 2 modulo ten.
    #expect(last["top"]?.array?.first?["text"]?.string == "2")
    #expect((last["entropy"]?.number ?? 9) < 0.1)
    let first = try #require(records.first)
    #expect(first["text"]?.string == "\n", "begin-of-text is added")
  }

  @Test func statesAndLogitsAreSavedAsTheyWere() throws {
    let folder = try TemporaryFolder()
    let (path, again) = (folder.file("a.safetensors"), folder.file("b.safetensors"))
    try run(["--prompt", "1+2?", "--steps", "3", "--seed", "5", "--save", path, "--logits"])
    let file = try SafetensorsFile.open(path)
    let states = try #require(file.tensors["states"])
    #expect(states.shape == [4, 5, 128])
    #expect(try #require(file.tensors["logits"]).shape == [3, 5, 256])
    #expect(try file.integers("ids") == [10, 49, 43, 50, 63])
    #expect(file.metadata["prompt"] == "1+2?" && file.metadata["start"] == "seed 5")
    try run(["--prompt", "1+2?", "--steps", "3", "--seed", "5", "--save", again, "--logits"])
    let bytes = try Data(contentsOf: URL(fileURLWithPath: path))
    #expect(try Data(contentsOf: URL(fileURLWithPath: again)) == bytes, "a seed gives the same run")
  }

  /// What is written of blocks agrees with what the official code has there.
  @Test func blocksCarryTheReferenceNumbers() throws {
    let model = Fixtures.path("raven-tiny-a")
    let golden = try SafetensorsFile.open(Fixtures.path("inside-tiny-a/inside.safetensors"))
    let ids = try golden.integers("p0.ids")
    let folder = try TemporaryFolder()
    let saved = folder.file("inside.safetensors")
    let records = try trace(
      "--model", model, "--prompt-ids", ids.map(String.init).joined(separator: ","),
      "--initial-state", Fixtures.path("inside-tiny-a/inside.safetensors:p0.s0"), "--steps", "3",
      "--blocks", "--attention", "--save", saved, "--top", "2")
    let tokens = ids.count
    // Blocks 0, 1 and 2 through two lenses, and attention of two blocks.
    #expect(records.count == 4 * tokens + 3 * tokens * (2 * 3 + 2))
    let file = try SafetensorsFile.open(saved)
    let blocks = try #require(file.tensors["blocks"])
    #expect(blocks.shape == [3, 3, tokens, 64])
    let attention = try #require(file.tensors["attention"])
    #expect(attention.shape == [3, 2, 4, tokens, tokens])
    let first = try #require(golden.tensors["p0.blocks"]).floats(in: 0..<3 * 3 * tokens * 64)
    #expect(zip(blocks.floats(), first).allSatisfy { abs($0 - $1) < 7.7e-5 })
    let weights = try #require(golden.tensors["p0.attention"])
      .floats(in: 0..<3 * 2 * 4 * tokens * tokens)
    #expect(zip(attention.floats(), weights).allSatisfy { abs($0 - $1) < 2.8e-5 })
    for lens in ["coda", "logit"] {
      let entropies = try #require(golden.tensors["p0.\(lens)_lens.entropy"]).floats()
      let best = try golden.integers("p0.\(lens)_lens.argmax")
      let own = records.filter { $0["lens"]?.string == lens }
      #expect(own.count == 9 * tokens)
      for (index, record) in own.enumerated() {
        #expect(record["iteration"]?.integer == index / (3 * tokens) + 1)
        #expect(record["block"]?.integer == index / tokens % 3)
        #expect(record["token"]?.integer == index % tokens)
        #expect(abs((record["entropy"]?.number ?? 99) - Double(entropies[index])) < 1e-4)
        #expect(record["argmax"]?.integer == best[index])
        #expect(record["kl"]?.isNull == (index / tokens % 3 == 0))
        #expect(record["attention_norm"]?.isNull == (index / tokens % 3 == 0))
        #expect(record["top"]?.array?.count == 2)
      }
    }
    let maps = records.filter { $0["attention"] != nil }
    #expect(maps.count == 6 * tokens)
    let last = try #require(maps.last?["attention"]?.array)
    #expect(last.count == 4 && last.allSatisfy { $0.array?.count == tokens })
    #expect(maps[0]["attention"]?.array?[0].array?.map(\.number) == [1])
  }

  /// What is written of the blocks of several runs is what is written of each alone.
  @Test func blocksOfSeveralRunsAreThoseOfEach() throws {
    let folder = try TemporaryFolder()
    func lines(_ prompts: [String], _ seeds: [String]) throws -> [String] {
      let output = folder.file("blocks.jsonl")
      try run(
        prompts.flatMap { ["--prompt", $0] } + seeds
          + ["--steps", "20", "--blocks", "--lens", "logit", "--jsonl", output])
      return try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n")
        .map(String.init)
    }
    let together = try lines(["1+2?", "7"], ["--seeds", "4-5"])
    var number = 0
    for prompt in ["1+2?", "7"] {
      for seed in ["4", "5"] {
        let alone = try lines([prompt], ["--seed", seed])
        let numbered = #""run":\#(number),"#
        #expect(
          together.filter { $0.contains(numbered) }
            == alone.map { $0.replacing(#""run":0,"#, with: numbered) }, "run \(number)")
        number += 1
      }
    }
    #expect(together.contains { $0.contains(#""lens":"logit""#) })
  }

  /// An edited run is one more run, and the one that is saved; the others stay as they are.
  @Test func editsMakeOneMoreRun() throws {
    let folder = try TemporaryFolder()
    let saved = folder.file("states.safetensors")
    let arguments = ["--prompt", "1+2?", "--steps", "4", "--seeds", "0-1", "--jsonl"]
    let path = folder.file("plain.jsonl")
    try run(arguments + [path])
    let plain = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    try run(
      arguments + [path, "--save", saved, "--edit", "3:2 := 3:1", "--edit", "all:3 := all:3@1"])
    let edited = try String(contentsOfFile: path, encoding: .utf8).split(separator: "\n")
    #expect(edited.filter { !$0.contains(#""run":2,"#) } == plain)
    #expect(edited.count == plain.count / 2 * 3)
    let file = try SafetensorsFile.open(saved)
    #expect(file.metadata["edits"] == "3:2 := 3:1; all:3 := all:3@1")
    let states = try #require(file.tensors["states"])
    #expect(states.shape == [5, 5, 128])
    let all = states.floats()
    func row(_ iteration: Int, _ token: Int) -> ArraySlice<Float> {
      all[(iteration * 5 + token) * 128..<(iteration * 5 + token + 1) * 128]
    }
    #expect(Array(row(2, 3)) == Array(row(1, 3)))
    // From the third on it is the other run.
    let other = edited.filter { $0.contains(#""run":1,"iteration":4,"#) }
    let last = edited.filter { $0.contains(#""run":2,"iteration":4,"#) }
    #expect(last.count == other.count && !last.isEmpty)
    for (last, other) in zip(last, other) {
      let (a, b) = (
        try JSONValue(parsing: Array(last.utf8)), try JSONValue(parsing: Array(other.utf8))
      )
      // What looks further back than one iteration still knows of the second.
      for name in [
        "norm", "residual", "cosine", "angle", "entropy", "kl", "margin", "argmax", "top",
      ] {
        #expect(a[name]?.serialized() == b[name]?.serialized(), "\(name)")
      }
    }
  }

  /// What a batch writes is what its runs write, each with its number.
  @Test(arguments: ["", "raven-tiny-a", "ouro-tiny"])
  func runsTogetherWriteWhatTheyWriteAlone(name: String) throws {
    let model = name.isEmpty ? [] : ["--model", Fixtures.path(name)]
    let hasSeeds = name != "ouro-tiny"
    let prompts = ["5,6,7,8,9", "3", (10..<50).map(String.init).joined(separator: ",")]
    let folder = try TemporaryFolder()
    func lines(_ arguments: [String]) throws -> [String] {
      let output = folder.file("trace.jsonl")
      try run(arguments + model + ["--steps", "4", "--jsonl", output])
      return try String(contentsOfFile: output, encoding: .utf8).split(separator: "\n")
        .map(String.init)
    }
    let seeds = hasSeeds ? ["2", "3", "7"] : [""]
    let together = try lines(
      prompts.flatMap { ["--prompt-ids", $0] } + (hasSeeds ? ["--seeds", "2-3,7"] : []))
    var number = 0
    for prompt in prompts {
      for seed in seeds {
        let alone = try lines(["--prompt-ids", prompt] + (hasSeeds ? ["--seed", seed] : []))
        #expect(alone.allSatisfy { $0.contains(#""run":0,"#) })
        let numbered = #""run":\#(number),"#
        #expect(
          together.filter { $0.contains(numbered) }
            == alone.map { $0.replacing(#""run":0,"#, with: numbered) }, "run \(number)")
        number += 1
      }
    }
    #expect(together.count == 5 * seeds.count * 46)
  }

  @Test func aPromptFileIsTakenByteForByte() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("prompt.txt")
    try "1+1?\n".write(toFile: path, atomically: true, encoding: .utf8)
    let records = try trace("--prompt-file", path, "--steps", "0", "--zero-state")
    #expect(records.compactMap { $0["id"]?.integer } == [10, 49, 43, 49, 63, 10])
  }

  @Test(arguments: [
    (["--prompt", "x"], "Nothing to write"),
    (["--prompt", "x", "--prompt-ids", "1", "--jsonl", "-"], "exactly one"),
    (["--prompt-ids", "1,x", "--jsonl", "-"], "\"x\""),
    (["--prompt", "x", "--seed", "1", "--zero-state", "--jsonl", "-"], "at most one"),
    (["--prompt", "x", "--seeds", "1", "--zero-state", "--jsonl", "-"], "at most one"),
    (["--prompt", "x", "--seeds", "3-1", "--jsonl", "-"], "--seeds"),
    (["--prompt", "x", "--seeds", "0-7", "--save", "-"], "these are 8"),
    (["--prompt", "x", "--prompt", "y", "--save", "-"], "these are 2"),
    (["--prompt", "x", "--steps", "-1", "--jsonl", "-"], "--steps"),
    (["--prompt", "x", "--top", "0", "--jsonl", "-"], "--top"),
    (["--prompt", "x", "--logits", "--jsonl", "-"], "--logits"),
    (["--prompt", "x", "--attention", "--jsonl", "-"], "--blocks"),
    (["--prompt", "x", "--lens", "coda", "--jsonl", "-"], "--blocks"),
    (["--prompt", "x", "--blocks", "--lens", "head", "--jsonl", "-"], "\"head\""),
    (["--prompt", "x", "--edit", "1:2 = 0", "--jsonl", "-"], "column 5"),
  ])
  func usageErrorsSayWhatIsWrong(arguments: [String], message: String) {
    #expect {
      try TraceCommand.parse(arguments)
    } throws: {
      TraceCommand.message(for: $0).contains(message)
    }
  }

  @Test(arguments: [
    (["--prompt-ids", "10,999"], "999"), (["--prompt-ids", ""], "no tokens"),
    (["--prompt", "1", "--initial-state", "/nowhere.safetensors"], "/nowhere.safetensors"),
    (["--prompt", "1", "--model", "/nowhere"], "/nowhere"),
    (["--prompt", "1", "--edit", "5:1 := 0"], "column 1"),
    (["--prompt", "1", "--edit", "1:1 := 1:1@1"], "column 12"),
  ])
  func runErrorsSayWhatIsWrong(arguments: [String], message: String) throws {
    let folder = try TemporaryFolder()
    #expect {
      try run(arguments + ["--jsonl", folder.file("out")])
    } throws: {
      String(describing: $0).contains(message)
    }
  }
}
