import Testing
import Trajectories

@testable import Explorer

/// Writing on, token by token: what a person does, and what comes of it.
@Suite struct AppendTests {
  /// A session whose prompt of 17 tokens has had its 16 iterations, and the words it has written.
  private func session(width: Int = 80, height: Int = 24) -> Session {
    Session(width: width, height: height)
  }

  private func finish(_ session: inout Session) {
    session.settle()
    for _ in 0..<40 where session.state.isBusy || session.state.isPlaying { session.wait(60) }
  }

  private func depths(_ session: Session) -> [Int] {
    session.state.branch?.passages.map(\.iterations) ?? []
  }

  @Test func oneKeyAppendsTheTokenAndRunsItsIterations() throws {
    var session = session()
    let said = try #require(session.state.reading).top[0]
    let key = try #require(session.key)
    session.press(".")
    #expect(session.effects == [.submit(.append(key, at: 16, .said(Sampling())))])
    session.settle()
    #expect(session.state.cursor == Address(token: 17, iteration: 1))
    #expect(session.state.branch?.token(17).id == said.id)
    #expect(session.state.play != .paused, "its iterations are seen one by one")
    finish(&session)
    #expect(session.state.cursor == Address(token: 17, iteration: 16))
    #expect(depths(session) == [16, 16])
    #expect(session.screen.row(0).contains("»\(said.text) "))
    #expect(session.state.projection?.coordinates[16].count == 18)
  }

  @Test func aCountAppendsThatMany() {
    var session = session()
    session.press("3.")
    finish(&session)
    #expect(depths(session) == [16, 16, 16, 16])
    #expect(session.state.writing.pending == 0 && session.state.play == .paused)
  }

  @Test func aTokenIsPausedAndSteppedInside() {
    var session = session()
    session.press(".")
    session.settle()
    session.press(" ")
    session.settle()
    let reached = session.state.edge
    #expect(session.state.play == .paused && reached < 16)
    session.press("2l")
    session.settle()
    #expect(session.state.cursor == Address(token: 17, iteration: reached + 2))
    session.press("h")
    #expect(session.state.cursor.iteration == reached + 1)
    #expect(session.screen.row(0).contains("viewing \(reached + 1) of \(reached + 2)"))
  }

  @Test func whatIsSaidAtTheCursorsIterationIsTaken() throws {
    var session = session()
    session.press(":goto 16:3")
    session.press(.enter)
    let said = try #require(session.state.reading).top[0]
    session.press(".")
    session.settle()
    #expect(session.state.branch?.token(17).text == said.text)
    #expect(depths(session)[0] == 3)
    session.press(" ")
    session.press("k")
    #expect(session.state.cursor == Address(token: 16, iteration: 3), "where it was taken")
  }

  @Test func appendingInThePastMakesABranchAndUTakesItBack() throws {
    var session = session()
    session.press("3.")
    finish(&session)
    let before = try #require(session.state.branch).appended.map(\.text)
    session.press(":goto 17:4")
    session.press(.enter)
    session.press(".")
    session.settle()
    #expect(session.state.message?.text.contains("a branch, run 5; b swaps") == true)
    finish(&session)
    #expect(depths(session) == [16, 4, 16])
    session.press("b")
    #expect(session.state.branch?.appended.map(\.text) == before)
    #expect(depths(session) == [16, 16, 16, 16])
    #expect(session.state.cursor == Address(token: 17, iteration: 4), "as it was left")
    #expect(session.state.projection?.coordinates[16].count == 20)
    session.press("b")
    #expect(depths(session) == [16, 4, 16], "nothing is lost on the way back either")
    #expect(session.state.projection?.coordinates[16].count == 19)
    session.press("uuu")
    #expect(session.state.runs.tree.count == 4 && depths(session) == [16, 16, 16, 16])
    session.press(.control("r"))
    #expect(depths(session) == [16, 4, 16])
  }

  @Test func anEarlierTokenThinksOnAsABranch() {
    var session = session()
    session.press("2.")
    finish(&session)
    session.press("k")
    session.press("4e")
    finish(&session)
    #expect(depths(session) == [16, 20] && session.state.isLive)
    session.press("w")
    #expect(session.state.message?.text.contains("nothing follows this token") == true)
    session.press("b")
    #expect(depths(session) == [16, 16, 16], "what followed left at r 16, and still does")
    #expect(session.state.branch?.lastIteration(of: 17) == 20)
    session.press("$l")
    session.settle()
    #expect(depths(session) == [16, 21])
    session.press("uu")
    #expect(depths(session) == [16, 21], "the switches were undone, and nothing computed is")
    session.press("u")
    #expect(depths(session) == [16, 16, 16])
    session.press("w")
    #expect(depths(session) == [16, 21] && session.state.isLive)
  }

  @Test func eachTokenGetsWhatItIsGiven() {
    var session = session()
    session.press(":each 3")
    session.press(.enter)
    session.press("2.")
    finish(&session)
    #expect(depths(session) == [16, 3, 3])
    session.press(":each argmax-stability=2")
    session.press(.enter)
    #expect(session.state.message?.text.contains("until argmax-stability passes 2") == true)
    session.press(".")
    finish(&session)
    let branch = session.state.branch
    let exit = branch.flatMap {
      ExitRule.named("argmax-stability")?.firstExit($0.last.trajectory, threshold: 2)
    }
    #expect(exit != nil && depths(session).last == exit)
    session.press("2e")
    finish(&session)
    #expect(depths(session).last == exit.map { $0 + 2 }, "a rule does not hold back what is asked")
    for wrong in ["each zero", "each kl=x", "each 0"] {
      session.press(":\(wrong)")
      session.press(.enter)
      #expect(session.state.message?.kind == .error, "\(wrong)")
    }
  }

  @Test func samplingIsPassedOn() throws {
    var session = session()
    session.press(":sample temperature=0.8 top-k=5 seed=3")
    session.press(.enter)
    let key = try #require(session.key)
    session.press(".")
    var sampling = Sampling()
    (sampling.temperature, sampling.topK, sampling.seed) = (0.8, 5, 3)
    #expect(session.effects == [.submit(.append(key, at: 16, .said(sampling)))])
    for wrong in ["top-k=5", "temperature=0", "colour=blue", "hot"] {
      session.press(":sample \(wrong)")
      session.press(.enter)
      #expect(session.state.message?.kind == .error, "\(wrong)")
    }
  }

  @Test func theModelSaysWhenItIsDone() throws {
    var session = session()
    // The double ends a text at '0'; some token says it at some iteration.
    let trajectory = try #require(session.state.trajectory)
    let place = try #require(
      (1...16).first { trajectory.steps[$0].readings[16].argmax == ScriptedRun.stop },
      "the scripted run says 0 somewhere")
    session.press(":goto 16:\(place)")
    session.press(.enter)
    session.press("5.")
    session.settle()
    #expect(depths(session) == [16] && session.state.writing.pending == 0)
    #expect(session.state.message?.text.contains("the model is done") == true)
    #expect(session.screen.row(0).contains("∎"))
  }

  @Test func interruptedAppendingLeavesTheTextAsItWas() {
    var session = session()
    session.state.writing.isAppending = true
    session.state.writing.pending = 4
    session.press(.control("c"))
    #expect(session.effects == [.cancel] && session.state.writing.pending == 0)
    session.send(.compute(.cancelled(.run(session.node))))
    #expect(!session.state.isBusy && depths(session) == [16])
  }

  /// One may look elsewhere while an iteration is on its way, which arrives where it belongs.
  @Test func lookingElsewhereDoesNotWaitForAnIteration() {
    var session = session()
    session.press("2.")
    finish(&session)
    session.press(":goto 17:4")
    session.press(.enter)
    session.press(".")
    session.settle()
    #expect(session.state.isPlaying)
    let branch = session.node
    let edge = session.state.edge
    session.press("l")
    session.press("b")
    #expect(depths(session) == [16, 16, 16] && session.state.play == .paused)
    session.settle()
    #expect(session.state.runs[branch]?.trajectory.lastIteration ?? 0 > edge)
    #expect(depths(session) == [16, 16, 16] && !session.state.isBusy)
    session.press("b")
    #expect(depths(session).prefix(2) == [16, 4] && session.state.edge > edge)
  }

  @Test func atTheInitialStateNothingIsSaidYet() {
    var session = session()
    session.press("0.")
    #expect(session.state.message?.text.contains("nothing was thought yet") == true)
    session.press("u")
    #expect(session.state.message?.text.contains("Nothing to undo") == true)
  }

  @Test func anotherRunKeepsTheText() {
    var session = session()
    session.press(":each 2")
    session.press(.enter)
    session.press(".")
    finish(&session)
    session.press("r")
    finish(&session)
    #expect(depths(session) == [16])
    session.press("b")
    #expect(depths(session) == [16, 2])
  }

  @Test(arguments: [(80, 24), (120, 40)]) func theTextOnTheScreen(width: Int, height: Int) {
    var session = session(width: width, height: height)
    session.press(":goto 16:9")
    session.press(.enter)
    session.press(".")
    finish(&session)
    session.press(":each 5")
    session.press(.enter)
    session.press("2.")
    finish(&session)
    session.state.message = nil
    expectSnapshot(session.screen.text, "appended-\(width)x\(height)")
    session.state.capabilities.colours = .none
    session.state.capabilities.glyphs = .ascii
    session.press("kk")
    session.state.message = nil
    expectSnapshot(session.screen.text, "appended-ascii-\(width)x\(height)")
  }

  @Test func ofALongPromptTheRowsShownAreReadFirst() throws {
    var session = Session(prompt: String(repeating: "12+", count: 40), runToTarget: false)
    session.settle()
    session.wait(60)
    session.press("l")
    guard case .submit(.step(_, _, let shown?, _))? = session.effects.first else {
      Issue.record("the step says nothing of what is shown")
      return
    }
    let branch = try #require(session.state.branch)
    let place = try #require(Layout(session.state).place(.heat)).inner(session.state)
    let map = try #require(HeatMap(session.state, branch, place))
    let tokens = map.grid.shownTokens
    #expect(shown.contains(tokens.lowerBound) && shown.contains(tokens.upperBound - 1))
    #expect(shown.contains(session.state.cursor.token) && shown.count < 30)
    // The answer is on its way; a glimpse of it is on the screen before.
    let top = [Candidate(id: 1, text: "@", probability: 1)]
    let reading = Reading(entropy: 0, kl: nil, top: top)
    let run = session.node
    let next = session.state.edge + 1
    session.send(.compute(.glimpsed(run, iteration: next, first: 118, [reading, reading])))
    #expect(session.screen.text.contains("@"))
    session.settle()
    #expect(session.state.glimpse.isEmpty && session.state.edge == next)
  }

  @Test func everySizeHasRoomForAText() {
    var session = session()
    session.press("4.")
    finish(&session)
    for width in stride(from: 1, through: 140, by: 13) {
      for height in [1, 5, 6, 12, 24, 41] {
        session.state.size = Size(width: width, height: height)
        #expect(session.screen.size == session.state.size)
      }
    }
  }
}
