import Checkpoints
import LatentModels
import Tensors
import Testing

@testable import Trajectories

@Suite struct TrajectoryTests {
  private func recorder(_ start: InitialState = .seeded(1)) throws -> (Recorder, Trajectory) {
    let model = try RecurrentDepthModel(try Checkpoint.embedded(), team: ThreadTeam(count: 1))
    let ids = [10] + "3+4-2?".utf8.map(Int.init)
    let recorder = try Recorder(
      model: model, ids: ids, start: start, candidates: 4, text: { "\($0)" })
    let tokens = ids.map { Token(id: $0, text: "\($0)", isSpecial: false) }
    return (recorder, try recorder.begin(prompt: "3+4-2?", tokens: tokens, start: "seed 1"))
  }

  private func extend(_ trajectory: inout Trajectory, by count: Int, _ recorder: Recorder) throws {
    for _ in 0..<count {
      let (step, distances) = try recorder.advance()
      trajectory.append(step, distanceToLast: distances)
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
    var (recorder, trajectory) = try recorder()
    try extend(&trajectory, by: 12, recorder)
    let token = trajectory.tokens.count - 1
    let best = trajectory.steps.map { $0.readings[token].argmax }
    let expected = (1...12).filter { best[$0] != best[$0 - 1] }
    #expect(trajectory.flips(token: token) == expected && !expected.isEmpty)
    #expect(!trajectory.isFlip(token: token, iteration: 0))
  }

  @Test func distancesAreToTheLastState() throws {
    var (recorder, trajectory) = try recorder()
    try extend(&trajectory, by: 10, recorder)
    #expect(trajectory.distanceToLast.count == 11)
    #expect(trajectory.distanceToLast[10].allSatisfy { $0 == 0 })
    let last = trajectory.tokens.count - 1
    #expect(trajectory.distanceToLast[0][last] > trajectory.distanceToLast[9][last])
  }

  @Test func aProjectionOfOneTokenIgnoresTheOthers() throws {
    var (recorder, trajectory) = try recorder()
    try extend(&trajectory, by: 8, recorder)
    let fit = ProjectionFit(token: 6, iterations: 2...99)
    let projector = try Projector(fit, states: recorder.normalized, isCancelled: { false })
    #expect(projector.fit.iterations == 2...8, "clamped to what there is")
    let projection = projector.project(recorder.normalized)
    #expect(projection.coordinates.count == 9 && projection.coordinates[0].count == 7)
    #expect(projection.explainedVarianceRatio.reduce(0, +) <= 1.0001)
    // Centred on the fitted states: their mean coordinate is zero.
    let mean = (2...8).reduce(Float(0)) { $0 + projection.coordinates[$1][6][0] } / 7
    #expect(abs(mean) < 1e-3)
  }
}

@Suite struct AddressTests {
  @Test(arguments: ["12:8", "0:0", "3:4.2"]) func goesThereAndBack(text: String) {
    #expect(Address(text)?.description == text)
  }

  @Test(arguments: ["", "12", ":", "1:", ":2", "a:1", "1:-2", "1:2.", "1:2.3.4", "1:2:3", "-1:2"])
  func refusesWhatIsNone(text: String) {
    #expect(Address(text) == nil)
  }
}
