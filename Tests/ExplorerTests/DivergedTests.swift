import Tensors
import Testing
import Trajectories

@testable import Explorer

/// What is on the screen where numbers are none, were not kept, or did not fit.
@Suite struct DivergedTests {
  /// A run whose states are lost from an iteration on.
  private func session(
    from first: Int, width: Int = 120, height: Int = 40, capabilities: Capabilities = .full
  ) -> Session {
    var session = Session(
      width: width, height: height, capabilities: capabilities, iterations: first - 1)
    let run = session.node
    let tokens = ScriptedRun.tokens(ScriptedRun.prompt)
    let lost = StateMeasure(norm: .nan, residual: .nan, relativeResidual: .nan, cosine: .nan)
    for iteration in first...first + 2 {
      session.state.isPlaying = true
      session.send(
        .compute(
          .stepped(
            run,
            Step(
              iteration: iteration,
              measures: tokens.map { _ in lost }, readings: tokens.map { _ in .diverged },
              duration: .zero), distanceToLast: nil,
            places: session.state.projection.map { projection in
              PlanePlaces(
                coordinates: tokens.map { _ in [Float](repeating: .nan, count: 6) },
                spread: projection.spread)
            })))
    }
    return session
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60)])
  func aDivergedRunSaysSo(width: Int, height: Int) throws {
    var session = session(from: 6, width: width, height: height)
    session.state.cursor.iteration = session.state.edge
    session.state.message = nil
    let text = session.screen.text
    #expect(session.screen.row(0).contains("diverged at r 6"))
    #expect(text.contains("diverged: there is no token"))
    if width > 80 { #expect(text.contains("╳ diverged")) }
    #expect(!text.contains("✓ right") && !text.contains("nan") && !text.contains("inf "))
    #expect(!text.contains("stable since"))
    session.state.cursor.iteration = 3
    #expect(session.screen.text.contains("diverges at r 6"))
    session.state.zoom = .exits
    session.state.cursor.iteration = session.state.edge
    let exits = session.screen.text
    #expect(exits.contains("never, diverged") && !exits.contains("'4' ✓"))
    expectSnapshot(
      {
        session.state.zoom = nil
        return session.screen.text
      }(), "diverged-\(width)x\(height)")
  }

  @Test func aDivergedRunRestsAndSaysWhere() throws {
    var session = session(from: 2)
    #expect(session.state.trajectory?.divergence?.at == Address(token: 0, iteration: 2))
    #expect(session.state.flips.isEmpty && session.state.judgementOfAnswer == nil)
    session.press("x")
    #expect(session.screen.text.contains("diverged"))
    session.press(" ")
    #expect(session.state.message != nil || session.state.isPlaying)
  }

  @Test func aStepThatDoesNotFitIsAnError() {
    for (iteration, count) in [(17, 3), (17, 0), (19, 17), (16, 17)] {
      var session = Session()
      let tokens = Array(ScriptedRun.tokens(ScriptedRun.prompt).prefix(count))
      session.send(
        .compute(
          .stepped(
            session.node, ScriptedRun.step(iteration, tokens: tokens), distanceToLast: nil,
            places: nil)))
      #expect(session.state.edge == 16)
      let failure = session.state.failure ?? ""
      #expect(failure.contains("does not fit this run"), "\(iteration), \(count)")
    }
  }

  @Test func distancesAreAskedForWhenTheyAreLookedAt() throws {
    var session = Session(iterations: 4)
    let key = try #require(session.key)
    #expect(!session.service.requests.contains(.measure(key, upTo: [session.state.edge])))
    session.press(":metric distance")
    session.press(.enter)
    #expect(session.effects == [.submit(.measure(key, upTo: [session.state.edge]))])
    #expect(session.state.isMeasuring)
    session.settle()
    #expect(!session.state.isMeasuring)
    #expect(session.state.trajectory?.distanceToLast?.count == 5)
    session.press("l")
    guard case .submit(.step(_, _, _, let measuring))? = session.effects.first else {
      Issue.record("no step was asked for")
      return
    }
    #expect(measuring && session.effects.count == 1)
    session.settle()
    #expect(session.state.trajectory?.distanceToLast?.count == 6)
    session.press("m")
    session.press("l")
    session.settle()
    #expect(session.state.trajectory?.distanceToLast == nil, "nobody looks")
  }

  @Test func theFirstDivergenceIsFromUniform() {
    var session = Session(width: 120)
    session.state.cursor.iteration = 1
    #expect(session.screen.text.contains("KL from uniform"))
    session.state.cursor.iteration = 2
    #expect(!session.screen.text.contains("from uniform"))
  }

  @Test func noFlipIsAgainstTheStart() throws {
    var session = Session()
    let trajectory = try #require(session.state.trajectory)
    for token in trajectory.tokens.indices {
      #expect(!trajectory.flips(token: token).contains { $0 < 2 })
    }
    session.press("0n")
    #expect(session.state.cursor.iteration >= 2)
  }

  @Test func thePlaneTellsTheShareOfWhatItShows() throws {
    var session = Session(width: 120)
    session.press("k")
    let projection = try #require(session.state.projection)
    let token = session.state.cursor.token
    let own = try #require(projection.share(ofComponents: 0..<2, token: token))
    let all = try #require(projection.share(ofComponents: 0..<2, token: nil))
    session.state.zoom = .plane
    #expect(session.screen.text.contains("\(Int((own * 100).rounded()))% of path"))
    session.press("a")
    #expect(session.screen.text.contains("\(Int((all * 100).rounded()))% of all paths"))
    #expect(own != all && own < 1 && all < 1)
  }
}
