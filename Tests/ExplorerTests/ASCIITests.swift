import Testing
import Trajectories

@testable import Explorer

/// Where only ASCII may be written, nothing else is: marks have stand-ins, instead of the `?` that takes the
/// place of what has none.
@Suite struct ASCIITests {
  /// Marks as where the locale is C; what has no stand-in is left as it is, and seen.
  private static let capabilities = Capabilities(
    colours: .none, glyphs: .ascii, isUnicode: true)

  private func session(width: Int = 80, height: Int = 24) -> Session {
    Session(width: width, height: height, capabilities: Self.capabilities)
  }

  /// But for the token that the scripted model calls so: what tokens are made of is not ours.
  private func expectPlain(_ session: Session, _ what: String) {
    let text = session.screen.text
    let lines = text.split(separator: "\n").filter { line in
      !line.unicodeScalars.allSatisfy { $0.isASCII || $0 == "␊" }
    }
    #expect(lines.isEmpty, "\(what): \(lines)")
  }

  @Test func everyLineOfTheHelp() {
    var session = session(height: 500)
    session.press("?")
    #expect(session.screen.text.contains("Good to know"))
    expectPlain(session, "help")
  }

  /// What the palette says of every command, and of what it can be given.
  @Test func theWholePalette() {
    var session = session(height: 60)
    for command in Command.all {
      session.press(":" + command.name)
      expectPlain(session, command.name)
      session.press(" ")
      expectPlain(session, command.name)
      session.press("~")
      expectPlain(session, command.name)
      session.press(.control("c"))
    }
  }

  @Test(arguments: PaneName.allCases) func everyPane(_ pane: PaneName) {
    var session = session(width: 120, height: 40)
    session.state.focus = pane
    session.press(.function(1))
    expectPlain(session, "about \(pane)")
    session.press(.escape)
    session.press(",")
    expectPlain(session, "keys of \(pane)")
    session.press(.escape)
    session.press("+")
    expectPlain(session, "\(pane) alone")
    session.type("metric turn")
    for line in PlainPane.lines(pane, session.state) {
      #expect(line.unicodeScalars.allSatisfy { $0.isASCII || $0 == "␊" }, "\(line)")
    }
  }

  @Test func everyMetricOfTheMap() {
    var session = session(width: 120, height: 40)
    for metric in session.state.metrics {
      session.type("metric \(metric.name)")
      expectPlain(session, metric.name)
    }
  }

  @Test func toursAndWhatTheyTell() {
    var session = session(width: 120, height: 40)
    session.press("T")
    for tour in Tour.all {
      expectPlain(session, tour.name)
      session.press(.down)
      let glyphs = session.state.glyphs
      for words in [tour.title, tour.about] + tour.narration {
        #expect(glyphs.plain(words).utf8.allSatisfy { $0 < 0x80 }, "\(words)")
      }
    }
  }

  /// What was said and refused, in the footer, above a line that is typed and in the list.
  @Test func whatIsSaid() {
    var session = session()
    for line in [
      "goto 99", "metric nonsense", "cell-width 77", "edit 3:4 =", "seed -1", "dismiss", "extend x",
      "compare 7", "find \"zebra\"", "each kl=-1",
    ] {
      session.type(line)
      expectPlain(session, line)
      if session.state.mode != .normal { session.press(.control("c")) }
    }
    session.press("/")
    session.press(.function(5))
    expectPlain(session, "prompt")
    session.press(.escape)
    session.type("messages")
    expectPlain(session, "messages")
  }

  /// An arrow key that is called what it does is listed once.
  @Test func aFooterSaysAWordOnce() {
    var session = session()
    session.press(.function(1))
    let foot = session.screen.row(23)
    #expect(foot.contains(" down  up  ") && !foot.contains("down down"), "\(foot)")
  }

  @Test func theWatch() {
    var state = WatchTests.state(
      size: Size(width: 120, height: 40), capabilities: Self.capabilities)
    #expect(render(state).text.utf8.allSatisfy { $0 < 0x80 })
    _ = update(&state, .key(.character("?")))
    let text = render(state).text
    #expect(text.contains("Watching changes nothing"))
    #expect(text.utf8.allSatisfy { $0 < 0x80 }, "\(text)")
  }
}
