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
    session.state.rollout?.passages.map(\.iterations) ?? []
  }

  @Test func oneKeyAppendsTheTokenAndRunsItsIterations() throws {
    var session = session()
    let said = try #require(session.state.reading).top[0]
    session.press(".")
    #expect(
      session.effects == [.submit(.append(session.state.run, after: 0, at: 16, Sampling()))])
    session.settle()
    #expect(session.state.cursor == Address(token: 17, iteration: 1))
    #expect(session.state.rollout?.token(17).id == said.id)
    #expect(session.state.play != .paused, "its iterations are seen one by one")
    finish(&session)
    #expect(session.state.cursor == Address(token: 17, iteration: 16))
    #expect(depths(session) == [16, 16])
    #expect(session.screen.row(0).contains("\(ScriptedRun.prompt)»\(said.text)"))
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
    #expect(session.state.rollout?.token(17).text == said.text)
    #expect(depths(session)[0] == 3)
    session.press(" ")
    session.press("k")
    #expect(session.state.cursor == Address(token: 16, iteration: 3), "where it was taken")
  }

  @Test func appendingInThePastSetsTheRestAsideAndUBringsItBack() throws {
    var session = session()
    session.press("3.")
    finish(&session)
    let before = try #require(session.state.rollout).appended.map(\.text)
    session.press(":goto 17:4")
    session.press(.enter)
    session.press(".")
    session.settle()
    #expect(session.state.message?.text.contains("2 tokens set aside, u brings back") == true)
    finish(&session)
    #expect(depths(session) == [16, 4, 16])
    session.press("u")
    session.settle()
    #expect(session.state.rollout?.appended.map(\.text) == before)
    #expect(depths(session) == [16, 16, 16, 16])
    #expect(session.state.cursor == Address(token: 19, iteration: 16))
    #expect(session.state.projection?.coordinates[16].count == 20)
    session.press("u")
    session.settle()
    #expect(depths(session) == [16, 4, 16], "nothing is lost on the way back either")
  }

  @Test func rewindLetsAnEarlierTokenThinkOn() {
    var session = session()
    session.press("2.")
    finish(&session)
    session.press("k")
    session.press("e")
    #expect(session.state.message?.text.contains("token 18 was taken here at r 16") == true)
    session.press("l")
    #expect(session.state.message?.kind == .error && session.state.edge == 16)
    session.press("w")
    session.settle()
    #expect(depths(session) == [16, 16] && session.state.isLive)
    session.press("4e")
    finish(&session)
    #expect(depths(session) == [16, 20])
    session.press("w")
    #expect(session.state.message?.text.contains("nothing follows this token") == true)
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
    let rollout = session.state.rollout
    let exit = rollout.flatMap {
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

  @Test func samplingIsPassedOn() {
    var session = session()
    session.press(":sample temperature=0.8 top-k=5 seed=3")
    session.press(.enter)
    session.press(".")
    var sampling = Sampling()
    (sampling.temperature, sampling.topK, sampling.seed) = (0.8, 5, 3)
    #expect(session.effects == [.submit(.append(session.state.run, after: 0, at: 16, sampling))])
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
    session.state.writing.change = .append
    session.state.writing.pending = 4
    session.press(.control("c"))
    #expect(session.effects == [.cancel] && session.state.writing.pending == 0)
    session.send(.compute(.cancelled(session.state.run)))
    #expect(!session.state.isBusy && depths(session) == [16])
  }

  /// The text may be changed while an iteration is on its way, which arrives first.
  @Test func changingTheTextDoesNotWaitForAnIteration() {
    var session = session()
    session.press("2.")
    finish(&session)
    session.press(":goto 17:4")
    session.press(.enter)
    session.press(".")
    session.settle()
    #expect(session.state.isPlaying)
    session.press("l")
    session.press("u")
    #expect(session.effects == [.submit(.exchange(session.state.run))])
    session.settle()
    #expect(depths(session) == [16, 16, 16] && !session.state.isBusy)
    session.press("u")
    session.settle()
    #expect(depths(session).prefix(2) == [16, 4] && session.state.play == .paused)
  }

  @Test func atTheInitialStateNothingIsSaidYet() {
    var session = session()
    session.press("0.")
    #expect(session.state.message?.text.contains("nothing was thought yet") == true)
    session.press("u")
    #expect(session.state.message?.text.contains("no tokens were set aside") == true)
  }

  @Test func anotherPromptForgetsTheText() {
    var session = session()
    session.press(":each 2")
    session.press(.enter)
    session.press(".")
    finish(&session)
    session.press("r")
    finish(&session)
    #expect(depths(session) == [16] && session.state.writing.tail == nil)
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
    guard case .submit(.step(_, let shown?, _))? = session.effects.first else {
      Issue.record("the step says nothing of what is shown")
      return
    }
    let rollout = try #require(session.state.rollout)
    let place = try #require(Layout(session.state).place(.heat)).inner(session.state)
    let map = try #require(HeatMap(session.state, rollout, place))
    #expect(shown.contains(map.firstToken) && shown.contains(map.firstToken + map.rows - 1))
    #expect(shown.contains(session.state.cursor.token) && shown.count < 30)
    // The answer is on its way; a glimpse of it is on the screen before.
    let top = [Candidate(id: 1, text: "@", probability: 1)]
    let reading = Reading(entropy: 0, kl: nil, top: top)
    let run = session.state.run
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
