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

  /// A name from who knows where stays text.
  @Test func whatIsNoTextOfOursIsEscaped() {
    let name = "\u{1B}[31m</title><script>\"'&\u{202E}\u{7}\u{9B}\u{FFFF}\n"
    let svg = AccuracyChart(table(), title: name).svg
    let escaped =
      "\u{FFFD}[31m&lt;/title&gt;&lt;script&gt;&quot;&#39;&amp;\u{FFFD}\u{FFFD}\u{FFFD}\u{FFFD} "
    #expect(svg.contains("<title>\(escaped)</title>") && !svg.contains("<script>"))
    #expect(
      svg.unicodeScalars.allSatisfy { $0 == "\n" || $0.properties.generalCategory != .control })
  }

  @Test(arguments: [
    // The least r within 0.01 of the best, whatever comes after.
    ([99, 100, 100], 1), ([98, 99, 100], 4), ([10, 97, 95], 4), ([0, 0, 1], 16), ([50, 0, 40], 1),
    ([0, 0, 0], nil), ([0, 0, 100], 16),
  ]) func aLevelNeedsTheLeastDepthThatComesCloseToItsBest(_ right: [Int], _ needed: Int?) {
    let curve = zip([1, 4, 16], right).map { depth, count in
      var tally = Tally(starts: 1)
      (tally.problems, tally.right) = (100, [count])
      return (iterations: depth, tally: tally)
    }
    #expect(ResultTable.needed(curve)?.iterations == needed)
  }
}
