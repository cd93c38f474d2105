import Checkpoints
import Engine
import LatentModels
import Tensors
import TestSupport
import Testing
import Trajectories

@testable import Explorer

/// Kinds of motion and the block where a run diverged, told by the compute thread.
@Suite(.hangingIsTold) struct ComputeThreadMotionTests {
  private let base = ComputeThreadTests()

  @Test func motionComesWithThePlaneAndWhenItIsAskedFor() throws {
    let service = base.service()
    defer { service.shutDown() }
    let key = base.key("3+4?", ComputeThreadTests.seed7)
    service.submit(.begin(RunNumber(1), .text("3+4?"), .seed(7)))
    for iteration in 1...14 { service.submit(.step(key, to: iteration)) }
    service.submit(.project(key, ProjectionFit(token: nil, iterations: 0...14), upTo: [14]))
    service.submit(.motion(key, rows: 1..<3, window: 4...14))
    service.submit(.stretch(key, window: 12...14))
    service.submit(.stretch(key, window: 12...14))
    var stretches = 0
    let all = base.events(of: service) { event in
      if case .stretched = event { stretches += 1 }
      return stretches == 2
    }
    let moved = all.compactMap { event -> (Range<Int>, ClosedRange<Int>, [Motion])? in
      if case .moved(_, let rows, let window, let motions) = event {
        (rows, window, motions)
      } else {
        nil
      }
    }
    #expect(moved.map(\.0) == [0..<5, 1..<3] && moved.map(\.1) == [7...14, 4...14])
    #expect(moved[0].2.count == 5 && moved[1].2.allSatisfy { $0.kind == .fixedPoint })
    let progress = all.compactMap { event -> [Int]? in
      if case .stretched(_, _, let found, let done, let total) = event {
        [done, total, found.radii.count]
      } else {
        nil
      }
    }
    #expect(progress == [[1, 4, 5], [2, 4, 5]])
  }

  /// A model one tensor of which is far too large.
  private func service(breaking tensor: String) throws -> ComputeThread {
    let copy = try ModelCopy(of: "raven-tiny-a")
    try copy.transform("transformer.\(tensor).weight") { _, value in value * 1e38 }
    let checkpoint = try Checkpoint.open(copy.path)
    return base.service {
      let model = try RecurrentDepthModel(checkpoint, team: ThreadTeam(count: 1))
      let summary = ModelSummary(
        name: "", defaultIterations: 4, parameters: 0, width: model.facts.width,
        vocabularySize: model.facts.vocabularySize, maximumTokens: model.facts.maximumTokens)
      return Workbench(model: model, summary: summary, codec: .idsOnly(problem: ""))
    }
  }

  /// The coda reads s₀ too.
  @Test func aRunThatBeginsSoIsLookedInto() throws {
    let service = try service(breaking: "coda.0.mlp.proj")
    defer { service.shutDown() }
    service.submit(.begin(RunNumber(1), .ids([3, 4]), .seed(1)))
    let all = base.events(of: service) { if case .began = $0 { true } else { false } }
    guard case .began(_, _, let run)? = all.last else {
      Issue.record("nothing began")
      return
    }
    #expect(run.divergence?.origin == .site(Site(.coda, 1, .feedForward)))
  }

  @Test func aRunThatDivergesIsLookedIntoOnce() throws {
    let service = try service(breaking: "core_block.1.mlp.proj")
    defer { service.shutDown() }
    let cause = PromptCause(text: nil, ids: [3, 4], start: .seed(1))
    let key = RunKey(NodeID(1), Lineage(cause))
    service.submit(.begin(RunNumber(1), .ids([3, 4]), .seed(1)))
    for iteration in 1...3 { service.submit(.step(key, to: iteration)) }
    let all = base.events(of: service) { event in
      if case .stepped(_, let step, _, _) = event { step.iteration == 3 } else { false }
    }
    let located = all.compactMap { event -> Divergence? in
      if case .located(_, let divergence) = event { divergence } else { nil }
    }
    #expect(located.map(\.origin) == [.site(Site(.core, 2, .feedForward))])
  }
}
