import Exports
import LatentModels
import TestSupport
import Testing
import Trajectories

@testable import Explorer

/// Runs for exports, measured by the compute thread.
@Suite(.hangingIsTold) struct ComputeThreadExportTests {
  private let base = ComputeThreadTests()

  /// States, their places and how far they are from the end come with the runs.
  @Test func runsComeWithEverythingThatIsWanted() throws {
    let service = base.service()
    defer { service.shutDown() }
    let key = base.key("3+4?", ComputeThreadTests.seed7)
    service.submit(.begin(RunNumber(1), .text("3+4?"), .seed(7)))
    for iteration in 1...5 { service.submit(.step(key, to: iteration)) }
    var run: Trajectory?
    _ = base.events(of: service) { event in
      if case .began(_, _, let begun) = event { run = begun }
      if case .stepped(_, let step, _, _) = event { run?.append(step) }
      return run?.lastIteration == 5
    }
    let trajectory = try #require(run)
    let source = ExportSource(
      [.init(number: 1, words: "3+4?", lineage: key.lineage, trajectory: trajectory)], current: 1)
    for (number, exporter) in [Exporter.npz, .page, .csv].enumerated() {
      let question = ExportQuestion(
        number: number, exporter: exporter, source: source, path: "x", replaces: false)
      service.submit(.export(question))
      let all = base.events(of: service) { if case .exported = $0 { true } else { false } }
      guard case .exported(question, let runs)? = all.last else {
        Issue.record("nothing came")
        return
      }
      let found = try #require(runs.runs.first)
      #expect(found.texts == ["\n", "3", "+", "4", "?"])
      #expect(found.trajectory.arrival?.last == 5 && found.trajectory.distanceToLast?.count == 6)
      #expect(found.states.count == (exporter.name == "npz" ? 6 : 0))
      #expect(found.normed.count == found.states.count)
      #expect(found.places.count == (exporter.name == "html" ? 6 : 0))
      if let last = found.states.last { #expect(last.rows == 5) }
    }
  }
}
