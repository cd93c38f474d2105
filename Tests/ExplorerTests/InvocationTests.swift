import TestSupport
import Testing
import Trajectories

@testable import Explorer

/// Commands, what they take, and the one value everything comes to.
@Suite struct InvocationTests {
  @Test(arguments: [
    Invocation("goto", "12:8"), Invocation("play"), Invocation("ask", "3+4?"),
    Invocation("ask", " a\n\"b\"\\\t\u{1B} "), Invocation("ask", "\"quoted\""),
    Invocation("break", "rank(\"7\") == 1"), Invocation("ask", "# no comment"),
    Invocation("ask", "日本語 e\u{301} 👨‍👩‍👧"), Invocation("ask", "\u{202E}x"),
  ])
  func aLineIsReadAsItWasWritten(invocation: Invocation) {
    let line = invocation.description
    #expect(!line.contains("\n") && !line.unicodeScalars.contains { $0.value < 32 })
    #expect(Invocation(parsing: line) == invocation)
  }

  @Test func whatIsNoLineIsNone() {
    #expect(Invocation(parsing: "") == nil && Invocation(parsing: "   ") == nil)
    #expect(Invocation(parsing: "  play  ")?.argument == nil)
    // What is not all in quotes is a text as it is.
    for text in ["\"open", "\"a\" b", "\"\\x\"", "\"\\u{110000}\"", "\"\\u{zz}\""] {
      #expect(Invocation(parsing: "ask " + text)?.argument == text)
    }
  }

  /// Of a command what is given and what is not: something is done, or a word says why not.
  @Test(arguments: [nil, "\u{1}garbage garbage", "-1", "99999999999999999999", "1 2 3 4 5 6 7"])
  func noCommandIsSilent(text: String?) {
    for command in Command.all where !["quit", "suspend", "redraw"].contains(command.name) {
      for prepare in [nil, "runs", "exits", "copies 4", "motion"] {
        var session = Session(iterations: 3)
        session.state.gallery = GalleryTests.entries
        if let prepare { session.type(prepare) }
        session.settle()
        session.state.message = nil
        let before = session.state
        let effects = invoke(Invocation(command.name, text), &session.state)
        let after = session.state
        let isDone =
          !effects.isEmpty || after.message != nil || after.mode != before.mode
          || after.cursor != before.cursor || after.zoom != before.zoom
          || after.focus != before.focus || render(after).cells != render(before).cells
        // The pictures of these do not depend on it here, or it is so already.
        let isSo = ["cells", "last", "first", "basis", "zoom", "unzoom", "focus-next"]
        #expect(
          isDone || text == nil && isSo.contains(command.name),
          "\(command.name) \(text ?? "") in \(prepare ?? "all panes")")
        if let text, command.parameters.isEmpty, before.trajectory != nil {
          #expect(after.message?.kind == .error, "\(command.name) \(text)")
        }
      }
    }
  }

  @Test(arguments: [
    ("theme purple", "theme takes a theme"), ("glyphs round", "braille, block, ascii"),
    ("extend abc", "a count from 1 to 100000, not \"abc\""), ("extend 8 9", "nothing after"),
    ("extend 0", "from 1 to"), ("faster 10", "takes nothing after it"),
    ("zoom nowhere", "zoom takes a pane"), ("refit -5", "refit takes iterations"),
    ("each kl=-1", "each takes"), ("show 99", "number of another run"),
    ("seed -1", "a whole number from 0 on"), ("play 5", "nothing after it"),
    ("speed 3", "1, 2, 4, 8, 16, 30, max"), ("metric exit", "metric takes a metric"),
    ("append many", "a count from 1"), ("gallery 99", "from 1 to 3"), ("ask", "what to ask"),
    ("goto", "goto takes"), ("metric re", "residual"), ("gradient 4", "no command gradient"),
  ])
  func whatIsWrongIsRefusedWithWhatIsRight(line: String, words: String) {
    var session = Session()
    session.state.gallery = GalleryTests.entries
    let before = session.state
    session.type(line)
    #expect(session.said.contains(words), "\(line): \(session.said)")
    #expect(session.state.message?.kind == .error)
    #expect(session.state.theme == before.theme && session.state.metricIndex == before.metricIndex)
    #expect(session.state.target == before.target && session.state.cursor == before.cursor)
  }

  @Test func whatIsRightIsDone() {
    var session = Session()
    session.type("theme mono")
    #expect(session.state.theme == .mono)
    session.type("glyphs ascii")
    #expect(session.state.capabilities.glyphs == .ascii)
    session.type("zoom plane")
    #expect(session.state.zoom == .plane && session.state.focus == .plane)
    session.type("metric flips")
    #expect(session.state.metric.name == "flip")
    session.type("speed 30")
    #expect(session.state.speedLabel == "30/s")
    session.type("extend 3")
    #expect(session.state.target == 19)
  }

  @Test func aCountIsRefusedWhereItMeansNothing() {
    var session = Session()
    session.press("5F")
    #expect(session.said.contains("last-flip takes no count"))
    #expect(session.state.pendingCount == nil)
    session.press("3k")
    #expect(session.state.cursor.token == session.state.tokenCount - 4)
  }

  @Test func keysOfOnesOwnComeFirst() throws {
    var session = Session()
    for (key, line) in [("J", "goto 3"), ("f2", "theme mono"), ("ctrl-t", "token-up")] {
      let binding = try KeyBinding(key: key, line: line)
      session.state.ownKeys[binding.key] = binding.invocation
    }
    session.press("J")
    #expect(session.state.cursor.iteration == 3)
    session.press("5J")
    #expect(session.said.contains("takes no count"))
    session.press(.function(2))
    #expect(session.state.theme == .mono)
    session.press("3")
    session.press(.control("t"))
    #expect(session.state.cursor.token == session.state.tokenCount - 4)
    session.press("?")
    #expect(session.screen.text.contains("Your keys") && session.screen.text.contains("goto 3"))
  }

  /// Keys, mouse and lists come to the same as the lines.
  @Test func aPointerDoesWhatALineDoes() {
    var (pointed, typed) = (Session(), Session())
    pointed.send(.mouse(MouseEvent(action: .press, at: Point(x: 9, y: 6))))
    typed.type("select \(pointed.state.cursor)")
    #expect(typed.state.cursor == pointed.state.cursor)
    #expect(pointed.state.cursor != Session().state.cursor)
    #expect(typed.screen.cells.dropLast(80) == pointed.screen.cells.dropLast(80))
  }
}
