import Checkpoints
import Engine
import LatentModels
import Tensors
import Testing
import Trajectories

@testable import Explorer

/// Several runs asked of the compute thread together, against each asked for alone.
extension ComputeThreadTests {
  private static let ids = [10] + "3+4-2?".utf8.map(Int.init)

  private static let causes: [PromptCause] = {
    let base = PromptCause(text: "3+4-2?", ids: ids, start: seed7)
    return [base, base.starting(.zero), base.replacing(3, by: 57), base.replacing(3, by: 48)]
  }()

  private func begunTogether(_ service: ComputeThread) throws -> [RunKey] {
    service.submit(.beginTogether(RunNumber(1), Self.causes.map { .prompt($0) }))
    let all = events(of: service) { if case .begunTogether = $0 { true } else { false } }
    guard case .begunTogether(RunNumber(1), let begun)? = all.last else {
      throw CheckpointError(.missing, "Nothing began.")
    }
    #expect(
      begun.map(\.cause) == Self.causes && begun.allSatisfy { $0.trajectory.lastIteration == 0 })
    #expect(begun[2].trajectory.tokens.map(\.id) == [10, 51, 43, 57, 45, 50, 63])
    return Self.causes.enumerated().map { RunKey(NodeID($0.offset + 1), Lineage($0.element)) }
  }

  /// Bit for bit, whatever company they are in.
  @Test func runsTogetherAreWhatEachIsAlone() throws {
    let service = service()
    defer { service.shutDown() }
    let keys = try begunTogether(service)
    for iteration in 1...4 { service.submit(.stepTogether(keys, to: iteration)) }
    service.submit(.stepTogether([keys[1], keys[3]], to: 5))
    let all = events(of: service) { event in
      if case .steppedTogether(let steps) = event { steps[0].step.iteration == 5 } else { false }
    }
    var readings: [NodeID: [[Reading]]] = [:]
    for case .steppedTogether(let steps) in all {
      for step in steps { readings[step.node, default: []].append(step.step.readings) }
    }
    #expect(readings[NodeID(1)]?.count == 4 && readings[NodeID(2)]?.count == 5)
    for key in keys {
      let alone = self.service()
      defer { alone.shutDown() }
      let cause = Self.causes[key.node.value - 1]
      alone.submit(.beginTogether(RunNumber(1), [.prompt(cause)]))
      let count = readings[key.node]?.count ?? 0
      for iteration in 1...count { alone.submit(.step(key, to: iteration)) }
      let steps = events(of: alone) { event in
        if case .stepped(_, let step, _, _) = event { step.iteration == count } else { false }
      }
      let single = steps.compactMap { event -> [Reading]? in
        if case .stepped(_, let step, _, _) = event { step.readings } else { nil }
      }
      #expect(single == readings[key.node], "run \(key.node)")
    }
  }

  @Test func howFarTheyAreApart() throws {
    let service = service()
    defer { service.shutDown() }
    let keys = try begunTogether(service)
    for iteration in 1...12 { service.submit(.stepTogether(keys, to: iteration)) }
    service.submit(.spread([keys[0], keys[1]], 0...12))
    service.submit(.spread([keys[0], keys[1]], 12...12))
    service.submit(.sharePlane(keys, token: 6, from: nil, upTo: [[12], [12], [12], [5]]))
    let all = events(of: service) { if case .shared = $0 { true } else { false } }
    var spreads: [[Float?]] = []
    for case .spread(_, let first, let spread) in all {
      #expect(first == (spreads.isEmpty ? 0 : 12))
      spreads.append(spread)
    }
    let whole = spreads[0].compactMap(\.self)
    #expect(whole.count == 13 && spreads[1] == [spreads[0][12]])
    #expect(whole[12] < whole[0] / 20, "\(whole)")
    guard case .shared(let nodes, let plane, [0, 0, 0, 0])? = all.last else {
      Issue.record("no paths")
      return
    }
    #expect(nodes == keys.map(\.node) && plane.token == 6)
    #expect(plane.paths.map(\.count) == [13, 13, 13, 6] && plane.fitted == [13, 13, 13, 6])
    // Zero and a seed come to one place, another token to another.
    func apart(_ a: [Float], _ b: [Float]) -> Float {
      zip(a, b).map { ($0 - $1) * ($0 - $1) }.reduce(0, +).squareRoot()
    }
    let (seed, zero) = (plane.paths[0], plane.paths[1])
    #expect(apart(seed[12], zero[12]) < apart(seed[0], zero[0]) / 10)
  }

  @Test func whatCannotBeBegunIsSaid() {
    let service = service()
    defer { service.shutDown() }
    let bad = PromptCause(text: nil, ids: [10, 999], start: .zero)
    service.submit(.beginTogether(RunNumber(4), [.prompt(Self.causes[0]), .prompt(bad)]))
    let all = events(of: service) { if case .failed = $0 { true } else { false } }
    guard case .failed(.beginning(RunNumber(4)), let message)? = all.last else {
      Issue.record("no failure")
      return
    }
    #expect(message.contains("999"))
  }
}
