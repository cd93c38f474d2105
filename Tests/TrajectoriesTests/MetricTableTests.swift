import LatentModels
import Testing

@testable import Trajectories

/// The one table of metrics, on runs written by hand.
@Suite struct MetricTableTests {
  /// One token, four iterations, a gate, a run of numbers with many digits.
  private func run(gates: [Float]? = [-1.3, 0.2, 0.7, 3.1], isRead: Bool = true) -> Trajectory {
    func step(_ iteration: Int) -> Step {
      let x = Float(iteration) + 0.1
      let best = [5, 7, 8, 8, 8][iteration]
      return Step(
        iteration: iteration,
        measures: [
          iteration == 0
            ? StateMeasure(norm: 3, residual: nil, relativeResidual: nil, cosine: nil)
            : StateMeasure(
              norm: 1 / x, residual: 0.7 / x, relativeResidual: 0.3 / x, cosine: 1 - 1e-4 / x,
              acceleration: iteration == 1 ? nil : 0.2 / x)
        ],
        readings: isRead
          ? [
            Reading(
              entropy: 1.7 / (x * x), kl: iteration == 0 ? nil : 0.9 / x,
              filteredKL: iteration == 0 ? nil : 0.8 / x,
              top: [
                Candidate(id: best, text: "", probability: 0.7),
                Candidate(id: best + 1, text: "", probability: 0.1 * x),
              ])
          ] : [],
        duration: .zero, gates: iteration == 0 ? nil : gates.map { [$0[iteration - 1]] },
        second: gates.map { _ in
          [
            StateMeasure(
              norm: 2, residual: iteration == 0 ? nil : 1,
              relativeResidual: iteration == 0 ? nil : 0.5, cosine: iteration == 0 ? nil : 0.9)
          ]
        }, lengths: iteration == 0 ? nil : gates.map { _ in [[3], [4]] })
    }
    var run = Trajectory(
      prompt: "a", tokens: [Token(id: 0, text: "a", isSpecial: false)], start: "zero",
      initial: step(0))
    for iteration in 1...4 { run.append(step(iteration)) }
    return run
  }

  @Test func namesCanBeTyped() {
    #expect(Set(Metric.all.map(\.name)).count == Metric.all.count)
    #expect(Set(Metric.all.map(\.title)).count == Metric.all.count)
    for metric in Metric.all {
      #expect(metric.name.wholeMatch(of: /[a-z][a-z0-9_]*/) != nil, "\(metric.name)")
      #expect(Metric.named(metric.name)?.title == metric.title)
      #expect(!metric.unit.isEmpty && metric.explanation.hasSuffix("."), "\(metric.name)")
    }
    #expect(Metric.named("nothing") == nil)
  }

  /// What it needs is all it needs, and without that it says nothing.
  @Test func valuesAreThereWhereWhatTheyNeedIs() {
    var whole = run()
    whole.measured(distanceToLast: (0...4).map { [Float(4 - $0)] })
    whole.measured(Arrival(divergence: (0...4).map { [Float(4 - $0)] }))
    let bare = run(gates: nil, isRead: false)
    for metric in Metric.all {
      #expect(metric.value(whole, iteration: 3, token: 0) != nil, "\(metric.name)")
      let value = metric.value(bare, iteration: 3, token: 0)
      #expect((value != nil) == (metric.needs == .measures), "\(metric.name)")
      #expect(metric.drawn(whole, iteration: 4, token: 0) != nil, "\(metric.name)")
      for iteration in 0..<metric.drawnFrom {
        #expect(metric.drawn(whole, iteration: iteration, token: 0) == nil, "\(metric.name)")
      }
    }
    #expect(!Metric.all([]).contains { $0.needs == .gate })
    #expect(Metric.all([.gate, .second, .lengths]).count == Metric.all.count)
  }

  @Test func valuesAreThoseKept() {
    var run = run()
    run.measured(distanceToLast: (0...4).map { [Float(4 - $0) / 3] })
    func values(_ metric: Metric) -> [Double?] {
      (0...4).map { metric.value(run, iteration: $0, token: 0) }
    }
    #expect(values(.flip) == [0, 0, 1, 0, 0], "the first iteration changes no mind")
    #expect(values(.stableFor) == [nil, 0, 0, 1, 2])
    #expect(values(.distanceToLast)[1] == Double(Float(1)))
    #expect(values(.topProbability)[2] == Double(Float(0.7)))
    let entropy = run.steps[1].readings[0].entropy ?? 0
    #expect(values(.entropyChange)[1].map { Float($0) } == 100 - entropy)
    #expect(values(.gateLogit)[0] == nil && values(.gateLogit)[1] == Double(Float(-1.3)))
    #expect(values(.gateChance)[0] == nil && values(.chanceToHaveStopped)[0] == nil)
    #expect(values(.kl)[0] == nil && values(.residual)[0] == nil)
    #expect(values(.acceleration)[1] == nil && values(.normalisedAcceleration)[1] == nil)
  }

  /// It is of one edge, which a run leaves behind when it goes on.
  @Test func arrivalStaysUntilANewerOneComes() {
    var run = run()
    let early = Arrival(divergence: [[2], [1], [0]])
    run.measured(early)
    #expect(run.arrival?.last == 2)
    #expect(Metric.arrival.value(run, iteration: 1, token: 0) == 1)
    #expect(Metric.arrival.value(run, iteration: 3, token: 0) == nil, "it knows of r 2 alone")
    let whole = Arrival(divergence: [[2], [1.5], [1], [nil], [0]])
    run.measured(whole)
    run.measured(early)
    #expect(run.arrival == whole, "what comes late is not taken")
    #expect(Metric.arrival.value(run, iteration: 3, token: 0) == nil)
    #expect(whole.divergence(token: 1, iteration: 0) == nil)
    #expect(whole.divergence(token: 0, iteration: 9) == nil)
  }

  /// The rules' numbers, bit for bit what single precision makes of what was kept.
  @Test func exitRulesHaveTheNumbersOfSinglePrecision() {
    let run = run()
    var gate = RunningExit()
    #expect(ExitRule.acceleration.value(of: run, iteration: 1, scope: .last) == nil)
    for iteration in 1...4 {
      gate.add(gateLogit: run.steps[iteration].gates?[0] ?? 0)
      func value(_ rule: ExitRule) -> UInt32? {
        rule.value(of: run, iteration: iteration, scope: .last)?.bitPattern
      }
      let measure = run.steps[iteration].measures[0]
      let reading = run.steps[iteration].readings[0]
      let before = iteration == 1 ? 100 : run.steps[iteration - 1].readings[0].entropy
      #expect(value(.latentDifference) == measure.relativeResidual?.bitPattern)
      #expect(value(.cosine) == measure.cosine.map { (1 - $0).bitPattern })
      #expect(value(.acceleration) == measure.acceleration?.bitPattern)
      #expect(value(.kl) == reading.kl?.bitPattern)
      #expect(value(.filteredKL) == reading.filteredKL?.bitPattern)
      #expect(value(.entropyDifference) == abs((reading.entropy ?? 0) - (before ?? 0)).bitPattern)
      #expect(value(.gate) == gate.chanceToHaveStopped.bitPattern)
    }
  }

  /// A stream that keeps nothing says the same as a run that keeps all.
  @Test func theNewestIterationIsWhatTheWholeRunSaysOfIt() {
    let run = run(gates: [0.1, .infinity, 0.3, 0.4])
    var newest = NewestMoments()
    #expect(newest.all.isEmpty)
    for step in run.steps {
      newest.add(step)
      #expect(newest.all.count == 1)
      for metric in Metric.all where metric.needs != .distances && metric.needs != .arrival {
        #expect(
          metric.value(newest.all[0])
            == metric.value(run, iteration: step.iteration, token: 0),
          "\(metric.name) at r \(step.iteration)")
      }
    }
    #expect(
      Metric.chanceToHaveStopped.value(run, iteration: 4, token: 0) == nil,
      "a gate that said infinity has said nothing since")
  }
}
