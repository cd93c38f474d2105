import Checkpoints
import Foundation
import TestSupport
import Testing

@testable import muninn

/// `muninn sample --judge` and `muninn verify` with a judge, as a person runs them.
@Suite struct JudgeCommandTests {
  private static let coconut = [
    "sample", "--model", Fixtures.path("coconut-tiny"), "--prompt-ids", "39,72,198,509", "--noise",
    "0.5", "--tokens", "4", "--answer", "text",
  ]
  private static let judged = coconut + ["--judge", Fixtures.path("latentrm-tiny")]

  private func records(_ arguments: [String]) throws -> [JSONValue] {
    let (status, out, error) = try Program.run(arguments + ["--jsonl", "-"])
    #expect(status == 0 && error.isEmpty, "\(error)")
    return try out.split(separator: "\n").map { try JSONValue(parsing: String($0)) }
  }

  private func numbers(_ json: JSONValue?) -> [Double] { (json?.array ?? []).compactMap(\.number) }

  @Test func scoresOfStepsAreWrittenAndChooseTheBest() throws {
    let all = try records(Self.judged + ["-n", "16", "--threads", "1"])
    let copies = all.dropLast()
    #expect(copies.count == 16 && Set(copies.compactMap { $0["score"]?.number }).count > 8)
    for copy in copies {
      let steps = numbers(copy["step_scores"])
      #expect(steps.count == 6 && copy["score"]?.number == steps.reduce(0, +))
    }
    // Copies and their scores are the same whatever their number, batch and threads.
    for more in [["--threads", "2"], ["--batch", "3"], ["--batch", "1"]] {
      let fewer = try records(Self.judged + ["-n", "8"] + more).dropLast()
      #expect(fewer.map { $0.serialized() } == copies.prefix(8).map { $0.serialized() }, "\(more)")
    }
    func best(_ value: ([Double]) -> Double) -> String? {
      copies.max { value(numbers($0["step_scores"])) < value(numbers($1["step_scores"])) }?[
        "answer"]?
        .string
    }
    let aggregates = all.last?["aggregates"]
    #expect(aggregates?["best-of-n-sum"]?["answer"]?.string == best { $0.reduce(0, +) })
    #expect(aggregates?["best-of-n-last"]?["answer"]?.string == best { $0.last ?? 0 })
    #expect(aggregates?["best-of-n-min"]?["answer"]?.string == best { $0.min() ?? 0 })
    #expect(
      aggregates?["best-of-n-bce"]?["answer"]?.string
        == best { $0.reduce(0) { $0 - log1p(exp(-$1)) } })
    #expect(aggregates?["weighted"] != nil && aggregates?["lto"] != nil)
    #expect(aggregates?["beam"] == nil)
  }

  /// Without a judge there is no score, and nothing chooses by one.
  @Test func withoutAJudgeThereIsNoScore() throws {
    let all = try records(Self.coconut + ["-n", "2"])
    #expect(all[0]["score"]?.isNull == true && all[0]["step_scores"]?.isNull == true)
    #expect(all[2]["aggregates"]?["lto"] == nil && all[2]["aggregates"]?["weighted"] == nil)
  }

  @Test(arguments: ["coe-r", "coe-c", "residual", "entropy", "agreement"])
  func scoresWithoutTraining(name: String) throws {
    let all = try records([
      "sample", "-p", "37+85=", "--relative-noise", "1.5", "--tokens", "5", "-n", "9", "--judge",
      name,
    ])
    let copies = all.dropLast()
    #expect(copies.count == 9 && copies.allSatisfy { $0["step_scores"]?.isNull == true })
    for copy in copies {
      let score = try #require(copy["score"]?.number)
      switch name {
      case "entropy":
        #expect(abs(score + (try #require(copy["entropy"]?.number))) < 1e-6)
      case "agreement":
        let same = copies.filter { $0["answer"]?.string == copy["answer"]?.string }.count
        #expect(score == Double(same) / 9)
      default: #expect(score.isFinite)
      }
    }
    #expect(all.last?["aggregates"]?["best-of-n-sum"] != nil)
    #expect(all.last?["aggregates"]?["best-of-n-last"] == nil)
    if name == "agreement" {
      #expect(
        all.last?["aggregates"]?["best-of-n-sum"]?["answer"]?.serialized()
          == all.last?["aggregates"]?["majority"]?["answer"]?.serialized())
    }
  }

  @Test func beamsAreWrittenStepByStep() throws {
    let arguments = Self.judged + ["-n", "2", "--beam", "3", "--expand", "2"]
    let all = try records(arguments + ["--threads", "1"])
    #expect(all.count == 4)
    let beam = try #require(all[2]["beam"])
    #expect(beam["beams"]?.integer == 3 && beam["ways"]?.integer == 2)
    var totals = [0.0]
    let steps = try #require(beam["steps"]?.array)
    for step in steps {
      let scores = numbers(step["scores"])
      #expect(scores.count == totals.count * 2)
      let sums = scores.enumerated().map { totals[$0.offset / 2] + $0.element }
      #expect(numbers(step["totals"]) == sums)
      let kept = numbers(step["kept"]).map { Int($0) }
      #expect(kept == Array(sums.indices.sorted { sums[$0] > sums[$1] }.prefix(3)))
      totals = kept.map { sums[$0] }
    }
    #expect(steps.count == 6 && beam["score"]?.number == totals[0])
    #expect(numbers(beam["step_scores"]).reduce(0, +) == totals[0])
    #expect(all[3]["aggregates"]?["beam"]?["answer"]?.string == beam["answer"]?.string)
    #expect(
      try records(arguments + ["--threads", "2"]).map { $0.serialized() }
        == all.map { $0.serialized() })
    let text = try Program.run(arguments).out
    #expect(text.contains("· judged by latentrm-tiny") && text.contains("\nbeam   "), "\(text)")
    #expect(text.contains("the best of 3 beams, each going on in 2 ways, score "))
    let one = try Program.run(Self.judged + ["-n", "1", "--beam", "1", "--expand", "1"]).out
    #expect(one.contains("the best of 1 beam, each going on in 1 way, score "))
  }

  @Test(arguments: [
    (coconut + ["--beam", "2"], "give --judge with a reward model"),
    (coconut + ["--judge", "coe-r", "--beam", "2"], "coe-r has one score for a whole way"),
    (judged + ["--beam", "0"], "--beam takes a number from 1 to 1024, not 0"),
    (judged + ["--beam", "2", "--expand", "2000"], "--expand takes a number from 1 to 1024"),
    (judged + ["--expand", "2"], "--expand goes with --beam"),
    (coconut + ["--beta", "1"], "--beta goes with --judge"),
    (judged + ["--beta", "0"], "--beta takes a number above 0, not 0.0"),
    (judged + ["--dropout", "0.1", "--held", "--beam", "2"], "--held does not go with --beam"),
    (coconut + ["--judge", "nobody"], "or one of coe-r, coe-c, residual, entropy, agreement"),
    (coconut + ["--judge", Fixtures.path("coconut-tiny")], "classifier.weight"),
    (
      ["sample", "-p", "1+1=", "--noise", "1", "--judge", Fixtures.path("latentrm-tiny")],
      "judges continuous thoughts, and this model has none"
    ),
    (
      [
        "sample", "--model", Fixtures.path("codi-tiny"), "--prompt-ids", "44,382,509", "--noise",
        "1", "--judge", Fixtures.path("latentrm-tiny"),
      ], "width 64, and this model's have 32"
    ),
  ])
  func whatCannotBeJudgedIsSaid(arguments: [String], words: String) throws {
    let (status, out, error) = try Program.run(arguments)
    #expect(status != 0 && out.isEmpty && error.contains(words), "\(arguments): \(error)")
  }

  private func verify(_ more: [String]) throws -> (status: Int32, out: String, error: String) {
    let path = Fixtures.path("coconut-tiny")
    return try Program.run(["verify", "--model", path, "--reference", path, "--brief"] + more)
  }

  @Test func verifyComparesScoresAndBeams() throws {
    let (status, out, _) = try verify([])
    #expect(status == 0 && out.contains("judged by ") && out.contains("\nok: "))
    for kind in [
      "samples.rm_step_scores", "latentrm.total", "latentrm.best_of_n", "latentrm.weighted_vote",
      "beam.step_scores", "beam.cumulative", "beam.kept", "beam.best_thoughts", "beam.ids",
    ] { #expect(out.contains("\n\(kind) "), "\(kind)") }
    #expect(!out.contains("not compared"))
  }

  /// One weight of the judge that is off shows; without a judge it is said what was not compared.
  @Test func aWrongJudgeFailsAndAMissingOneIsSaid() throws {
    let wrong = try ModelCopy(of: "latentrm-tiny")
    try wrong.scale("classifier.weight", element: 5, by: 1.05)
    let (status, out, _) = try verify(["--judge", wrong.path])
    let off = out.split(separator: "\n").filter { $0.contains("FAIL ") }
    #expect(status != 0 && off.contains { $0.hasPrefix("samples.rm_step_scores ") }, "\(out)")
    #expect(off.contains { $0.hasPrefix("beam.step_scores ") })
    #expect(!off.contains { $0.hasPrefix("samples.thoughts ") })
    #expect(!out.contains("\nok: "))
    let alone = try TemporaryFolder()
    for file in ["golden.json", "golden.safetensors"] {
      try FileManager.default.copyItem(
        atPath: Fixtures.path("coconut-tiny/\(file)"), toPath: alone.file(file))
    }
    let none = try Program.run([
      "verify", "--model", Fixtures.path("coconut-tiny"), "--reference", alone.path, "--brief",
    ])
    #expect(none.status == 0 && !none.out.contains("judged by"))
    #expect(none.out.contains("not compared: beam.noise: a judge's, and none is here"))
    #expect(none.out.contains("not compared: samples.rm_step_scores: a judge's"))
  }
}
