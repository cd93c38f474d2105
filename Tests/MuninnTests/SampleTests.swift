import Checkpoints
import Foundation
import Glibc
import TestSupport
import Testing

@testable import muninn

/// `muninn sample` as a person runs it.
@Suite struct SampleTests {
  private static let demo = ["-p", "37+85=", "--relative-noise", "1.5", "--tokens", "5"]
  private static let codi = [
    "--model", Fixtures.path("codi-tiny"), "--prompt-ids", "373,420,292,16,17,13,509", "--noise",
    "1.4",
  ]

  private func run(_ arguments: [String]) throws -> (status: Int32, out: String, error: String) {
    try Program.run(["sample"] + arguments)
  }

  /// Records as they are written, the last with what was chosen apart.
  private func records(_ arguments: [String]) throws -> (copies: [String], last: JSONValue) {
    let (status, out, error) = try run(arguments + ["--jsonl", "-"])
    #expect(status == 0 && error.isEmpty, "\(error)")
    var lines = out.split(separator: "\n").map(String.init)
    let last = lines.popLast()
    return (lines, try JSONValue(parsing: try #require(last)))
  }

  /// A copy is the same whatever their number, the threads and the batch.
  @Test(arguments: [demo, codi, demo + ["--positions", "last"], codi + ["--dropout", "0.2"]])
  func copiesAreTheSameInAnyCompany(arguments: [String]) throws {
    let sixteen = try records(arguments + ["-n", "16", "--threads", "1"]).copies
    #expect(sixteen.count == 16 && Set(sixteen.map { $0.dropFirst(50) }).count > 3)
    for more in [
      ["-n", "8"], ["-n", "8", "--threads", "2"], ["-n", "8", "--batch", "1"],
      ["-n", "8", "--batch", "3"],
    ] {
      #expect(try records(arguments + more).copies == Array(sixteen.prefix(8)), "\(more)")
    }
    #expect(
      try records(arguments + ["-n", "8", "--sample-seed", "1"]).copies != Array(sixteen.prefix(8)))
  }

  /// The run without noise is beside the copies, whatever noise they have.
  @Test(arguments: ["0.01", "1.5", "3"])
  func greedyHasNoNoise(strength: String) throws {
    let last = try records([
      "-p", "37+85=", "--relative-noise", strength, "--tokens", "5", "-n", "2",
    ]).last
    let (status, out, _) = try Program.run([
      "generate", "-p", "37+85=", "-n", "5",
    ])
    #expect(status == 0)
    let answer = out.trimmingCharacters(in: .whitespacesAndNewlines)
    #expect(last["greedy"]?["answer"]?.string == answer)
  }

  /// What the last record says of the others, found once more from them.
  @Test(arguments: [demo, codi + ["--correct", "6"]])
  func theLastRecordFollowsFromTheOthers(arguments: [String]) throws {
    let (lines, last) = try records(arguments + ["-n", "24"])
    let copies = try lines.map { try JSONValue(parsing: $0) }
    #expect(copies.map { $0["copy"]?.integer } == Array(0..<24))
    let answers = copies.map { $0["answer"].flatMap { $0.string ?? $0.number.map { "\($0)" } } }
    var votes: [(answer: String, count: Int)] = []
    for answer in answers.compactMap({ $0 }) {
      if let place = votes.firstIndex(where: { $0.answer == answer }) {
        votes[place].count += 1
      } else {
        votes.append((answer, 1))
      }
    }
    #expect(votes.count > 1, "a vote that all agree in shows nothing")
    let most = votes.map(\.count).max()
    let winner = votes.first { $0.count == most }?.answer
    let chosen = last["aggregates"]?["majority"]?["answer"]
    #expect(chosen.flatMap { $0.string ?? $0.number.map { "\($0)" } } == winner)
    // The answer is known: the task's own, or the one given.
    let right = copies.filter { $0["correct"]?.bool == true }.count
    #expect((1..<24).contains(right) && copies.allSatisfy { $0["correct"]?.bool != nil })
    for count in [1, 2, 4, 8, 16, 24] {
      // 1 − C(24 − c, k) / C(24, k), by counting.
      let missed = (0..<count).reduce(1.0) {
        $0 * Double(max(0, 24 - right - $1)) / Double(24 - $1)
      }
      let said = try #require(last["coverage"]?["\(count)"]?.number)
      #expect(abs(said - (1 - missed)) < 1e-12, "pass@\(count)")
    }
    #expect(last["random"]?["correct"]?.number == Double(right) / 24)
    let surest = copies.enumerated().min {
      ($0.element["entropy"]?.number ?? .infinity) < ($1.element["entropy"]?.number ?? .infinity)
    }
    let lowest = last["aggregates"]?["lowest-entropy"]?["answer"]
    #expect(lowest?.serialized() == surest?.element["answer"]?.serialized())
  }

  @Test func aSettledVoteEndsIt() throws {
    let arguments = [
      "-p", "37+85=", "--relative-noise", "0.1", "--tokens", "5", "-n", "64", "--settled",
    ]
    let (copies, last) = try records(arguments)
    // More than half agree, eight at a time.
    #expect(copies.count == 40 && last["copies"]?.integer == 40)
    #expect(last["wanted"]?.integer == 64 && last["settled"]?.bool == true)
    let text = try run(arguments).out
    #expect(text.hasPrefix("40 of 64 copies of 12 iterations · the majority is settled"), "\(text)")
    let whole = try records(Self.demo + ["-n", "8"]).last
    #expect(whole["copies"]?.integer == 8 && whole["wanted"]?.integer == 8)
  }

  /// What cannot be is refused, with the number and with what would work.
  @Test(arguments: [
    (["-p", "1+1="], "All copies would be the same"),
    (["-p", "1+1=", "--noise", "0"], "All copies would be the same"),
    (["-p", "1+1=", "--noise=-0.5"], "not -0.5"), (["-p", "1+1=", "--dropout", "1"], "not 1.0"),
    (["-p", "1+1=", "--noise", "nan"], "not nan"), (["-p", "1+1=", "--held"], "go with --dropout"),
    (["-p", "1+1=", "--test-time-noise", "cube=1"], "fixed, geom, sqrt, line, chi"),
    (["-p", "1+1=", "--noise", "1", "-n", "0"], "--copies takes a number from 1"),
    (["-p", "1+1=", "--start-scale=-1"], "not -1.0"),
    (codi + ["--noise-on-e", "0.5"], "injects nothing; give noise or relative-noise"),
    (codi + ["--test-time-noise", "geom=1"], "norm of Huginn's core, which this model lacks"),
    (codi + ["--starts"], "not (from embeddings); give --noise"),
    (codi + ["--steps", "200"], "this model has 160"),
    (["-p", "1+1=", "--zero-state", "--starts"], "not (zero start); give --noise"),
    (
      [
        "-p", "1+1=", "--noise", "1", "-r", "100000", "--tokens", "200", "-n", "60000", "--batch",
        "60000",
      ],
      "60000 copies side by side take about"
    ),
  ])
  func whatCannotBeIsSaid(arguments: [String], words: String) throws {
    let (status, out, error) = try run(arguments)
    #expect(status != 0 && out.isEmpty && error.contains(words), "\(arguments): \(error)")
  }

  @Test func theLevelOfNoiseIsSaid() throws {
    let text = try run(Self.codi + ["-n", "2"]).out
    #expect(
      text.firstMatch(of: /^2 copies of 6 thoughts · noise 1.4 \((\d\.\d+) of the size\)/) != nil)
  }

  /// Copies that are done are kept when it is stopped, and the file is whole.
  @Test func anInterruptedRunKeepsTheCopiesThatAreDone() throws {
    let folder = try TemporaryFolder()
    let file = folder.file("copies.jsonl")
    let terminal = try PseudoTerminal(
      [
        "sample", "-p", "37+85=", "--relative-noise", "0.1", "-n", "100000", "-r", "200", "--batch",
        "2", "--threads", "1", "--jsonl", file,
      ], columns: 80, rows: 24)
    #expect(terminal.wait { $0.text.contains("/100000 copies") })
    terminal.signal(SIGINT)
    #expect(terminal.end() == 130)
    #expect(terminal.text.contains("of 100000 copies"), "\(terminal.text)")
    let lines = try String(contentsOfFile: file, encoding: .utf8).split(separator: "\n")
    let last = try JSONValue(parsing: String(try #require(lines.last)))
    #expect(last["copies"]?.integer == lines.count - 1 && lines.count > 2)
    #expect(last["wanted"]?.integer == 100_000 && last["aggregates"]?["majority"] != nil)
  }
}
