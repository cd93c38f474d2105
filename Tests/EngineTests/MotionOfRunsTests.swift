import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import Engine

/// Kinds of motion of runs, from states that are kept or made again.
@Suite struct MotionOfRunsTests {
  private func run(_ name: String, budget: Int?) throws -> (engine: Engine, lineage: Lineage) {
    let engine = Engine(try EngineTests.workbench(name), candidates: 1, budget: budget)
    let hasStarts = !engine.workbench.model.facts.hasFixedStart
    let begun = try engine.begin([.source(.ids([3, 17, 42, 8]), hasStarts ? .seed(1) : .usual)])
    let lineage = Lineage(begun[0].0)
    for _ in 0..<20 { _ = try engine.step([lineage]) }
    return (engine, lineage)
  }

  /// What was let go is made again to the same bits, and some tokens say what all of them say.
  @Test(arguments: EngineTests.models) func motionDoesNotDependOnTheBudget(name: String) throws {
    let (whole, lineage) = try run(name, budget: nil)
    let (small, same) = try run(name, budget: 0)
    let all = try whole.motion(of: lineage, rows: 0..<4, window: 6...20)
    #expect(all.count == 4 && all.allSatisfy { $0.window == 6...20 })
    #expect(try small.motion(of: same, rows: 0..<4, window: 6...20) == all)
    #expect(try small.motion(of: same, rows: 2..<3, window: 6...20) == [all[2]])
    let states = try (6...20).map { try whole.state(lineage, $0) }
    let steps = zip(states, states.dropFirst()).map {
      StateMetrics.distances(to: $0, of: [$1])[0][1]
    }
    for (ours, step) in zip(all[1].path?.steps ?? [], steps) {
      #expect(abs(ours - Double(step)) <= 1e-6 * Double(step))
    }
    #expect(throws: CancellationRequested.self) {
      try whole.motion(
        of: lineage, rows: 0..<4, window: 6...20,
        control: StepControl(isCancelled: { true }))
    }
  }

  /// Piece by piece it comes to what the engine says at once.
  @Test func stretchIsWorkedOutInPieces() throws {
    let (engine, lineage) = try run("raven-tiny-a", budget: nil)
    var work = StretchWork(lineage, window: 12...20)
    var pieces = 0
    while !work.isDone {
      #expect(work.progress.done == pieces && work.progress.total == 10)
      try work.advance(engine)
      pieces += 1
    }
    #expect(pieces == 10 && work.progress.done == 10)
    let spectrum = try engine.spectrum(lineage, after: 20)
    #expect(work.found.radii == (0..<4).map { spectrum.radius(of: $0) })
    #expect(
      try work.found.singularValue == engine.largestSingularValue(lineage, after: 20))
    // The first quarter lets directions turn; what is left agrees.
    #expect(work.found.exponents.count == 3 && work.found.window == 14...20)
    let exponent = try #require(work.found.exponent)
    #expect(work.found.exponents.allSatisfy { abs($0 - exponent) < 0.2 })
    #expect((work.found.growthDeviation ?? -1) > 0)
    let cancelled = StepControl(isCancelled: { true })
    var begun = StretchWork(lineage, window: 12...20)
    #expect(throws: CancellationRequested.self) {
      try begun.advance(engine, control: cancelled)
    }
    #expect(begun.progress.done == 0)
  }
}
