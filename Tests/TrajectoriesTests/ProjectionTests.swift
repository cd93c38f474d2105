import Glibc
import Tensors
import Testing

@testable import Trajectories

/// What of paths lies along which components, on paths whose shares are known.
@Suite struct ProjectionTests {
  private static let iterations = 40
  private static let apart: Float = 12

  /// Two tokens, far apart along one direction of eight, each going round a circle of radius 3 and, at
  /// twice the pace, one of radius 1, in planes at right angles.
  private func states() -> [Matrix] {
    (0..<Self.iterations).map { iteration in
      let rows = [Float(0), 1].map { token -> [Float] in
        let angle = 2 * Float.pi * Float(iteration) / Float(Self.iterations)
        return [
          3 * cos(angle), 3 * sin(angle), cos(2 * angle), sin(2 * angle), token * Self.apart, 5, 0,
          0,
        ]
      }
      return Matrix(rows: 2, columns: 8, values: rows.flatMap { $0 })
    }
  }

  private func projection(token: Int?) throws -> Projection {
    let states = states()
    let samples = states.map { state in token.map { state.rows($0..<$0 + 1) } ?? state }
    let projector = try Projector(
      ProjectionFit(token: token, iterations: 0...Self.iterations - 1),
      samples: Matrix(
        rows: samples.reduce(0) { $0 + $1.rows }, columns: 8, values: samples.flatMap(\.values)),
      isCancelled: { false })
    var projection = projector.emptyProjection
    var spread = PathSpread()
    for (iteration, state) in states.enumerated() {
      spread.add(state, firstToken: 0)
      projection.add(projector.project(state), iteration: iteration, firstToken: 0)
    }
    projection.spread = spread.sums
    return projection
  }

  private func expectNear(
    _ share: Double?, _ expected: Double, sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(abs((share ?? -1) - expected) < 1e-5, sourceLocation: sourceLocation)
  }

  /// Nine parts of ten go round in the first plane, one in the second, whichever token it is.
  @Test func aBasisOfOneTokenHasItsCircles() throws {
    let own = try projection(token: 1)
    for token in [0, 1] {
      expectNear(own.share(ofComponents: 0..<2, token: token), 0.9)
      expectNear(own.share(ofComponents: [2, 3], token: token), 0.1)
      expectNear(own.share(ofComponents: 0..<6, token: token, isCentred: true), 1)
    }
    let radii = own.coordinates.map { hypot($0[1][0], $0[1][1]) }
    #expect(radii.allSatisfy { abs($0 - 3) < 1e-4 }, "a ring about the token's own mean")
  }

  /// Fitted on all, the way from one token to the other comes first; around their own means nothing
  /// of it is left.
  @Test func centringLeavesOutTheWayBetweenTokens() throws {
    let all = try projection(token: nil)
    // 36 of 46 between the tokens, 9 and 1 around each.
    expectNear(all.share(ofComponents: [0], token: nil), 36.0 / 46)
    expectNear(all.share(ofComponents: 1..<3, token: nil), 9.0 / 46)
    expectNear(all.share(ofComponents: [0], token: nil, isCentred: true), 0)
    expectNear(all.share(ofComponents: 1..<3, token: nil, isCentred: true), 0.9)
    expectNear(all.share(ofComponents: 3..<5, token: nil, isCentred: true), 0.1)
    expectNear(all.share(ofComponents: 1..<3, token: 0), 0.9)
    #expect(all.share(ofComponents: 5..<7, token: nil) == nil, "there are six")
    #expect(all.share(ofComponents: [0], token: 7) == nil)
    #expect(all.shares(token: nil).count == 6)
  }

  /// A token whose states were not finite has no place and no share.
  @Test func whatIsNotThereDoesNotCount() throws {
    var all = try projection(token: nil)
    let before = all.shares(token: 0)
    all.add(
      [[Float](repeating: .nan, count: 6), []], iteration: Self.iterations, firstToken: 0)
    #expect(all.shares(token: 0) == before)
    #expect(all.shares(token: nil).allSatisfy { $0.isFinite })
  }
}
