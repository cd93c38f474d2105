import Tensors
import Testing

@testable import Trajectories

/// Runs that stop being numbers: nothing of them may look like one.
@Suite struct DivergenceTests {
  private func measure(_ values: [Float], before: [Float]? = nil) -> StateMeasure {
    func matrix(_ values: [Float]) -> Matrix { Matrix(rows: 1, columns: 2, values: values) }
    return StateMetrics.measure(matrix(values), previous: before.map(matrix))[0]
  }

  @Test(arguments: [Float.nan, .infinity, -.infinity])
  func aStateThatIsNotFiniteHasNoMeasures(value: Float) {
    let measure = measure([1, value], before: [1, 2])
    #expect(measure.isDiverged && measure.norm == nil && measure.residual == nil)
    #expect(measure.relativeResidual == nil && measure.cosine == nil)
    let after = self.measure([1, 2], before: [1, value])
    #expect(!after.isDiverged && after.norm != nil && after.residual == nil)
    #expect(after.relativeResidual == nil && after.cosine == nil)
  }

  @Test(
    arguments: [
      [.nan, 1, 2], [1, .infinity, 2], [1, 2, -.infinity],
      [-.infinity, -.infinity, -.infinity], [.nan, .nan, .nan], [.infinity, .infinity, .infinity],
    ] as [[Float]])
  func logitsThatAreNotFiniteSayNothing(logits: [Float]) {
    var lens = Lens(candidates: 2)
    let tables: [[Float]] = [[1, 2, 3], logits, [1, 2, 3], [1, 2, 3]]
    let readings = tables.map { row in
      lens.read(rows: 1, vocabulary: .unread) { _ in Matrix(rows: 1, columns: 3, values: row) }[0]
    }
    #expect(readings[1] == .diverged && readings[1].isDiverged)
    #expect(readings[1].entropy == nil && readings[1].argmax == nil && readings[1].top.isEmpty)
    #expect(readings[2].kl == nil && readings[2].filteredKL == nil, "from nothing")
    #expect(readings[2].entropy != nil && readings[2].argmax == 2)
    #expect(readings[3].kl == 0 && readings[3].filteredKL == 0)
  }

  /// Two tokens, of which one diverges at an iteration; the other goes on as before.
  private func run(
    diverging token: Int, at first: Int, _ kind: Divergence.Kind, iterations: Int = 8
  ) -> Trajectory {
    let tokens = [0, 1].map { Token(id: $0, text: "", isSpecial: false) }
    func step(_ iteration: Int) -> Step {
      func isLost(_ index: Int, _ what: Divergence.Kind) -> Bool {
        index == token && iteration >= first && what == kind
      }
      return Step(
        iteration: iteration,
        measures: [0, 1].map { isLost($0, .state) ? measure([.nan, 1]) : measure([1, 1]) },
        readings: [0, 1].map {
          isLost($0, .prediction)
            ? .diverged
            : Reading(
              entropy: 0.5, kl: 0, filteredKL: 0,
              top: [Candidate(id: 3, text: "3", probability: 1)])
        }, duration: .zero,
        gates: iteration == 0 ? nil : [0, 1].map { isLost($0, .gate) ? .infinity : 40 })
    }
    var run = Trajectory(prompt: "", tokens: tokens, start: "zero", initial: step(0))
    for iteration in 1...iterations { run.append(step(iteration)) }
    return run
  }

  @Test(arguments: [Divergence.Kind.state, .gate, .prediction], [0, 1])
  func noRuleFiresWhereARunDiverged(kind: Divergence.Kind, token: Int) throws {
    let run = run(diverging: token, at: 3, kind)
    let divergence = try #require(run.divergence)
    #expect(divergence == Divergence(kind, at: Address(token: token, iteration: 3)))
    #expect(divergence.description.contains("token \(token)"))
    #expect(divergence.description.contains("first at iteration 3"))
    #expect(run.divergedSince(token: token) == 3 && run.divergedSince(token: 1 - token) == nil)
    #expect(run.flips(token: token).isEmpty, "losing a mind is not changing it")
    for rule in ExitRule.rules(hasGate: true) {
      for scope in ExitRule.Scope.allCases where scope != .last || token == 1 {
        for iteration in 3...8 {
          #expect(
            rule.value(of: run, iteration: iteration, scope: scope) == nil, "\(rule.name) \(scope)")
        }
        let stop = rule.firstExit(run, scope: scope, minimumIterations: 2)
        #expect(stop == nil, "\(rule.name) \(scope)")
      }
    }
    var watch = ExitWatch(rules: ExitRule.rules(hasGate: true))
    watch.observe(run)
    for rule in watch.rules {
      for scope in ExitRule.Scope.allCases where scope != .last || token == 1 {
        #expect((watch.stop(ExitPolicy(rule, scope: scope)) ?? 0) < 3, "\(rule.name) \(scope)")
      }
    }
  }

  @Test func noRuleTakesANumberThatIsNone() {
    for rule in ExitRule.rules(hasGate: true) {
      for value in [Float.nan, .infinity, -.infinity] {
        #expect(!rule.fires(value, threshold: rule.defaultThreshold), "\(rule.name)")
      }
    }
  }

  @Test func aProjectionLeavesOutWhatHasNoPlace() throws {
    var states = (0..<6).map { iteration in
      Matrix(
        rows: 2, columns: 3,
        values: [Float(iteration), 1, 2, 3, Float(iteration * iteration), 0])
    }
    let fit = ProjectionFit(token: nil, iterations: 0...5)
    states[5] = Matrix(rows: 2, columns: 3, values: [5, 1, 2, .nan, 0, .infinity])
    let samples = Matrix(rows: 12, columns: 3, values: states.flatMap(\.values))
    let projector = try Projector(fit, samples: samples, isCancelled: { false })
    let coordinates = states.map(projector.project)
    #expect(coordinates[5][0].allSatisfy { $0.isFinite })
    #expect(coordinates[5][1].allSatisfy { !$0.isFinite })
    #expect(coordinates[..<5].allSatisfy { $0.joined().allSatisfy { $0.isFinite } })
    let lost = Matrix(rows: 2, columns: 3, values: [Float](repeating: .nan, count: 6))
    let none = try Projector(fit, samples: lost, isCancelled: { false }).project(lost)
    #expect(none.joined().allSatisfy { !$0.isFinite })
  }
}
