import Checkpoints
import Foundation
import Glibc
import Rewards
import TestSupport
import Testing

@testable import muninn

/// `muninn reward collect` and `score` as a person or a cluster runs them.
@Suite struct RewardCommandTests {
  private static let demo = [
    "--task", "arith", "--difficulty", "6", "-n", "12", "-r", "4", "--relative-noise", "0.6",
    "--samples", "4", "--completions", "6",
  ]

  private func collect(
    _ arguments: [String]
  ) throws -> (status: Int32, out: String, error: String) {
    try Program.run(["reward", "collect"] + arguments)
  }

  private func bytes(_ path: String) throws -> [UInt8] {
    [UInt8](try Data(contentsOf: URL(fileURLWithPath: path)))
  }

  @Test func aWholeShardsAndThreadsGiveTheSameBytes() throws {
    let folder = try TemporaryFolder()
    let whole = folder.file("whole.safetensors")
    let (status, out, error) = try collect(Self.demo + ["--out", whole])
    #expect(status == 0 && error.isEmpty, "\(error)")
    let own = try bytes(whole)
    #expect(!FileSystem.exists(whole + ".part"))
    let data = try RewardData(path: whole)
    #expect((data.rollouts, data.steps, data.width) == (4, 4, 128))
    #expect(out.contains("\(data.questions.count) of 12 problems"), "\(out)")
    #expect(data.questions.flatMap(\.labels).contains { $0 > 0 && $0 < 1 })
    let again = try collect(Self.demo + ["--out", whole])
    #expect(again.status == 0 && again.error.contains("complete already") && again.out == out)
    let parts = (0..<3).map { folder.file("part-\($0)") }
    for (index, part) in parts.enumerated() {
      let done = try collect(
        Self.demo + ["--shard", "\(index)/3", "--threads", "1", "--batch", "5", "--out", part])
      #expect(done.status == 0, "\(done.error)")
    }
    let merged = folder.file("merged")
    let together = try collect(["--merge"] + parts.reversed() + ["--out", merged])
    #expect(together.status == 0 && together.out == out && together.error.isEmpty)
    #expect(try bytes(merged) == own)
    let lacking = try collect(["--merge"] + parts.dropLast() + ["--out", folder.file("x")])
    #expect(lacking.status != 0 && lacking.error.contains("lacks the results of shard 2/3"))
    #expect(!FileSystem.exists(folder.file("x")))
  }

  /// Killed when some problems are done, its journal cut anywhere, and gone on with.
  @Test func aKilledRunGoesOnToTheSameBytes() throws {
    let folder = try TemporaryFolder()
    let (whole, cut) = (folder.file("whole"), folder.file("cut"))
    #expect(try collect(Self.demo + ["--out", whole]).status == 0)
    let own = try bytes(whole)
    // A second name, by which the journal stays even if the run should be over before it is killed.
    let kept = folder.file("kept")
    try #require(link(try folder.write("cut.part", ""), kept) == 0)
    let process = Process()
    process.executableURL = URL(fileURLWithPath: try PseudoTerminal.program())
    process.arguments = ["reward", "collect", "--threads", "1", "--out", cut] + Self.demo
    try process.run()
    func lines() -> Int {
      (try? bytes(kept))?.filter { $0 == UInt8(ascii: "\n") }.count ?? 0
    }
    Program.wait { lines() >= 4 || !process.isRunning }
    kill(process.processIdentifier, SIGKILL)
    process.waitUntilExit()
    let journal = try bytes(kept)
    let first = try #require(journal.firstIndex(of: UInt8(ascii: "\n")))
    // Nothing, in the head, behind it, inside a line, and as it was left.
    for length in [0, first / 2, first + 1, (first + journal.count) / 2, journal.count] {
      try folder.write("cut.part", Array(journal.prefix(length)))
      let (status, _, error) = try collect(Self.demo + ["--out", cut])
      #expect(status == 0 && error.isEmpty, "\(error)")
      #expect(try bytes(cut) == own, "\(length)")
      #expect(!FileSystem.exists(cut + ".part"))
    }
    // What failed before it had a result leaves nothing in the way.
    let failed = try collect([
      "--model", Fixtures.path("coconut-tiny"), "--problems",
      folder.write("q.jsonl", "{\"question\": \"Two dozen eggs.\", \"answer\": \"#### 24\"}"),
      "--noise", "1", "-r", "600", "--out", folder.file("failed"),
    ])
    #expect(failed.status != 0 && failed.error.contains("a position of its own"))
    #expect(!FileSystem.exists(folder.file("failed.part")))
    // Of another run it is refused, and stays.
    try folder.write("cut.part", journal)
    let other = try collect(Self.demo + ["--sample-seed", "1", "--out", cut])
    #expect(other.status != 0 && other.error.contains("sample_seed"), "\(other.error)")
    #expect(try bytes(cut + ".part") == journal && bytes(cut) == own)
  }

  @Test(arguments: [
    (["--task", "arith"], "All copies would be the same"),
    (["--task", "arith", "--starts"], "All completions of a prefix would be the same"),
    (["--noise", "1"], "Give --task NAME"),
    (["--task", "arith", "--noise", "1", "--samples", "1"], "--samples takes a number from 2"),
    (["--task", "arith", "--noise", "1", "--completions", "0"], "--completions takes a number"),
    (["--task", "arith", "--noise", "1", "--shard", "3/2"], "--shard takes a part"),
    (["--merge", "a", "--task", "arith"], "--merge goes with --out alone"),
    (["--merge", "/nowhere"], "/nowhere"),
  ])
  func whatCannotBeIsRefused(arguments: [String], words: String) throws {
    let folder = try TemporaryFolder()
    let (status, out, error) = try collect(arguments + ["--out", folder.file("a")])
    #expect(status != 0 && out.isEmpty && error.contains(words), "\(error)")
    #expect(!FileSystem.exists(folder.file("a")) && !FileSystem.exists(folder.file("a.part")))
  }

  @Test func aFileOfNoRolloutsIsNoFileOfRollouts() throws {
    let folder = try TemporaryFolder()
    let none = folder.file("none")
    let (status, out, error) = try collect(
      ["--task", "arith", "--difficulty", "1", "-n", "2", "--noise", "0.0001", "--out", none])
    #expect(status == 0 && out.contains("0 of 2 problems") && error.contains("no problem was kept"))
    #expect(throws: RewardDataError.self) { try RewardData(path: none) }
    #expect(try CollectedFile(path: none).records.count == 2)
    #expect(try collect(["--task", "arith", "--noise", "1", "--out", "-"]).status != 0)
  }

  @Test func aJudgeIsHeldAgainstRollouts() throws {
    let folder = try TemporaryFolder()
    let judge = ["reward", "score", "--judge", Fixtures.path("latentrm-tiny")]
    let file = folder.file("a.safetensors")
    let width = 64
    let writer = try SafetensorsWriter(
      path: file,
      entries: [
        .init("0.input_ids", shape: [3], type: .int32),
        .init("0.latent_embeds", shape: [4, 2, width]), .init("0.estimations", shape: [4, 2]),
        .init("0.corrects", shape: [4], type: .int32),
      ])
    try writer.append(integers: [1, 2, 3])
    try writer.append((0..<8 * width).map { Float($0 % 11) / 5 - 1 })
    try writer.append([0, 0.25, 0.5, 0.75, 1, 0, 0, 0])
    try writer.append(integers: [0, 1, 0, 0])
    try writer.finish()
    let (status, out, error) = try Program.run(judge + [file])
    #expect(status == 0 && error.isEmpty, "\(error)")
    #expect(out.hasPrefix("1 question, 4 rollouts each, 1 of 4 right, 2 steps\n"), "\(out)")
    #expect(out.contains("\nrandom                 0.25"), "\(out)")
    let records = try Program.run(judge + [file, "--jsonl", "-"]).out.split(separator: "\n").map {
      try JSONValue(parsing: String($0))
    }
    #expect(records.count == 4 && records[1]["correct"]?.bool == true)
    #expect(records[1]["labels"]?.array?.map(\.number) == [0.5, 0.75])
    let steps = try #require(records[3]["step_scores"]?.array).compactMap(\.number)
    #expect(steps.count == 2 && records[3]["score"]?.number == steps.reduce(0, +))
    // The rollouts of another model.
    let other = folder.file("b")
    #expect(try collect(Self.demo + ["--out", other]).status == 0)
    let refused = try Program.run(judge + [other])
    #expect(refused.status != 0 && refused.error.contains("width"), "\(refused.error)")
  }
}
