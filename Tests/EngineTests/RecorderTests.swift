import Checkpoints
import LatentModels
import Tensors
import Testing
import Trajectories

@testable import Engine

@Suite struct RecorderTests {
  private func recorder(
    _ start: InitialState = .seeded(1), prompt: String = "3+4-2?"
  ) throws -> (Recorder, Trajectory) {
    let model = try RecurrentDepthModel(try Checkpoint.embedded(), team: ThreadTeam(count: 1))
    let ids = [10] + prompt.utf8.map(Int.init)
    let recorder = try Recorder(
      model: model, ids: ids, start: start, candidates: 4, text: { "\($0)" })
    let tokens = ids.map { Token(id: $0, text: "\($0)", isSpecial: false) }
    return (recorder, try recorder.begin(prompt: prompt, tokens: tokens, start: "seed 1"))
  }

  private func extend(_ trajectory: inout Trajectory, by count: Int, _ recorder: Recorder) throws {
    for _ in 0..<count {
      trajectory.append(try recorder.advance())
    }
  }

  @Test func extendingGoesOnFromTheLastState() throws {
    var (recorder, trajectory) = try recorder()
    try extend(&trajectory, by: 4, recorder)
    let kept = trajectory
    try extend(&trajectory, by: 3, recorder)
    #expect(trajectory.lastIteration == 7 && kept.lastIteration == 4)
    var (other, whole) = try self.recorder()
    try extend(&whole, by: 7, other)
    for iteration in 0...7 {
      #expect(trajectory.steps[iteration].state == whole.steps[iteration].state)
      #expect(trajectory.steps[iteration].readings == whole.steps[iteration].readings)
    }
    _ = (consume recorder, consume other)
  }

  @Test func aCancelledIterationLeavesTheEdgeWhereItWas() throws {
    var (recorder, trajectory) = try recorder()
    try extend(&trajectory, by: 2, recorder)
    let edge = recorder.liveState
    #expect(throws: CancellationRequested.self) {
      try recorder.advance(control: StepControl(isCancelled: { true }))
    }
    #expect(recorder.liveState == edge)
    try extend(&trajectory, by: 1, recorder)
    #expect(trajectory.lastIteration == 3)
  }

  @Test func flipsAreWhereTheArgmaxChanges() throws {
    var (recorder, trajectory) = try recorder(prompt: "3+4-2+9-5+1+8-6?")
    try extend(&trajectory, by: 12, recorder)
    var (flips, starts) = (0, 0)
    for token in trajectory.tokens.indices {
      let best = trajectory.steps.map { $0.readings[token].argmax }
      let expected = (2...12).filter { best[$0] != best[$0 - 1] }
      #expect(trajectory.flips(token: token) == expected)
      #expect(expected == (0...12).filter { trajectory.isFlip(token: token, iteration: $0) })
      flips += expected.count
      if best[1] != best[0] { starts += 1 }
    }
    #expect(flips > 0 && starts > 0, "what is drawn as a start is no thought")
  }

  @Test func distancesAreToTheLastState() throws {
    var (recorder, trajectory) = try recorder()
    try extend(&trajectory, by: 10, recorder)
    #expect(trajectory.distanceToLast == nil, "nobody asked")
    trajectory.measured(distanceToLast: recorder.distancesToLast())
    let distances = try #require(trajectory.distanceToLast)
    #expect(distances.count == 11 && distances[10].allSatisfy { $0 == 0 })
    let last = trajectory.tokens.count - 1
    #expect(distances[0][last] > distances[9][last])
    let stale = recorder.distancesToLast()
    try extend(&trajectory, by: 1, recorder)
    trajectory.measured(distanceToLast: stale)
    #expect(trajectory.distanceToLast == nil, "those are to another state")
  }

  @Test func aProjectionOfOneTokenIgnoresTheOthers() throws {
    var (recorder, trajectory) = try recorder()
    try extend(&trajectory, by: 8, recorder)
    let fit = ProjectionFit(token: 6, iterations: 2...99)
    let projector = try Projector(fit, states: recorder.normalized(), isCancelled: { false })
    #expect(projector.fit.iterations == 2...8, "clamped to what there is")
    let projection = projector.project(recorder.normalized())
    #expect(projection.coordinates.count == 9 && projection.coordinates[0].count == 7)
    #expect(projection.explainedVarianceRatio.reduce(0, +) <= 1.0001)
    // Of the states it was fitted on a plane shows what it says; of others less.
    let fitted = projector.project(Array(recorder.normalized()[2...]))
    let share = try #require(fitted.share(ofComponents: 0..<2, token: 6))
    let said = Double(projection.explainedVarianceRatio[..<2].reduce(0, +))
    #expect(abs(share - said) < 1e-4)
    #expect(try #require(projection.share(ofComponents: 0..<2, token: 2)) < said - 0.05)
    #expect(try #require(projection.share(ofComponents: 0..<2, token: nil)) < said - 0.05)
    let everything = try Projector(
      ProjectionFit(token: nil, iterations: 0...8), states: recorder.normalized(),
      isCancelled: { false }
    ).project(recorder.normalized())
    let whole = try #require(everything.share(ofComponents: 0..<6, token: nil))
    #expect(abs(whole - Double(everything.explainedVarianceRatio.reduce(0, +))) < 1e-4)
    // Centred on the fitted states: their mean coordinate is zero.
    let mean = (2...8).reduce(Float(0)) { $0 + projection.coordinates[$1][6][0] } / 7
    #expect(abs(mean) < 1e-3)
  }
}
