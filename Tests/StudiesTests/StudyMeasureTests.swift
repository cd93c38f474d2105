import ParallelScaling
import Testing

@testable import Studies

/// Numbers of reports, by hand.
@Suite struct StudyMeasureTests {
  private func isNear(_ a: Double?, _ b: Double) -> Bool { a.map { abs($0 - b) < 1e-9 } ?? false }

  /// 4 copies of two questions: 1 and 2 right.
  private let sample = Synthetic.sample(
    [
      Synthetic.copies(
        ["7", "7", "7", "3"], key: "3", greedy: "7", scores: [[0, 1], [1, 0], [0, 0], [2, 3]],
        entropies: [2, 1, 3, 4]),
      Synthetic.copies(
        ["5", "5", nil, "1"], key: "5", greedy: "5", scores: [[0, 0], [0, 0], [9, 9], [1, 0]],
        entropies: [0.5, 2, 3, 4]),
    ], counts: [1, 2, 4])

  @Test func choicesAreMadeInEveryGroupOfCopies() throws {
    let choices = sample.choices()
    func right(_ aggregator: String, _ judge: String? = nil) throws -> [[Double]] {
      try #require(choices.first { $0.aggregator == aggregator && $0.judge == judge }).right
    }
    // Of one copy the mean; of two 7 7 and 7 3, 5 5 and nothing 1; of four 7 and 5.
    #expect(try right("majority") == [[0.25, 0.5], [0, 0.5], [0, 1]])
    // 3 has the largest sum, and so does the copy that answers nothing.
    #expect(try right("best-of-n-sum", "judge") == [[0.25, 0.5], [0.5, 0.5], [1, 0]])
    #expect(try right("lowest-entropy") == [[0.25, 0.5], [0, 0.5], [0, 1]])
    // Agreement is votes.
    #expect(try right("best-of-n-sum", "agreement") == right("majority"))
    #expect(choices.map(\.name).count == Set(choices.map(\.name)).count)
  }

  @Test func coverageAndGuessing() {
    #expect(sample.coverage(1) == [0.25, 0.5] && sample.coverage(4) == [1, 1])
    let guessing = Guessing(sample)
    #expect(guessing.answers == 2)
    // One of two answers: 1 − 0.5ⁿ.
    #expect(guessing.uniform == [0.5, 0.75, 0.9375])
    // 3 is 1 of 8 copies, 5 is 2 of 8.
    #expect(isNear(guessing.marginal[0], (1.0 / 8 + 2.0 / 8) / 2))
    #expect(isNear(guessing.marginal[1], (1 - 49.0 / 64 + 1 - 36.0 / 64) / 2))
    // No copy of the first question says 5, none of the second 3.
    #expect(guessing.other == [0, 0, 0])
    let mixed = Synthetic.sample(
      [
        Synthetic.copies(["1", "2"], key: "1"), Synthetic.copies(["1", "3"], key: "2"),
        Synthetic.copies(["2", "2"], key: "1"),
      ], counts: [1, 2])
    // Pairs of copies and keys of other questions: 12 for 2 and 1, 13 for 1 and 1, 22 for 1 and 2.
    #expect(isNear(Guessing(mixed).other[0], (0.5 + 0.5 + 0.5 + 0.5 + 0 + 1) / 6))
    #expect(isNear(Guessing(mixed).other[1], (1.0 + 1 + 1 + 1 + 0 + 1) / 6))
  }

  @Test func judgesTellRightFromWrong() throws {
    let all = Discrimination.all(sample)
    let judge = try #require(all.first { $0.judge == "judge" })
    // 3 is above all; of two right ones with 0 one is beside 18 and one beside 1.
    #expect(judge.area == [1, 0] && judge.recall == [1, 0])
    let entropy = try #require(all.first { $0.judge == "entropy" })
    #expect(entropy.area == [0, 1] && entropy.recall == [0, 1])
    #expect(Discrimination.random(sample) == [0.25, 0.5])
    #expect(Discrimination.measure([(true, 1), (true, 2)]) == nil)
    // Equal scores count half, and the share of the best that is right.
    let tied = try #require(Discrimination.measure([(true, 1), (false, 1), (false, 0)]))
    #expect(tied.area == 0.75 && tied.recall == 0.5)
  }

  /// A score that knows gets its weight, and one that does not gets none.
  @Test func aBlendFindsWhatSaysSomething() throws {
    let questions = (0..<20).map { number -> StudyRecord.Copies in
      let right = number % 4
      return Synthetic.copies(
        (0..<4).map { $0 == right ? "y" : "n" }, key: "y",
        scores: (0..<4).map { [$0 == right ? 1 : 0] },
        entropies: (0..<4).map { Double(($0 * 7 + number * 3) % 5) })
    }
    let sample = Synthetic.sample(questions, counts: [1, 4])
    let blend = Blend("all", of: ["agreement", "judge", "entropy", "nobody"], in: sample)
    #expect(blend.parts == ["agreement", "judge", "entropy"])
    #expect(blend.weights[1] > 1 && abs(blend.weights[2]) < 0.3, "\(blend.weights)")
    #expect(blend.right == [Array(repeating: 0.25, count: 20), Array(repeating: 1, count: 20)])
    #expect(Blend("vote", of: ["agreement"], in: sample).right[1].allSatisfy { $0 <= 1 })
  }

  @Test func intervalsOfDifferencesHoldZeroWhereNothingDiffers() throws {
    let none = try #require(StudyInterval(differences: Array(repeating: 0, count: 50)))
    #expect(none.mean == 0 && none.lower < 0 && none.upper > 0 && none.sign == 0)
    let better = try #require(
      StudyInterval(differences: (0..<100).map { $0 % 5 == 0 ? 0 : 1 }))
    #expect(isNear(better.mean, 0.8) && better.sign == 1)
    #expect(StudyInterval([]) == nil)
  }

  @Test func aSummaryHoldsWhatItsTablesShow() throws {
    let kind = try #require(PerturbationKind.named("noise"))
    let sampler = StudySampler(name: "noise", kind: kind, strengths: [2])
    let summary = StudySummary(
      sample, setting: "some", sampler: sampler, strength: 2,
      blends: [("vote and judge", ["agreement", "judge"])])
    #expect(summary.greedy?.mean == 0.5 && summary.mixed == 2 && summary.questions == 2)
    #expect(summary.row("majority")?.accuracy.last??.mean == 0.5)
    #expect(summary.row("best-of-n-sum", "judge")?.beyondMajority?.mean == 0)
    #expect(summary.driftRatio == [0.25] && summary.diversity == 0.25)
    #expect(summary.coverage.map { $0?.mean } == [0.375, 2.0 / 3, 1])
    let plan = StudyPlan(
      name: "A study", seeds: [1], counts: [1, 2, 4], judges: [],
      settings: [
        StudySetting(
          name: "some", task: "arith", levels: [7], steps: 5, questions: 2, samplers: [sampler])
      ])
    let tables = StudyTables([summary], plan: plan).lines
    #expect(tables.contains { $0.hasPrefix("| noise | 2.0 | 0.38 (") }, "\(tables)")
    #expect(tables.contains { $0.hasPrefix("| judge: best-of-n-sum | 0.38 | 0.50 | 0.50 (") })
    // Every row of a table has as many cells as its head.
    for (line, before) in zip(tables.dropFirst(), tables)
    where line.hasPrefix("| ") && before.hasPrefix("|") {
      #expect(line.count { $0 == "|" } == before.count { $0 == "|" }, "\(before)\n\(line)")
    }
    let charts = StudyCharts([summary], name: "A & B").all
    #expect(charts.map(\.file).count == 5)
    #expect(charts.allSatisfy { $0.svg.hasPrefix("<svg") && $0.svg.contains("A &amp; B") })
    #expect(charts.allSatisfy { !$0.svg.contains("nan") && !$0.svg.contains("inf") })
    #expect(StudyPlots([summary]).lines.contains { $0.contains("some, noise: coverage") })
    let document = StudySummary.document([summary], plan: plan).serialized()
    #expect(document.contains("\"schema\":\"muninn.study.tables/1\""))
  }
}
