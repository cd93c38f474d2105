import Checkpoints
import Engine
import LatentModels
import Testing
import Trajectories

@testable import Explorer

/// What is asked about runs that are there, against the engine and the model asked directly.
extension ComputeThreadTests {
  /// A map comes cell by cell, and is that of an engine asked at once; what cannot be says so.
  @Test func causesComeInBatches() throws {
    let service = service()
    defer { service.shutDown() }
    let question = CausalMap.Question(
      clean: key("3+4-2?", .zero).lineage, corrupted: key("8+4-2?", .zero).lineage, last: 6)
    service.submit(.causalMap(question))
    var map: CausalMap?
    for event in events(of: service, until: { if case .causalMap = $0 { true } else { false } }) {
      if case .causalMap(let blank) = event { map = blank }
    }
    var found = try #require(map)
    #expect(found.question == question && found.computedCount == 0 && found.count == 7 * 7)
    while let cells = Optional(found.next(4)), !cells.isEmpty {
      service.submit(.causalCells(found.blank, cells))
      for event in events(of: service, until: { if case .causalCells = $0 { true } else { false } })
      {
        if case .causalCells(question, let effects) = event {
          for (cell, effect) in effects { found.add(effect, at: cell) }
        }
      }
    }
    let engine = Engine(try Self.embedded(), candidates: 1)
    var whole = try engine.causalMap(question)
    while whole.computedCount < whole.count { try engine.fill(&whole) }
    #expect(found == whole)
    let uneven = CausalMap.Question(
      clean: question.clean, corrupted: key("8+4?", .zero).lineage, last: 6)
    service.submit(.causalMap(uneven))
    let refused = events(
      of: service, until: { if case .failed(.cause, _) = $0 { true } else { false } })
    #expect(
      refused.contains {
        if case .failed(.cause, let words) = $0 { words.contains("7 and 5") } else { false }
      })
  }

  /// Two seeds and a text that goes on, against the model asked directly.
  @Test func textsAreComparedAsTheModelSays() throws {
    let service = service()
    defer { service.shutDown() }
    let a = key("3+4-2?", Self.seed7)
    let b = RunKey(NodeID(2), key("3+4-2?", .zero).lineage)
    service.submit(.begin(RunNumber(1), .text("3+4-2?"), .seed(7)))
    service.submit(.begin(RunNumber(2), .text("3+4-2?"), .zero))
    for iteration in 1...3 { service.submit(.step(a, to: iteration)) }
    for iteration in 1...2 { service.submit(.step(b, to: iteration)) }
    service.submit(.append(a, at: 3, .said(Sampling())))
    let cause = try #require(
      events(of: service, until: { if case .appended = $0 { true } else { false } })
        .compactMap { if case .appended(_, let cause, _, _) = $0 { cause } else { nil } }.first)
    let longer = RunKey(NodeID(3), a.lineage.appending(cause, at: 3))
    service.submit(.step(longer, to: 1))
    service.submit(.compare(a, b, at: 2, upTo: [[3], [2]]))
    service.submit(.compare(a, b, at: 3, upTo: [[3], [2]]))
    service.submit(.compare(longer, a, at: 1, upTo: [[3, 1], [3]]))
    service.submit(.sharePlane([longer, b], token: 6, from: nil, upTo: [[3, 1], [2]]))
    service.submit(.sharePlane([longer, b], token: 6, from: [3, 2], upTo: [[3, 1], [2]]))
    service.submit(.sharePlane([longer, b], token: 7, from: [0, 0], upTo: [[3, 1], [2]]))
    var compared: [BranchDistances.Iteration] = []
    var planes: [(plane: SharedPlane, from: [Int])] = []
    let told = events(
      of: service,
      until: { if case .shared(_, let plane, _) = $0 { plane.token == 7 } else { false } })
    for event in told {
      if case .compared(_, _, _, let distances) = event { compared.append(distances) }
      if case .shared(_, let plane, let from) = event { planes.append((plane, from)) }
    }
    // Another engine is asked for the same states.
    let engine = Engine(try Self.embedded(), candidates: 1)
    for lineage in [a.lineage, b.lineage] {
      for _ in 0..<3 { _ = try engine.step([lineage]) }
    }
    let expected = BranchDistances.Iteration(
      logits: (
        try engine.logits(a.lineage, 2, rows: 0..<7), try engine.logits(b.lineage, 2, rows: 0..<7)
      ),
      normalized: (try engine.normalized(a.lineage, 2), try engine.normalized(b.lineage, 2)))
    try #require(compared.count == 3)
    #expect(compared[0] == expected && (expected.distance[6] ?? 0) > 0)
    #expect(compared[1].distance == Array(repeating: nil, count: 7), "b is not that far")
    #expect(compared[2].distance == Array(repeating: 0, count: 7), "one and the same run")
    try #require(planes.count == 3)
    let (plane, later, other) = (planes[0].plane, planes[1].plane, planes[2].plane)
    #expect(
      planes[0].from == [0, 0] && plane.fitted == [4, 3] && plane.paths.map(\.count) == [4, 3])
    #expect(planes[1].from == [3, 2] && later.paths == [[plane.paths[0][3]], [plane.paths[1][2]]])
    #expect(
      planes[2].from == [0, 0] && other.paths.map(\.count) == [2, 0], "one has no such token")
    // What six components have of the way from one to the other is no longer than the way itself.
    let way = zip(plane.paths[0][2], plane.paths[1][2]).reduce(0) {
      $0 + ($1.0 - $1.1) * ($1.0 - $1.1)
    }
    #expect(abs(way.squareRoot() - (expected.distance[6] ?? 0)) < 0.01, "seven states span six")
  }

  /// Asked for once, it comes with every step, before it, so that no picture lacks it.
  @Test func arrivalComesWithEveryStep() throws {
    let service = service()
    defer { service.shutDown() }
    let run = key("3+4-2?", Self.seed7)
    service.submit(.begin(RunNumber(1), .text("3+4-2?"), .seed(7)))
    service.submit(.step(run, to: 1))
    service.submit(.arrive(run, upTo: [1]))
    for iteration in 2...4 { service.submit(.step(run, to: iteration)) }
    var told: [Arrival] = []
    let all = events(
      of: service,
      until: { if case .stepped(_, let s, _, _) = $0 { s.iteration == 4 } else { false } })
    service.submit(.arrive(run, upTo: [4]))
    let again = events(of: service) { if case .arrived = $0 { true } else { false } }
    for event in all + again {
      if case .arrived(_, let arrivals) = event { told += arrivals }
      if case .stepped(_, let step, _, _) = event, step.iteration > 1 {
        #expect(told.last?.last == step.iteration)
      }
    }
    #expect(told.map(\.last) == [1, 2, 3, 4, 4] && told[3] == told[4])
    #expect(told[4].divergence[4] == Array(repeating: 0, count: 7))
    #expect(told[4].divergence.allSatisfy { $0.count == 7 })
  }

  /// What the coda lens reads after the last block is what the run says, of a prompt and of a token
  /// appended to it; no more than a row of weights comes along.
  @Test func insideACellTheLastBlockSaysWhatTheRunSays() throws {
    let service = service()
    defer { service.shutDown() }
    let run = key("3+4-2?", Self.seed7)
    service.submit(.begin(RunNumber(1), .text("3+4-2?"), .seed(7)))
    for iteration in 1...5 { service.submit(.step(run, to: iteration)) }
    service.submit(.append(run, at: 5, .said(Sampling())))
    var all = events(of: service) { if case .appended = $0 { true } else { false } }
    guard case .appended(_, let cause, _, _)? = all.last else {
      Issue.record("no token")
      return
    }
    let appended = RunKey(NodeID(2), run.lineage.appending(cause, at: 5))
    for iteration in 1...3 { service.submit(.step(appended, to: iteration)) }
    service.submit(.inside(run, row: 4, iteration: 5))
    service.submit(.inside(run, row: 6, iteration: 1))
    service.submit(.inside(appended, row: 0, iteration: 3))
    var passes: [(NodeID, CellPass)] = []
    while passes.count < 3 {
      let more = events(of: service) { if case .inside = $0 { true } else { false } }
      all += more
      for case .inside(let node, let pass) in more { passes.append((node, pass)) }
    }
    for ((node, pass), (token, keys)) in zip(passes, [(4, 7), (6, 7), (7, 8)]) {
      let step = all.lazy.compactMap { event -> Step? in
        if case .stepped(node, let step, _, _) = event, step.iteration == pass.iteration {
          step
        } else {
          nil
        }
      }.first
      let said = try #require(step).readings[pass.row]
      let core = pass.lines.filter { $0.place.part == .core }
      let last = try #require(core.last)
      #expect(pass.hasAdapter && pass.lenses == ["coda", "logit"] && core.count == 3)
      #expect(pass.places.map(\.part) == [.prelude, .core, .core, .coda])
      #expect(last.readings[0]?.entropy == said.entropy)
      #expect(last.readings[0]?.top.map(\.id) == said.top.map(\.id))
      #expect(last.readings[0]?.top.map(\.probability) == said.top.map(\.probability))
      // What the coda leaves is what the head reads.
      let end = try #require(pass.lines.last?.readings)
      #expect(end[0] == nil && end[1]?.top.map(\.id) == said.top.map(\.id))
      for place in pass.places where place.block > 0 {
        let weights = try #require(pass.weights[place])
        #expect(weights.count == keys && abs(weights.reduce(0, +) - 1) < 1e-5)
        #expect(weights.dropFirst(token + 1).allSatisfy { $0 == 0 })
      }
      #expect(core.dropFirst().allSatisfy { ($0.added ?? 0) > 0 && $0.norm > 0 })
      #expect(core[0].added == nil && core[0].readings[0]?.kl == nil)
    }
    // What is asked for and not wanted any more is dropped.
    for _ in 0..<200 { service.submit(.inside(run, row: 0, iteration: 4)) }
    service.cancel()
    let stopped = events(of: service) { if case .cancelled = $0 { true } else { false } }
    guard case .cancelled(.inside)? = stopped.last else {
      Issue.record("it was not stopped")
      return
    }
  }
}
