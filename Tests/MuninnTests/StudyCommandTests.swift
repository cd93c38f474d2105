import Checkpoints
import Foundation
import ParallelScaling
import TestSupport
import Testing

@testable import muninn

/// `muninn study` on a plan of seconds.
@Suite struct StudyCommandTests {
  private static let plan = """
    {"name": "Tiny", "seeds": [1, 2], "copies": [1, 2, 8],
     "judges": [{"name": "contrastive", "epochs": 2, "searches": true},
       {"name": "untrained", "epochs": 0}, {"name": "probe", "backbone": "probe", "epochs": 1}],
     "settings": [{"name": "demo", "task": "arith", "levels": [6], "steps": 3, "questions": 8, "beams": 2,
       "samplers": [{"name": "noise", "kind": "relative-noise", "strengths": [0.5, 1],
         "learning": {"strength": 1, "questions": 40, "rollouts": 4, "completions": 2}}]}],
     "quick": {"seeds": 1, "questions": 4, "learning": 40, "completions": 1, "epochs": 1}}
    """

  private let folder: TemporaryFolder
  private let file: String

  init() throws {
    folder = try TemporaryFolder()
    file = folder.file("plan.json")
    try Self.plan.write(toFile: file, atomically: true, encoding: .utf8)
  }

  private func study(
    _ out: String, _ arguments: [String] = []
  ) throws -> (status: Int32, out: String, error: String) {
    try Program.run(["study", file, "--out", folder.file(out)] + arguments)
  }

  private func text(_ path: String) throws -> String {
    try String(contentsOfFile: folder.file(path), encoding: .utf8)
  }

  /// Pieces that are lost, cut in the middle or whole are gone on with to the same bytes, with any number of
  /// threads.
  @Test func aCutStudyGoesOnToTheSameBytes() throws {
    let whole = try study("whole", ["--threads", "2"])
    #expect(whole.status == 0, "\(whole.error)")
    #expect(whole.out.contains("demo, noise: coverage against copies"))
    let cell = "cells/demo.noise-1.0.2.run"
    for name in ["a", "b"] {
      try FileManager.default.copyItem(
        atPath: folder.file("whole"), toPath: folder.file(name))
      for lost in ["tables.md", "tables.json", "recall.svg"] {
        try FileManager.default.removeItem(atPath: folder.file("\(name)/\(lost)"))
      }
    }
    let bytes = Array(try text("a/" + cell).utf8)
    try Data(bytes.prefix(bytes.count * 2 / 3)).write(
      to: URL(fileURLWithPath: folder.file("a/" + cell)))
    for lost in ["rollouts", "judges", "cells"] {
      try FileManager.default.removeItem(atPath: folder.file("b/\(lost)"))
    }
    for (name, threads) in [("a", "1"), ("b", "1")] {
      let again = try study(name, ["--threads", threads])
      #expect(again.status == 0 && again.out == whole.out, "\(again.error)")
      for file in ["tables.md", "tables.json", "coverage.svg", "recall.svg", "drift.svg"] {
        #expect(try text("\(name)/\(file)") == text("whole/\(file)"), "\(name)/\(file)")
      }
    }
  }

  /// What tables say of coverage, majority and recall is found again in the records, by other means.
  @Test func tablesAreWhatRecordsSay() throws {
    #expect(try study("out").status == 0)
    let tables = try JSONValue(parsing: text("out/tables.json"))
    for result in tables["results"]?.array ?? [] {
      let strength = try #require(result["strength"]?.number)
      var (coverage, majority, best, count) = (0.0, 0.0, 0.0, 0.0)
      for seed in 1...2 {
        for line in try text("out/cells/demo.noise-\(strength).\(seed).run").split(separator: "\n")
          .dropFirst()
        {
          let record = try JSONValue(parsing: String(line))
          let key = try #require(record["key"]?.string)
          let answers = (record["answers"]?.array ?? []).map { $0.string ?? "" }
          let scores = (record["step_scores"]?.array?.first?.array ?? []).map { steps in
            (steps.array ?? []).reduce(0) { $0 + ($1.number ?? 0) }
          }
          #expect(answers.count == 8 && scores.count == 8)
          coverage += answers.contains(key) ? 1 : 0
          let votes = answers.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
          let most = votes.values.max()
          majority += answers.first { votes[$0] == most } == key ? 1 : 0
          let top = scores.firstIndex { $0 == scores.max() }
          best += top.map { answers[$0] } == key ? 1 : 0
          count += 1
        }
      }
      #expect(count == 16)
      func mean(_ value: JSONValue?) -> Double? { value?.array?.last?.array?.first?.number }
      func chosen(_ aggregator: String, _ judge: String?) -> Double? {
        mean(
          result["chosen"]?.array?.first {
            $0["aggregator"]?.string == aggregator && $0["judge"]?.string == judge
          }?["accuracy"])
      }
      func isNear(_ a: Double?, _ b: Double) -> Bool { a.map { abs($0 - b) < 1e-4 } ?? false }
      #expect(isNear(mean(result["coverage"]), coverage / count))
      #expect(isNear(chosen("majority", nil), majority / count))
      #expect(isNear(chosen("best-of-n-sum", "contrastive"), best / count))
    }
    #expect(tables["results"]?.array?.count == 2)
  }

  @Test func quickDoesLess() throws {
    let quick = try study("quick", ["--quick"])
    #expect(quick.status == 0, "\(quick.error)")
    #expect(try text("quick/tables.md").contains("1 draw; "))
    #expect(try text("quick/tables.md").contains(" 4 questions; "))
  }

  /// A folder of another plan is not mixed with this one.
  @Test func anotherPlanIsRefused() throws {
    #expect(try study("out", ["--quick"]).status == 0)
    let other = try study("out")
    #expect(other.status != 0 && other.error.contains("another plan"), "\(other.error)")
    try "{}".write(toFile: file, atomically: true, encoding: .utf8)
    let empty = try study("x")
    #expect(empty.status != 0 && empty.error.contains("name is missing"), "\(empty.error)")
    #expect(!FileSystem.exists(folder.file("x")))
  }
}
