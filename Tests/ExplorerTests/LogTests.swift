import TestSupport
import Testing
import Trajectories

@testable import Explorer

/// Sessions as text, and done again from it.
@Suite struct LogTests {
  private func replay(_ text: String) throws -> ExplorerState {
    let log = try SessionLog(parsing: text)
    var replay = Replay(log, service: ScriptedCompute(), gallery: GalleryTests.entries)
    try replay.run(log)
    return replay.state
  }

  private func problem(_ text: String) -> LogProblem? {
    do {
      _ = try replay(text)
      return nil
    } catch {
      return error as? LogProblem
    }
  }

  static let head = "muninn-log 1 version 0.1.0 size 80x24 model scripted\nbegin \"3+4?\" seed 7\n"

  @Test(arguments: [
    "# a comment", "", "goto 12:8", "ask \" a\\nb \"", "at 16:5 of 6", "at 16:5 of 6 in run 2",
    "after 3 answers",
    "after 1 answer", "size 120x40", "pause 2", "expect answer 2", "expect r 12",
    "expect screen contains next after", "expect screen lacks \" x\"", "expect refusal",
    "expect says pairs", "expect holds argmax stable 3", "expect runs 3", "expect run 2",
    "expect token 4", "expect edge 16",
  ])
  func aLineIsReadAsItWasWritten(line: String) throws {
    #expect(try LogLine(parsing: line).description == line)
  }

  @Test func theBeginningIsReadAsItWasWritten() throws {
    for begin in [
      "begin \"a \\\"b\\\" seed 3\" r 5 seed 9", "begin ids 1,2,3 zero", "begin \"\\\\\"",
      "begin \"x\" start {\"seeded\":{\"form\":{\"truncation\":\"erfinv\",\"type\":\"float32\"},"
        + "\"scale\":2,\"seed\":4}}",
    ] {
      let text =
        "muninn-log 1 version 0.1.0 size 77x21 glyphs block text utf-8 colours none theme light "
        + "speed max model my model\n" + begin + "\n"
      let log = try SessionLog(parsing: text)
      #expect(
        log.text.split(separator: "\n").map(String.init)
          == text.split(separator: "\n").map(String.init))
    }
  }

  @Test(arguments: [
    ("muninn-log 2\n", 1, "format 2"), ("# x\nmuninn-log 1\n", 2, "stands first"),
    ("muninn-log 1 size 0\n", 1, "columns x rows"), ("muninn-log 1 colour red\n", 1, "no colour"),
    ("begin 3+4?\n", 1, "double quotes"), ("begin \"3+4?\" r 0\n", 1, "from 1 to"),
    ("\nplay\nbegin \"x\"\n", 3, "begins once"), ("exted 4\n", 1, "did you mean extend"),
    ("expect much\n", 1, "expect takes"), ("pause long\n", 1, "pause takes"),
    ("at 3 of 4\n", 1, "at takes"), ("expect r 99\n", 1, "r is 16, not 99"),
    ("expect answer x\n", 1, "the answer is"), ("expect refusal\n", 1, "was not refused"),
    ("at 3:99 of 99\n", 1, "never comes"),
    ("expect screen contains zebra\n", 1, "not on the screen"),
    ("expect holds kl >\n", 1, "column"),
    ("goto 3\nexpect holds iteration == 4\n", 2, "does not hold"),
  ])
  func whatIsWrongIsToldWithItsLine(text: String, line: Int, words: String) throws {
    let found = try #require(problem(text))
    #expect(found.line == line, "\(found)")
    #expect(found.description.contains(words), "\(found)")
  }

  @Test func expectationsHold() throws {
    let state = try replay(
      Self.head + """
        # Nine steps, then a place in them.
        goto 9
        expect r 9
        pause 0.1
        theme nonsense
        expect refusal
        expect says one of dark, light
        extend 4
        expect edge 20
        expect screen contains r 20 of 20
        seed 11
        expect runs 2
        expect run 2
        """)
    #expect(state.runs.tree.count == 2)
    #expect(state.edge == 20)
  }

  @Test func allIsAwaitedUnlessTheLogSaysOtherwise() throws {
    let paused = try replay(Self.head + "extend 9\nat 4:19 of 19\nplay\nexpect r 19\n")
    #expect(paused.edge == 19 && !paused.isPlaying)
    let early = try replay(Self.head + "seed 11\nafter 0 answers\nextend 4\n")
    #expect(early.edge == 16)
  }

  /// Acts of every kind, as a hand does them: keys, clicks, the wheel, lines, while things are on their way.
  private func session(seed: UInt64, acts: Int) -> Session {
    var dice = Dice(seed: seed)
    var session = Session(width: 100, height: 30)
    session.state.gallery = GalleryTests.entries
    let lines = [
      "goto 5", "seed 3", "token 5 8", "extend 3", "basis token", "motion", "each 2", "compare 1",
      "threshold kl 0.5", "break iteration == 4", "find entropy < 1", "ask 7+8?", "swap", "undo",
      "copies 4", "watch 2", "sweep 1 7-9", "edit 3:4 := 0", "metric norm", "faster", "nonsense",
    ]
    let keys = Array("hlHLjk0$nNF .bvtuwxomMc+_gT<>[]") + ["5", "3"]
    while session.state.journal.lines.count < acts {
      switch dice.below(8) {
      case 0: session.type(dice.one(of: lines))
      case 1:
        let place = Point(x: dice.below(100), y: dice.below(30))
        let action: MouseEvent.Action = dice.one(of: [.press, .press, .wheelUp, .wheelDown])
        session.send(.mouse(MouseEvent(action: action, at: place)))
      case 2: session.press(dice.one(of: [.escape, .enter, .tab, .control("r")]))
      default: session.press(String(dice.one(of: keys)))
      }
      switch dice.below(4) {
      case 0: session.wait(0.3)
      case 1: break
      default: session.settle()
      }
      if session.state.mode != .normal { session.press(.escape) }
    }
    session.settle()
    session.wait(100)
    session.settle()
    // As leaving does.
    session.press(.escape)
    session.settle()
    return session
  }

  @Test(arguments: UInt64(1)...6) func twoHundredActsAreDoneAgainToTheByte(seed: UInt64) throws {
    let session = session(seed: seed, acts: 200)
    let text = session.state.sessionLog.text
    let first: ExplorerState
    do {
      first = try replay(text)
    } catch {
      Issue.record("\(error)\n\(text)")
      return
    }
    let second = try replay(text)
    #expect(render(first).text == render(second).text)
    #expect(first.sessionLog.text == second.sessionLog.text)
    // As it was, but for the times of steps.
    #expect(first.runs.tree.nodes == session.state.runs.tree.nodes)
    #expect(first.cursor == session.state.cursor)
    let (again, was) = (render(first), session.screen)
    for y in 1..<29 { #expect(again.row(y) == was.row(y), "row \(y)") }
    // And what was done again has the same log.
    #expect(first.sessionLog.lines.filter(\.isAct) == session.state.journal.lines.filter(\.isAct))
  }
}

extension LogLine {
  fileprivate var isAct: Bool { if case .invocation = self { true } else { false } }
}
