import Checkpoints
import ParallelScaling
import TestSupport
import Testing
import Trajectories

@testable import Evaluation

/// Files and reports of what copies came to, made up, cut and changed.
@Suite struct SampledFileTests {
  private static let group = ProblemGroup(task: "arith", difficulty: 8, form: .latent)

  private func plan(_ samples: Int = 4) -> SampledPlan {
    SampledPlan(
      model: "m", problems: ProblemSet(kind: .exact, problems: []), samples: samples,
      iterations: 5, start: .seed(0))
  }

  /// Four problems: of the copies of each so many are right.
  private func table(_ shard: Shard = .whole) -> SampledTable {
    let answers: [[String?]] = [
      ["1", "1", "1", "1"], ["2", "1", "1", nil], ["2", "3", nil, nil], ["3", "3", "2", "4"],
    ]
    let records = answers.enumerated().filter { shard.contains($0.offset) }.map { number, answers in
      SampledRecord(
        number: number, group: Self.group,
        outcome: .answered(
          SampledRecord.Sample(
            key: .text("1"), seed: 7, firstSeed: nil,
            rollouts: answers.enumerated().map { copy, answer in
              Rollout(
                copy: copy, answer: answer.map { .text($0) }, residuals: [0.5, 0.25],
                entropy: Double(copy))
            }, lost: 0, greedy: .text(number < 3 ? "1" : "2"))))
    }
    return SampledTable(plan(), records: records.reversed())
  }

  private func lines(_ shard: Shard = .whole) -> [[UInt8]] {
    var lines: [[UInt8]] = []
    SampledFile.write(table(shard), shard: shard, problems: 4) { lines.append(Array($0.utf8)) }
    return lines
  }

  private func complaint(_ parts: [[[UInt8]]]) -> String {
    do {
      var merged = MergedSamples()
      for (index, part) in parts.enumerated() {
        var rest = part[...]
        try merged.add(name: "part-\(index).jsonl") { rest.popFirst() }
      }
      let (table, problems) = try merged.finish()
      var written: [[UInt8]] = []
      SampledFile.write(table, shard: .whole, problems: problems) {
        written.append(Array($0.utf8))
      }
      return written == lines() ? "none" : "others"
    } catch {
      return "\(error)"
    }
  }

  private func shards() throws -> [Shard] {
    try [0, 1].map { try #require(Shard("\($0)/2")) }
  }

  @Test func aTableSaysWhatCopiesBuy() {
    let tally = table().tally(of: Self.group)
    #expect(tally.byRight == [2, 0, 1, 0, 1] && tally.greedyRight == 3 && tally.unreadable == 3)
    #expect(tally.random?.mean == 0.375 && tally.coverage(4)?.mean == 0.5)
    let expected = """
      arith: arithmetic (operators) · 4 copies, r = 5
       level     n     greedy     random     pass@1     pass@2     pass@4  no answer  distinct
           8     4       0.75       0.38       0.38       0.46       0.50     18.8 %       2.0
              95 %  0.30–0.95  0.11–0.76  0.11–0.76  0.14–0.82  0.15–0.85

       level  chosen by            right        95 %  of the first     1     2     4
           8  greedy                0.75   0.30–0.95
           8  random                0.38   0.11–0.76
           8  majority              0.50   0.15–0.85                0.25  0.25  0.50
      """
    let lines = SampledReport(table()).lines
    #expect(lines.prefix(9).joined(separator: "\n") == expected)
    #expect(lines.contains("level 8: coverage, and what is chosen among the first n copies"))
    #expect(lines.last == "     a coverage  b majority  c greedy  d random")
    let svg = SampledChart(table(), title: "a < b").svg
    #expect(svg.contains("<title>a &lt; b</title>") && svg.split(separator: "<polyline").count == 5)
    #expect(svg.split(separator: "<polygon").count == 3, "bands of coverage and majority")
  }

  /// An aggregator that lacks what it needs in one problem is wrong there, and says where it chose.
  @Test func whatCannotChooseIsNotRight() throws {
    let whole = table()
    let mute = SampledRecord(
      number: 4, group: Self.group,
      outcome: .answered(
        SampledRecord.Sample(
          key: .text("1"), seed: 7, firstSeed: nil,
          rollouts: (0..<4).map { Rollout(copy: $0, answer: .text("1")) }, lost: 0, greedy: nil)))
    let table = SampledTable(plan(), records: whole.records + [mute])
    let tally = table.tally(of: Self.group)
    let entropy = try #require(tally.choices.first { $0.aggregator == "lowest-entropy" })
    #expect(entropy.chose == 4 && tally.problems == 5)
    #expect(tally.accuracy(entropy, 2)?.share == 0.2)
    #expect(SampledReport(table).lines.contains { $0.hasSuffix("could choose in 4") })
  }

  @Test func differencesOfPlansAreSaid() {
    func words(_ change: (inout [String]) -> Void, copies: Int = 4) -> String {
      var names = (1...20).map { "aggregator-\($0)" }
      func plan(_ names: [String], _ copies: Int) -> JSONValue {
        .object([
          JSONMember("samples", .integer(copies)),
          JSONMember("aggregators", .array(names.map { .string($0) })),
        ])
      }
      let own = plan(names, 4)
      change(&names)
      return PlanDifference.words(plan(names, copies), beside: own)
    }
    #expect(words({ _ in }) == "")
    #expect(words({ _ in }, copies: 8) == "samples 8, not 4")
    #expect(words { $0[18] = "new" } == #"aggregators ["new"], not ["aggregator-19"]"#)
    #expect(PlanDifference.words(.null, beside: .object([])) == "no plan")
  }

  @Test func shardsAddUpInAnyOrder() throws {
    let parts = try shards().map(lines)
    #expect(complaint(parts) == "none" && complaint(parts.reversed()) == "none")
    #expect(complaint([lines()]) == "none")
    #expect(complaint([parts[0]]) == "--merge lacks the results of shard 1/2.")
    #expect(complaint([parts[0], parts[0]]).contains("which part-0.jsonl holds already"))
    #expect(complaint([]).contains("was given no files"))
    #expect(complaint([[]]).contains("holds no results"))
    #expect(complaint([parts[0] + parts[1]]).contains("stands behind the totals"))
  }

  @Test func aCutOrChangedPartIsRefused() throws {
    let parts = try shards().map(lines)
    for place in parts[0].indices {
      var lost = parts[0]
      lost.remove(at: place)
      #expect(complaint([lost, parts[1]]).hasPrefix("part-0.jsonl, line "), "\(place)")
      for byte in stride(from: 0, to: parts[0][place].count, by: 7) {
        var changed = parts[0]
        changed[place][byte] ^= 1
        #expect(
          complaint([changed, parts[1]]).hasPrefix("part-0.jsonl, line \(place + 1) "),
          "\(place) \(byte)")
      }
    }
    var swapped = parts[0]
    swapped.swapAt(1, 2)
    #expect(complaint([swapped]).contains("is of problem 3, where problem 1 should be"))
  }

  /// Numbers and texts that were never written, under a check that fits.
  @Test func whatCannotBeIsRefusedOrAddsUp() throws {
    let own = lines()
    let mark = plan().document.serialized()
    for place in [0, 1] {
      guard let document = CheckedLine.open(own[place], file: place == 0 ? "" : mark),
        let members = document.members?.filter({ $0.name != "check" })
      else { throw ResultFailure(name: "", line: nil, problem: "no line") }
      for damaged in JSONDamage.all(of: .object(members)).compactMap(\.members) {
        var changed = own
        changed[place] = Array(CheckedLine.seal(damaged, file: place == 0 ? "" : mark).utf8)
        let words = complaint([changed])
        #expect(!words.contains("\u{1B}") && !words.isEmpty)
      }
    }
    // What is said to be right must be.
    let lie = String(decoding: own[2], as: UTF8.self).replacing(
      "\"correct\":[false,true", with: "\"correct\":[true,true")
    guard let document = try? JSONValue(parsing: lie) else {
      throw ResultFailure(name: "", line: nil, problem: "no line")
    }
    let members = (document.members ?? []).filter { $0.name != "check" }
    var changed = own
    changed[2] = Array(CheckedLine.seal(members, file: mark).utf8)
    #expect(changed[2] != own[2] && complaint([changed]).contains("cannot be"))
  }
}
