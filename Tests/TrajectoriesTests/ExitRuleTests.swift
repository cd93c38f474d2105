import Foundation
import Tensors
import Testing

@testable import Trajectories

/// The rules on a run written by hand: two tokens, five iterations.
@Suite struct ExitRuleTests {
  /// Token 0 settles at once; token 1 changes its mind at iteration 4.
  private func trajectory() -> Trajectory {
    func step(_ iteration: Int, kl: [Float], best: [Int], moved: [Float]) -> Step {
      Step(
        iteration: iteration,
        measures: moved.map {
          StateMeasure(norm: 1, residual: $0, relativeResidual: $0, cosine: 1 - $0)
        },
        readings: zip(kl, best).map { value, best in
          Reading(
            entropy: value, kl: iteration == 0 ? nil : value,
            top: [Candidate(id: best, text: "\(best)", probability: 1)])
        },
        duration: .zero)
    }
    var run = Trajectory(
      prompt: "ab", tokens: [0, 1].map { Token(id: $0, text: "", isSpecial: false) },
      start: "zero", initial: step(0, kl: [0, 0], best: [9, 9], moved: [0, 0]))
    let steps: [(kl: [Float], best: [Int], moved: [Float])] = [
      ([0.5, 0.5], [1, 2], [0.5, 0.5]), ([0, 0], [1, 2], [0.02, 0.02]),
      ([0, 0.1], [1, 2], [0, 0.06]), ([0, 0.9], [1, 3], [0, 0.5]), ([0, 0], [1, 3], [0, 0]),
    ]
    for (index, item) in steps.enumerated() {
      run.append(
        step(index + 1, kl: item.kl, best: item.best, moved: item.moved))
    }
    return run
  }

  @Test func klStopsWhereThePredictionRests() {
    let run = trajectory()
    #expect(ExitRule.kl.firstExit(run) == 2, "fooled by the plateau")
    #expect(ExitRule.kl.firstExit(run, minimumIterations: 2) == 5)
    #expect(ExitRule.kl.firstExit(run, threshold: 0.2, scope: .all, minimumIterations: 2) == 3)
    #expect(ExitRule.kl.firstExit(run, threshold: -1) == nil)
  }

  @Test func scopesCombineTokens() {
    let run = trajectory()
    let rule = ExitRule.latentDifference
    #expect(rule.value(of: run, iteration: 3, scope: .last) == 0.06)
    #expect(rule.value(of: run, iteration: 3, scope: .mean) == 0.03)
    #expect(rule.value(of: run, iteration: 4, scope: .all) == 0.5)
    #expect(rule.firstExit(run) == 2)
    #expect(rule.firstExit(run, scope: .all, minimumIterations: 2) == 5)
  }

  @Test func stabilityCountsRepeats() {
    let run = trajectory()
    let rule = ExitRule.argmaxStability
    let counts = (1...5).map { rule.value(of: run, iteration: $0, scope: .last) }
    #expect(counts == [0, 1, 2, 0, 1], "the reading of s0 does not count")
    #expect(rule.value(of: run, iteration: 5, scope: .all) == 1, "the slowest decides")
    #expect(rule.firstExit(run, threshold: 2) == 3)
    #expect(rule.firstExit(run) == nil)
  }

  @Test func theFirstEntropyDifferenceIsFromAHundred() {
    #expect(ExitRule.entropyDifference.value(of: trajectory(), iteration: 1, scope: .last) == 99.5)
  }

  @Test func undefinedValuesNeverExit() {
    for rule in ExitRule.all { #expect(!rule.fires(nil, threshold: 1)) }
    #expect(ExitRule.filteredKL.firstExit(trajectory()) == nil)
  }

  @Test func theGateCountsUpTheChanceToHaveStopped() {
    var run = trajectory()
    #expect(ExitRule.gate.value(of: run, iteration: 3, scope: .last) == nil, "no gate, no value")
    let first = run.steps[0]
    run = Trajectory(prompt: "", tokens: run.tokens, start: "", initial: first)
    // λ = 1/2 every time for token 1; token 0 is sure at once.
    for iteration in 1...3 {
      run.append(
        Step(
          iteration: iteration, measures: first.measures,
          readings: first.readings, duration: .zero, gates: [40, 0]))
    }
    let values = (1...3).map { ExitRule.gate.value(of: run, iteration: $0, scope: .last) }
    #expect(values == [0.5, 0.75, 0.875])
    #expect(ExitRule.gate.firstExit(run, threshold: 0.75) == 2)
    #expect(ExitRule.gate.firstExit(run) == nil)
    #expect(ExitRule.gate.value(of: run, iteration: 1, scope: .all) == 0.5)
    var watch = ExitWatch(rules: ExitRule.rules(hasGate: true))
    watch.observe(run)
    #expect(watch.rows.last?.rule.name == "exit-gate" && watch.rows.last?.value == 0.875)
    #expect(!ExitRule.rules(hasGate: false).contains { $0.name == "exit-gate" })
  }

  @Test func namesAreUnique() {
    let all = ExitRule.rules(hasGate: true)
    #expect(Set(all.map(\.name)).count == all.count)
  }

  @Test func aWatchSeesWhatTheRulesSay() {
    let run = trajectory()
    var watch = ExitWatch()
    watch.observe(run)
    watch.observe(run)
    #expect(watch.rows.count == 2 * ExitRule.all.count)
    for row in watch.rows {
      #expect(row.stop == row.rule.firstExit(run, scope: row.scope), "\(row.rule.name)")
      #expect(row.value == row.rule.value(of: run, iteration: 5, scope: row.scope))
    }
  }

  @Test func levellingKeepsATenthOfTheBest() {
    // p = 0.8, 0.16, 0.03, 0.01: the last two are levelled to 1/4 each, then all is normalised.
    let p: [Double] = [0.8, 0.16, 0.03, 0.01]
    let prediction = FilteredPrediction(p.map { Float(log($0)) }[...], logSumExp: 0)
    let total = 0.8 + 0.16 + 0.5
    let levelled = [0.8 / total, 0.16 / total, 0.25 / total, 0.25 / total]
    let expected = levelled.reduce(0) { $0 + 0.25 * (log(0.25) - log($1)) }
    let found = FilteredPrediction(uniform: 4).divergence(to: prediction)
    #expect(abs(found - expected) < 1e-6)
    #expect(prediction.divergence(to: prediction) == 0)
  }

  @Test func policiesSayWhatIsChecked() {
    var policy = ExitPolicy(.cosine)
    policy.minimumIterations = 3
    policy.checkInterval = 2
    let checked = (1...9).filter { policy.checks(after: $0, isPrefill: false) }
    #expect(checked == [4, 6, 8])
    policy.exitsInPrefill = false
    #expect((1...9).allSatisfy { !policy.checks(after: $0, isPrefill: true) })
  }
}
