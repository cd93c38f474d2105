import Tensors
import TestSupport
import Testing
import Trajectories

@testable import Engine

/// What is said of memory before a prompt runs, against what is kept of it.
@Suite struct ForecastTests {
  @Test(arguments: EngineTests.models, [1, 40]) func whatIsKeptIsAsForecast(
    name: String, tokens: Int
  ) throws {
    let bench = try EngineTests.workbench(name)
    let engine = Engine(bench, candidates: 3, budget: 1 << 30)
    let forecast = engine.forecast(tokens: tokens)
    let ids = (0..<tokens).map { ($0 * 31 + 3) % bench.model.facts.vocabularySize }
    let (cause, _) = try engine.begin([.source(.ids(ids), .usual)])[0]
    let lineage = Lineage(cause)
    for iteration in 1...5 {
      _ = try engine.step([lineage])
      // A model without an injection keeps that much less.
      let state = 4 * tokens * bench.model.facts.stateWidth
      let most = forecast.kept(iterations: iteration)
      #expect(most - state...most ~= engine.used, "\(name) after \(iteration)")
    }
    #expect(forecast.weights == bench.model.facts.packedBytes)
    #expect(forecast.total(iterations: 5) > forecast.weights + forecast.kept(iterations: 5))
  }

  @Test func aBudgetIsTheMostThatIsKept() throws {
    let bench = try EngineTests.workbench(EngineTests.embedded)
    let engine = Engine(bench, candidates: 3, budget: 8 << 20)
    let forecast = engine.forecast(tokens: 200)
    let full = forecast.iterationsInFull
    #expect(forecast.kept(iterations: full) <= engine.budget)
    #expect(forecast.kept(iterations: full + 1) > engine.budget)
    let long = forecast.total(iterations: 10_000)
    #expect(long == forecast.total(iterations: 20_000))
    #expect(long <= forecast.weights + forecast.scratch + engine.budget + engine.budget / 4)
  }
}
