import Testing
import Trajectories

@testable import Explorer

/// Conditions in the hand: where a run stops, what it goes on until, what is looked for.
@Suite struct BreakTests {
  @Test func aRunStopsWhereABreakpointHolds() throws {
    var session = Session(runToTarget: false)
    session.type("break iteration == 5")
    #expect(session.said.contains("break 1: iteration == 5 (token 16)"))
    session.wait(60)
    #expect(session.state.edge == 5 && session.state.cursor.iteration == 5)
    #expect(!session.state.isPlaying)
    #expect(session.said == "break 1 at 16:5: iteration == 5")
    // It goes on from there, and stops no more.
    session.press(" ")
    session.wait(60)
    #expect(session.state.edge == 16)
  }

  @Test func aStepWithACountStopsToo() {
    var session = Session()
    session.press("$")
    session.type("break iteration == 19")
    session.press("9l")
    session.settle()
    #expect(session.state.edge == 19 && session.state.stepGoal == nil)
    #expect(session.said.contains("break 1 at 16:19"))
  }

  @Test func onwardsAndBackwardsAmongBreakpoints() {
    var session = Session()
    session.press(">")
    #expect(session.said.contains("there are no breakpoints; B sets one"))
    session.type("break iteration == 4")
    session.type("break iteration == 12")
    session.press("0>")
    #expect(session.state.cursor.iteration == 4 && session.said.hasPrefix("break 1"))
    session.press(">")
    #expect(session.state.cursor.iteration == 12 && session.said.hasPrefix("break 2"))
    session.press("<")
    #expect(session.state.cursor.iteration == 4)
    session.press("<")
    #expect(
      session.state.cursor.iteration == 4 && session.said.contains("no breakpoint is met"))
    session.press("$>")
    #expect(session.said.contains("no breakpoint is met up to r 16"))
    session.type("unbreak 1")
    session.press("0>")
    #expect(session.state.cursor.iteration == 12)
    session.type("breaks")
    #expect(session.said == "2 iteration == 12 (token 16)")
    session.type("unbreak")
    session.press(">")
    #expect(session.said.contains("there are no breakpoints"))
  }

  /// What holds for long is one place, where it becomes so, on the way there and back.
  @Test func whatHoldsForLongStopsOnce() {
    var session = Session()
    session.type("break iteration > 4 && iteration < 9 || iteration > 12")
    session.press("0>")
    #expect(session.state.cursor.iteration == 5 && session.said.hasPrefix("break 1 at 16:5"))
    session.press(">")
    #expect(session.state.cursor.iteration == 13 && session.said.hasPrefix("break 1 at 16:13"))
    session.press("<")
    #expect(session.state.cursor.iteration == 5)
  }

  @Test func aRunGoesOnPastItsTargetUntilSomethingIsSo() {
    var session = Session()
    session.type("until iteration == 21")
    session.wait(60)
    #expect(session.state.edge == 21 && session.state.cursor.iteration == 21)
    #expect(session.said.contains("16:21 is where iteration == 21"))
    #expect(session.state.breaking.until == nil && !session.state.isPlaying)
    // What is there already is gone to.
    session.press("0")
    session.type("until iteration == 7")
    #expect(session.state.cursor.iteration == 7 && session.state.edge == 21)
  }

  @Test func aRunThatNeverMeetsItGivesUpAndAKeyEndsIt() {
    var session = Session()
    session.press("0]]]]]")
    session.type("until iteration < 0")
    session.wait(20)
    session.press(" ")
    session.settle()
    #expect(!session.state.isPlaying && session.state.breaking.until == nil)
    let edge = session.state.edge
    session.wait(20)
    #expect(session.state.edge == edge, "space ends it")
    session.state.breaking.patience = 30
    session.type("until iteration < 0")
    session.wait(60)
    #expect(session.state.edge == edge + 30)
    #expect(session.said.contains("not met up to r \(edge + 30)"))
  }

  @Test func whatIsLookedForIsGoneTo() {
    var session = Session()
    session.press("0")
    session.type("find iteration == 3 || iteration > 14")
    #expect(session.state.cursor.iteration == 3)
    session.press("n")
    #expect(session.state.cursor.iteration == 15)
    session.press("n")
    #expect(session.state.cursor.iteration == 16)
    session.press("n")
    #expect(session.said.contains("no later \"iteration == 3 || iteration > 14\""))
    session.press("NN")
    #expect(session.state.cursor.iteration == 3)
    session.type("find argmax changes")
    session.press("0n")
    #expect(session.state.flips.first == session.state.cursor.iteration)
  }

  @Test func aMistakeOpensTheLineWhereItIs() throws {
    var session = Session()
    session.press("B")
    guard case .command(let opened) = session.state.mode else {
      Issue.record("no line was opened")
      return
    }
    #expect(opened.text == "break ")
    session.press("entropi < 1")
    session.send(.key(.enter))
    guard case .command(let editor) = session.state.mode else {
      Issue.record("the line was closed")
      return
    }
    #expect(editor.text == "break entropi < 1" && editor.beforeCaret == "break ")
    #expect(session.said.contains("column 1: there is no entropi; did you mean entropy?"))
    #expect(session.screen.text.contains("did you mean entropy?"))
    // The word is completed as far as it can be.
    session.press(":")
    session.send(.key(.escape))
    session.press(":find resi")
    session.send(.key(.tab))
    guard case .command(let completed) = session.state.mode else { return }
    #expect(completed.text == "find residual")
  }

  @Test func tokensAreNamedByTheirText() {
    var session = Session()
    session.type("break rank(\"7\") == 1")
    #expect(session.said.contains("rank(\"7\") == 1"))
    session.type("break rank(\"77\") == 1")
    #expect(session.said.contains("one token, and \"77\" is no token"))
  }
}
