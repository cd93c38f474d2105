import Checkpoints
import LatentModels
import Tensors
import Testing
import Trajectories

@testable import Engine

@Suite struct RecorderTests {
  private func recorder(
    _ start: Start = .seed(1), prompt: String = "3+4-2?"
  ) throws -> (Recorder, Trajectory) {
    let model = try RecurrentDepthModel(try Checkpoint.embedded(), team: ThreadTeam(count: 1))
    let ids = [10] + prompt.utf8.map(Int.init)
    let recorder = try Recorder(
      model: model, ids: ids, start: start, candidates: 4)
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
      #expect(trajectory.steps[iteration].measures == whole.steps[iteration].measures)
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

  /// The second difference of the states there were.
  @Test func accelerationIsOfTheLastThreeStates() throws {
    var (recorder, trajectory) = try recorder()
    var states = [recorder.liveState]
    for _ in 0..<6 {
      trajectory.append(try recorder.advance())
      states.append(recorder.liveState)
    }
    #expect(trajectory.steps[1].measures.allSatisfy { $0.acceleration == nil })
    for iteration in 2...6 {
      for (token, measure) in trajectory.steps[iteration].measures.enumerated() {
        let turn = states[iteration].row(token).indices.map {
          Double(states[iteration].values[$0]) - 2 * Double(states[iteration - 1].values[$0])
            + Double(states[iteration - 2].values[$0])
        }
        let length = turn.reduce(0) { $0 + $1 * $1 }.squareRoot()
        #expect(abs(Double(measure.acceleration ?? -1) - length) < 1e-5 * max(1, length))
      }
    }
  }

  @Test func distancesAreToTheLastState() throws {
    var (recorder, trajectory) = try recorder()
    var states = [recorder.liveState]
    for _ in 0..<10 {
      trajectory.append(try recorder.advance())
      states.append(recorder.liveState)
    }
    #expect(trajectory.distanceToLast == nil, "nobody asked")
    let measured = StateMetrics.distances(to: states[10], of: states)
    trajectory.measured(distanceToLast: measured)
    let distances = try #require(trajectory.distanceToLast)
    #expect(distances.count == 11 && distances[10].allSatisfy { $0 == 0 })
    let last = trajectory.tokens.count - 1
    #expect(distances[0][last] > distances[9][last])
    try extend(&trajectory, by: 1, recorder)
    trajectory.measured(distanceToLast: measured)
    #expect(trajectory.distanceToLast == nil, "those are to another state")
  }
}
