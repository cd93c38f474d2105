import Checkpoints
import Engine
import LatentModels
import Testing
import Trajectories

@testable import Explorer

/// In which order the compute thread does what it is asked, what it drops, and what it keeps.
extension ComputeThreadTests {
  /// What was asked about a cell that nobody looks at any more has no answer, and holds up nothing.
  @Test func whatIsDroppedHoldsUpNothing() throws {
    let service = service()
    defer { service.shutDown() }
    let run = key("3+4-2?", Self.seed7)
    service.submit(.begin(RunNumber(1), .text("3+4-2?"), .seed(7)))
    for iteration in 1...3 { service.submit(.step(run, to: iteration)) }
    for row in 0..<5 { for _ in 0..<40 { service.submit(.inside(run, row: row, iteration: 2)) } }
    service.drop(.inside)
    // What has no answer is told of all the same.
    service.submit(.watch([50]))
    service.submit(.standings([50, 51], run, at: 3, rows: 5..<7))
    service.submit(.inside(run, row: 6, iteration: 3, watched: [50]))
    var all: [ComputeEvent] = []
    var last: CellPass?
    while last?.row != 6 {
      let more = events(of: service) { if case .inside = $0 { true } else { false } }
      all += more
      for case .inside(_, let pass) in more { last = pass }
      if more.isEmpty { break }
    }
    #expect(last?.row == 6 && last?.watched == [50])
    #expect(last?.lines.last?.readings[1]?.standing(of: 50) != nil)
    let passes = all.count { if case .inside = $0 { true } else { false } }
    #expect(passes < 200)
    #expect(!all.contains { if case .cancelled = $0 { true } else { false } })
    guard
      let standings = all.lazy.compactMap({ event -> [[Standing]]? in
        if case .standings(_, at: 3, first: 5, let standings) = event { standings } else { nil }
      }).first
    else {
      Issue.record("no standings")
      return
    }
    #expect(standings.count == 2 && standings.allSatisfy { $0.map(\.id) == [50, 51] })
    // Stopping everything does not undo what steps are to tell.
    service.submit(.watch([51]))
    service.cancel()
    service.submit(.step(run, to: 4))
    let step = events(of: service) { if case .stepped = $0 { true } else { false } }
    guard case .stepped(_, let made, _, _)? = step.last else {
      Issue.record("no step")
      return
    }
    #expect(made.readings.allSatisfy { $0.watched.map(\.id) == [51] })
  }

  /// Under a small budget states are made again, and the screen is told that it is full.
  @Test func aSmallBudgetIsToldAndChangesNothing() throws {
    var runs: [[Step]] = []
    for memory in [1 << 16, 1 << 28] {
      let service = ComputeThread(candidates: 4, memory: memory) { _ in try Self.embedded() }
      defer { service.shutDown() }
      let run = key("3+4-2?", Self.seed7)
      service.submit(.begin(RunNumber(1), .text("3+4-2?"), .seed(7)))
      for iteration in 1...40 { service.submit(.step(run, to: iteration, measuring: true)) }
      service.submit(.project(run, nil, upTo: [40]))
      let all = events(of: service) { if case .projected = $0 { true } else { false } }
      let told = all.contains { event in
        if case .memoryIsFull(bytes: memory) = event { true } else { false }
      }
      #expect(told == (memory == 1 << 16))
      runs.append(
        all.compactMap { event in
          if case .stepped(_, let step, _, _) = event { step } else { nil }
        })
    }
    #expect(runs[0].map(\.readings) == runs[1].map(\.readings))
  }

  @Test func cancellingDropsWhatIsQueuedAndSaysSo() throws {
    let service = service()
    defer { service.shutDown() }
    let run = key("1+1?", .zero)
    service.submit(.begin(RunNumber(1), .text("1+1?"), .zero))
    _ = events(of: service) { if case .began = $0 { true } else { false } }
    for iteration in 1...500 { service.submit(.step(run, to: iteration)) }
    service.cancel()
    var steps = 0
    var cancelled = 0
    while steps + cancelled < 500 {
      for event in events(of: service, until: { _ in true }) {
        if case .stepped = event { steps += 1 }
        if case .cancelled = event { cancelled += 1 }
      }
    }
    #expect(cancelled > 0)
    // A request made after the cancel is served.
    service.submit(.step(run, to: steps + 1))
    let after = events(of: service) { if case .stepped = $0 { true } else { false } }
    guard case .stepped(_, let step, _, _)? = after.last else {
      Issue.record("no step after the cancel")
      return
    }
    #expect(step.iteration == steps + 1, "the edge moved only with finished steps")
  }

  @Test func whatIsOnTheScreenIsToldFirst() throws {
    let service = service()
    defer { service.shutDown() }
    let text = String(repeating: "1+", count: 60) + "2?"
    let run = key(text, .zero)
    service.submit(.begin(RunNumber(1), .text(text), .zero))
    service.submit(.step(run, to: 1, reading: 100..<122))
    let all = events(of: service) { if case .stepped = $0 { true } else { false } }
    let glimpses = all.compactMap { event -> (Int, [Reading])? in
      if case .glimpsed(NodeID(1), 1, let first, let readings) = event {
        (first, readings)
      } else {
        nil
      }
    }
    guard case .stepped(_, let step, _, _)? = all.last else {
      Issue.record("no step")
      return
    }
    #expect(glimpses.map(\.0) == [96])
    for (first, readings) in glimpses {
      #expect(readings == Array(step.readings[first..<first + readings.count]))
    }
  }
}
