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
    #expect(watch.values(.gate, .last) == [0.5, 0.75, 0.875])
    #expect(watch.stop(ExitPolicy(.gate, threshold: 0.75)) == 2)
    #expect(ExitWatch().values(.gate, .last).isEmpty, "a rule that does not watch says nothing")
    #expect(!ExitRule.rules(hasGate: false).contains { $0.name == "exit-gate" })
  }

  @Test func namesAreUnique() {
    let all = ExitRule.rules(hasGate: true)
    #expect(Set(all.map(\.name)).count == all.count)
  }

  /// Whatever it is asked with, the watch says what a look at the whole run says.
  @Test func aWatchSeesWhatTheRulesSay() {
    let run = trajectory()
    var watch = ExitWatch()
    watch.observe(run)
    watch.observe(run)
    for rule in ExitRule.all {
      for scope in ExitRule.Scope.allCases {
        #expect(
          watch.values(rule, scope)
            == (1...5).map { rule.value(of: run, iteration: $0, scope: scope) }, "\(rule.name)")
        for threshold in [rule.defaultThreshold, 0.01, 0.3, 2] as [Float] {
          for minimum in [0, 1, 3, 9] {
            var policy = ExitPolicy(rule, threshold: threshold, scope: scope)
            policy.minimumIterations = minimum
            #expect(
              watch.stop(policy)
                == rule.firstExit(
                  run, threshold: threshold, scope: scope, minimumIterations: minimum),
              "\(rule.name) \(threshold) \(scope) from \(minimum)")
          }
        }
      }
    }
  }

  /// By hand: under the threshold at 2, over it at 3, then under it at 4 and 5.
  @Test func accelerationTakesTwoInARow() {
    func step(_ iteration: Int, _ acceleration: Float?) -> Step {
      Step(
        iteration: iteration,
        measures: [
          StateMeasure(
            norm: 1, residual: 1, relativeResidual: 1, cosine: 1, acceleration: acceleration)
        ], readings: [], duration: .zero)
    }
    var run = Trajectory(
      prompt: "a", tokens: [Token(id: 0, text: "a", isSpecial: false)], start: "zero",
      initial: step(0, nil))
    let values: [Float?] = [nil, 0.1, 0.9, 0.2, 0.1, .nan]
    for (index, value) in values.enumerated() {
      run.append(step(index + 1, value))
    }
    let rule = ExitRule.acceleration
    #expect(rule.firstExit(run, threshold: 0.3) == 5)
    #expect(rule.firstExit(run, threshold: 1) == 3, "1 has no acceleration, 2 is the first hit")
    #expect(rule.firstExit(run, threshold: 0.15) == nil, "a hit, a gap, a hit")
    #expect(rule.firstExit(run, threshold: 1, minimumIterations: 2) == 4, "2 was not asked")
    #expect(rule.firstExit(run, threshold: 1, minimumIterations: 5) == nil)
    #expect(rule.ends(run, at: 5, threshold: 0.3) && !rule.ends(run, at: 4, threshold: 0.3))
    let condition = Condition.exits(rule: "acceleration", threshold: 0.3)
    #expect((1...6).filter { condition.holds(of: 0, in: run.instant($0)) } == [5])
    var watch = ConditionWatch(condition)
    for step in run.steps { watch.add(step) }
    #expect(watch.met == 5)
    #expect(!condition.readsPrediction)
  }

  @Test func laddersHaveRoundRungsAndEnds() {
    func walk(_ ladder: ThresholdLadder, from start: Float, by step: Int, _ count: Int) -> [Float] {
      var threshold = start
      return (0..<count).map { _ in
        threshold = ladder.step(threshold, by: step)
        return threshold
      }
    }
    #expect(walk(.ratio, from: 0.03, by: 1, 4) == [0.032, 0.04, 0.05, 0.063])
    #expect(walk(.ratio, from: 0.03, by: -1, 4) == [0.025, 0.02, 0.016, 0.0125])
    #expect(walk(.ratio, from: 1e-3, by: 10, 3) == [0.01, 0.1, 1])
    #expect(walk(.ratio, from: 1e-3, by: -10, 2) == [1e-4, 1e-5])
    #expect(ThresholdLadder.ratio.step(0, by: 1) > 0 && ThresholdLadder.ratio.step(-1, by: 1) > 0)
    #expect(walk(.count, from: 2, by: -1, 3) == [1, 1, 1])
    #expect(walk(.count, from: 5, by: 3, 2) == [8, 11])
    #expect(walk(.share, from: 1, by: -1, 2) == [0.95, 0.9])
    #expect(walk(.share, from: 1, by: 1, 1) == [1])
    for start in [1e-9, 0.0371, 0.3, 1, 77, 1e6] as [Float] {
      let up = ThresholdLadder.ratio.step(start, by: 1)
      #expect(up > start && up < 1.34 * start, "\(start)")
      let down = ThresholdLadder.ratio.step(start, by: -1)
      #expect(down < start && down > start / 1.34, "\(start)")
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
