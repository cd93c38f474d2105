import Checkpoints
import Foundation
import Glibc
import TestSupport
import Testing

@testable import muninn

/// `muninn eval --samples` as a person or a cluster runs it.
@Suite struct EvalSamplesTests {
  private static let demo = [
    "--task", "arith", "--difficulty", "6,8", "-n", "5", "-r", "4", "--relative-noise", "0.6",
  ]

  private func eval(_ arguments: [String]) throws -> (status: Int32, out: String, error: String) {
    try Program.run(["eval"] + arguments)
  }

  private func lines(_ arguments: [String]) throws -> [String] {
    let (status, out, error) = try eval(arguments + ["--jsonl", "-"])
    #expect(status == 0 && error.isEmpty, "\(error)")
    return out.split(separator: "\n").map(String.init)
  }

  /// Totals found once more from the records of problems, by other means.
  @Test(arguments: [
    demo, demo + ["--positions", "last", "--starts"],
    [
      "--problems", "QUESTIONS", "--model", Fixtures.path("codi-tiny"), "--noise", "1.4",
      "--tokens", "8",
    ],
  ])
  func theTotalsFollowFromTheProblems(arguments: [String]) throws {
    let folder = try TemporaryFolder()
    let questions = try folder.write(
      "q.jsonl",
      """
      {"question": "Tom has 3 apples and buys 4.", "answer": "#### 6"}
      {"question": "Two dozen eggs.", "answer": "#### 24"}
      {"question": "", "answer": "#### 24"}
      """)
    let arguments = arguments.map { $0 == "QUESTIONS" ? questions : $0 }
    let isOfFile = arguments.contains(questions)
    let (status, out, error) = try eval(
      arguments + ["--samples", "12", "--threads", "2", "--jsonl", "-"])
    #expect(status == 0 && error.isEmpty == !isOfFile, "\(error)")
    let text = out.split(separator: "\n").map(String.init)
    let all = try text.map { try JSONValue(parsing: $0) }
    let totals = try #require(all.last?["totals"]?.array)
    let problems = all.dropFirst().dropLast()
    #expect(problems.map { $0["problem"]?.integer } == Array(0..<problems.count))
    #expect(totals.count == (isOfFile ? 1 : 2) && problems.count == (isOfFile ? 3 : 10))
    var rights: [Int] = []
    for total in totals {
      let mine = problems.filter {
        $0["difficulty"]?.serialized() == total["difficulty"]?.serialized()
          && $0["left_out"] == nil
      }
      #expect(total["n"]?.integer == mine.count)
      var right: [Int] = []
      var (majority, greedy, surest, firstFour) = (0, 0, 0, 0)
      for problem in mine {
        let key = try #require(problem["key"]?.serialized())
        let answers = try #require(problem["answers"]?.array).map { $0.serialized() }
        #expect(answers.count == 12)
        #expect(problem["correct"]?.array?.map(\.bool) == answers.map { $0 == key })
        right.append(answers.filter { $0 == key }.count)
        greedy += problem["greedy"]?["answer"]?.serialized() == key ? 1 : 0
        majority += Self.vote(answers) == key ? 1 : 0
        firstFour += Self.vote(Array(answers.prefix(4))) == key ? 1 : 0
        let entropies = try #require(problem["entropy"]?.array).compactMap(\.number)
        let least = entropies.indices.reduce(0) { entropies[$1] < entropies[$0] ? $1 : $0 }
        surest += answers[least] == key ? 1 : 0
        let chosen = problem["chosen"]?["majority"]
        #expect(chosen?["correct"]?.bool == (Self.vote(answers) == key))
      }
      rights += right
      for k in 1...12 {
        // 1 − C(12 − c, k) / C(12, k), by counting, in the mean over problems.
        let mean =
          right.reduce(0.0) { sum, c in
            sum + 1
              - (0..<k).reduce(1.0) { $0 * Double(max(0, 12 - c - $1)) / Double(12 - $1) }
          } / Double(mine.count)
        let said = try #require(total["pass_at_k"]?.array?[k - 1].number)
        let low = try #require(total["pass_at_k_low"]?.array?[k - 1].number)
        let high = try #require(total["pass_at_k_high"]?.array?[k - 1].number)
        #expect(abs(said - mean) < 1e-12 && low <= said && said <= high, "pass@\(k)")
      }
      let random = Double(right.reduce(0, +)) / Double(12 * mine.count)
      #expect(abs((total["random"]?["accuracy"]?.number ?? -1) - random) < 1e-12)
      #expect(total["greedy"]?["right"]?.integer == greedy)
      #expect(total["aggregators"]?["majority"]?["right"]?.integer == majority)
      #expect(total["aggregators"]?["lowest-entropy"]?["right"]?.integer == surest)
      #expect(total["first"]?.array?.map(\.integer) == [1, 2, 4, 8, 12])
      #expect(
        total["aggregators"]?["majority"]?["of_first"]?.array?[2].number
          == Double(firstFour) / Double(mine.count))
    }
    // Copies of some problem agree neither all nor never.
    if !isOfFile { #expect(rights.contains { (1..<12).contains($0) }, "\(rights)") }
  }

  private static func vote(_ answers: [String]) -> String? {
    var counts: [(String, Int)] = []
    for answer in answers where answer != "null" {
      if let place = counts.firstIndex(where: { $0.0 == answer }) {
        counts[place].1 += 1
      } else {
        counts.append((answer, 1))
      }
    }
    let most = counts.map(\.1).max()
    return counts.first { $0.1 == most }?.0
  }

  /// The seeds of a problem's record are what `muninn sample` needs to make its copies again.
  @Test(arguments: [["--relative-noise", "1"], ["--dropout", "0.2", "--starts"]])
  func copiesAreMadeAgainFromTheirSeeds(noise: [String]) throws {
    let folder = try TemporaryFolder()
    let file = try folder.write(
      "p.jsonl",
      """
      {"prompt": "1+1=", "answer": "2"}
      {"prompt": "37+85=", "answer": "122"}
      """)
    let written = try lines(["--problems", file, "--samples", "6", "-r", "4"] + noise)[2]
    let record = try JSONValue(parsing: written)
    let sampleSeed = try #require(record["sample_seed"]?.integer)
    let seed = record["seed"]?.integer.map { ["--seed", "\($0)"] } ?? []
    #expect(seed.isEmpty != noise.contains("--starts"))
    let (status, out, error) = try Program.run(
      ["sample", "-p", "37+85=", "-n", "6", "-r", "4", "--tokens", "3", "--jsonl", "-"]
        + ["--sample-seed", "\(sampleSeed)"] + seed + noise)
    #expect(status == 0, "\(error)")
    let copies = try out.split(separator: "\n").dropLast().map {
      try JSONValue(parsing: String($0))
    }
    #expect(
      copies.map { $0["answer"]?.serialized() }
        == record["answers"]?.array?.map { $0.serialized() })
    #expect(Set(copies.map { $0["entropy"]?.serialized() }).count == 6)
    #expect(
      copies.map { $0["entropy"]?.number.map { Float($0) } }
        == record["entropy"]?.array?.map { $0.number.map { Float($0) } })
  }

  /// Scores, exits and the best of a search too are those of `muninn sample` with the seed of the problem.
  @Test func scoresAreThoseOfSample() throws {
    let folder = try TemporaryFolder()
    let file = try folder.write("p.jsonl", #"{"prompt": "Two dozen eggs.", "answer": "24"}"#)
    let usual = [
      "--model", Fixtures.path("coconut-tiny"), "-r", "4", "--tokens", "4", "--noise", "1",
      "--judge", Fixtures.path("latentrm-tiny"), "--beam", "2", "--expand", "3", "--exit",
      "latent-diff=0.7",
    ]
    let record = try JSONValue(
      parsing: try lines(["--problems", file, "--samples", "4"] + usual)[1])
    let seed = try #require(record["sample_seed"]?.integer)
    let (status, out, error) = try Program.run(
      ["sample", "-p", "Two dozen eggs.", "-n", "4", "--sample-seed", "\(seed)", "--jsonl", "-"]
        + usual)
    #expect(status == 0, "\(error)")
    let all = try out.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
    let copies = all.prefix(4)
    for member in ["step_scores", "score", "exit"] {
      #expect(
        copies.map { $0[member]?.serialized() } == record[member]?.array?.map { $0.serialized() },
        "\(member)")
    }
    #expect(Set(copies.map { $0["exit"]?.serialized() }).count > 1)
    #expect(all.last?["exit_rule"]?.string == "latent-diff=0.7:mean")
    let search = all.first { $0["beam"] != nil }?["beam"]
    let beam = try #require(record["beam"])
    #expect(beam["step_scores"]?.serialized() == search?["step_scores"]?.serialized())
    #expect(beam["step_scores"]?.array?.count == 4)
    #expect(beam["answer"]?.serialized() == search?["answer"]?.serialized())
    let chosen = record["chosen"]
    for name in ["best-of-n-sum", "best-of-n-min", "lto", "weighted", "earliest-exit"] {
      #expect(
        chosen?[name]?["answer"]?.serialized()
          == all.last?["aggregates"]?[name]?["answer"]?.serialized(), "\(name)")
    }
  }

  /// The whole file is the same for one thread and two, for any batch, and put together from shards.
  @Test func shardsMergeToTheWhole() throws {
    let folder = try TemporaryFolder()
    let arguments = Self.demo + ["--samples", "8"]
    let (whole, merged) = (folder.file("whole.jsonl"), folder.file("merged.jsonl"))
    #expect(try eval(arguments + ["--threads", "1", "--jsonl", whole]).status == 0)
    var parts: [String] = []
    for index in 1...3 {
      let part = folder.file("part\(index).jsonl")
      let outcome = try eval(
        arguments + [
          "--shard", "\(index)/3", "--jsonl", part, "--threads", "2", "--batch", "\(index)",
          "--resume", folder.file("\(index).run"),
        ])
      #expect(outcome.status == 0, "\(outcome.error)")
      parts.append(part)
    }
    func text(_ path: String) throws -> String { try String(contentsOfFile: path, encoding: .utf8) }
    let lacking = try eval(["--merge"] + parts.dropLast())
    #expect(lacking.status != 0 && lacking.error.contains("shard 0/3"), "\(lacking.error)")
    let svg = folder.file("a.svg")
    let (status, out, error) = try eval(["--merge"] + parts + ["--jsonl", merged, "--svg", svg])
    #expect(status == 0 && out.contains("arith: arithmetic (operators) · 8 copies"), "\(error)")
    #expect(try text(merged) == text(whole))
    #expect(try text(svg).hasPrefix("<svg"))
    // Gone on from, it is what it was.
    let first = try text(parts[0])
    let again = try eval(
      arguments + [
        "--shard", "1/3", "--jsonl", parts[0], "--resume", folder.file("1.run"),
      ])
    #expect(again.status == 0, "\(again.error)")
    #expect(try text(parts[0]) == first)
  }

  @Test func resultsOfAnotherKindAreRefusedWithWhatDiffers() throws {
    let folder = try TemporaryFolder()
    let small = ["--task", "parity", "--difficulty", "2", "-n", "3"]
    func part(_ name: String, _ arguments: [String]) throws -> String {
      let path = folder.file(name)
      let outcome = try eval(small + arguments + ["--jsonl", path])
      #expect(outcome.status == 0, "\(outcome.error)")
      return path
    }
    let usual = ["--samples", "4", "--noise", "0.5", "-r", "2"]
    let first = try part("first", usual + ["--shard", "1/2"])
    let plain = try part("plain", ["-r", "2", "--shard", "2/2"])
    for (name, arguments, words) in [
      ("n", ["--samples", "5", "--noise", "0.5", "-r", "2"], "samples 5, not 4"),
      ("seed", usual + ["--sample-seed", "3"], "sample_seed \"3\", not \"0\""),
      (
        "noise", ["--samples", "4", "--noise", "0.25", "-r", "2"],
        "perturbations [\"noise 0.25\"], not [\"noise 0.5\"]"
      ),
      ("precision", usual + ["--precision", "int8"], "model \"demo"),
      ("r", ["--samples", "4", "--noise", "0.5", "-r", "3"], "r 3, not 2"),
    ] {
      let other = try part(name, arguments + ["--shard", "2/2"])
      let (status, out, error) = try eval(["--merge", first, other])
      #expect(status != 0 && out.isEmpty && error.contains(words), "\(error)")
    }
    let ofPlain = try eval(["--merge", first, plain])
    #expect(ofPlain.status != 0 && ofPlain.error.contains("without --samples"), "\(ofPlain.error)")
    let ofSamples = try eval(["--merge", plain, first])
    #expect(ofSamples.status != 0 && ofSamples.error.contains("with --samples"), "\(ofSamples)")
    // The same of files to go on from.
    let run = folder.file("a.run")
    #expect(try eval(small + usual + ["--resume", run]).status == 0)
    let more = try eval(small + usual + ["--samples", "5", "--resume", run])
    #expect(more.status != 0 && more.error.contains("samples 4, not 5"), "\(more.error)")
    let without = try eval(small + ["-r", "2", "--resume", run])
    #expect(without.status != 0 && without.error.contains("with or without --samples"))
  }

  @Test(arguments: [
    (["--noise", "1"], "--samples"), (["--samples", "0", "--noise", "1"], "--samples takes"),
    (["--samples", "10001", "--noise", "1"], "from 1 to 10000, not 10001"),
    (["--samples", "4"], "All copies would be the same"),
    (["--samples", "4", "--noise", "0"], "All copies would be the same"),
    (["--samples", "4", "--noise", "1", "-r", "1,2"], "takes one --r, not 2"),
    (["--samples", "4", "--noise", "1", "--seeds", "2"], "do not go with --samples"),
    (["--samples", "4", "--noise", "1", "--exit", "kl", "--exit", "cosine"], "takes one --exit"),
    (["--samples", "4", "--noise", "1", "--exit", "exit-gate"], "--exit knows entropy-diff"),
    (["--judge", "entropy"], "say how many with --samples"),
    (["--samples", "4", "--noise", "1", "--judge", "nobody"], "there is no \"nobody\""),
    (["--samples", "4", "--noise", "1", "--judge", "coe-c", "--beam", "2"], "none for its steps"),
    (["--samples", "4", "--noise", "1", "--beam", "2"], "--beam needs a judge of steps"),
    (["--samples", "4", "--noise", "1", "--beta", "2"], "--beta goes with --judge"),
    (
      ["--samples", "4", "--noise", "1", "--judge", Fixtures.path("latentrm-tiny")],
      "judges continuous thoughts"
    ),
    (
      [
        "--samples", "4", "--dropout", "0.1", "--held", "-r", "3", "--judge",
        Fixtures.path("latentrm-tiny"), "--beam", "2", "--model", Fixtures.path("coconut-tiny"),
      ], "--held does not go with --beam"
    ),
    (
      [
        "--samples", "1", "-r", "3", "--judge", Fixtures.path("latentrm-tiny"), "--beam", "2",
        "--model", Fixtures.path("coconut-tiny"),
      ], "All ways of a beam would be the same"
    ),
    (["--samples", "4", "--dropout", "1.5"], "not 1.5"),
    (["--samples", "4", "--held"], "go with --dropout"),
    (["--samples", "4", "--positions", "some", "--noise", "1"], "'all' and 'last'"),
    (["--samples", "4", "--test-time-noise", "cube=1"], "fixed, geom, sqrt, line, chi"),
    (["--samples", "4", "--sample-seed=-1", "--noise", "1"], "--sample-seed"),
    (
      ["--samples", "10000", "--noise", "1", "-r", "100000", "--batch", "10000"],
      "10000 copies side by side take about"
    ),
    (
      ["--samples", "2", "--starts", "--model", Fixtures.path("codi-tiny")],
      "(from embeddings); give --noise"
    ),
    (
      ["--samples", "2", "--noise-on-e", "1", "--model", Fixtures.path("codi-tiny")],
      "injects nothing"
    ),
  ]) func whatCannotBeIsSaid(arguments: [String], words: String) throws {
    let (status, out, error) = try eval(
      ["--task", "arith", "--difficulty", "2", "-n", "1"] + arguments)
    #expect(status != 0 && out.isEmpty && error.contains(words), "\(error)")
  }

  @Test func interruptionLeavesWhatWasDone() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("a.run")
    let terminal = try PseudoTerminal(
      [
        "eval", "--task", "parity", "--difficulty", "8", "-n", "100000", "-r", "64", "--samples",
        "8", "--noise", "0.1", "--threads", "1", "--resume", file,
      ], columns: 80, rows: 24)
    let lines = { (try? String(contentsOfFile: file, encoding: .utf8))?.split(separator: "\n") }
    Program.wait { (lines()?.count ?? 0) >= 3 }
    terminal.signal(SIGINT)
    #expect(terminal.end() == 130)
    #expect(terminal.text.contains("/100000 problems"), "\(terminal.text)")
    #expect(terminal.text.contains("goes on from there"), "\(terminal.text)")
  }
}
