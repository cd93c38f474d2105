import Tasks
import Testing

@testable import Evaluation

@Suite struct ReportTests {
  /// Two levels, three depths, made up.
  private func table() -> ResultTable {
    let groups = [2, 10].map { ProblemGroup(task: "arith", difficulty: $0, form: .latent) }
    var table = ResultTable(plan: "0", starts: ["seed 0"])
    let right = [[20, 20, 20], [2, 9, 20]]
    for (group, right) in zip(groups, right) {
      for (depth, count) in zip([1, 4, 16], right) {
        var tally = Tally(starts: 1)
        (tally.problems, tally.right, tally.tokens) = (20, [count], 20)
        tally.iterations = 20 * depth
        tally.flops = 20 * depth * 1_000_000
        tally.entropy = ProblemRecord.ticks(0.25) * 20
        table.add(tally, at: ResultTable.Key(group: group, measure: .iterations(depth)))
      }
    }
    var tally = Tally(starts: 1)
    (tally.problems, tally.right, tally.tokens, tally.iterations) = (20, [7], 20, 63)
    tally.flops = 60_000_000
    table.add(
      tally,
      at: ResultTable.Key(
        group: groups[1], measure: .exit(rule: "kl", scope: "last", threshold: 5e-4)))
    return table
  }

  @Test func aTableSaysWhatDepthBuys() {
    let expected = """
      arith: arithmetic (operators)
       level     n    r=1    r=4   r=16          95 %    nats   needs tokens    MFLOP
           2    20   1.00   1.00   1.00     0.84–1.00  0.2500     r=1    1.0      1.0
          10    20   0.10   0.45   1.00     0.84–1.00  0.2500    r=16    1.0     16.0

       level              exit       at  scope  iterations  accuracy          95 %    MFLOP
          10                kl   0.0005   last         3.1      0.35     0.18–0.57      3.0

      1.0 ┤    a    a   ab
          │
          │
          │
          │
      0.5 ┤         b
          │
          │
          │
          │    b
      0.0 ┤
          └───────────────
         r     1    4   16
           a 2  b 10
      """
    let lines = AccuracyReport(table()).lines
    #expect(lines.joined(separator: "\n") == expected)
  }

  @Test func aChartDrawsEveryLevel() {
    let svg = AccuracyChart(table(), title: "a < b").svg
    #expect(svg.hasPrefix("<svg xmlns=") && svg.contains("<title>a &lt; b</title>"))
    #expect(svg.split(separator: "<polyline").count == 3)
    #expect(svg.split(separator: "<polygon").count == 3)
    #expect(svg.split(separator: "<circle").count == 7)
  }
}
