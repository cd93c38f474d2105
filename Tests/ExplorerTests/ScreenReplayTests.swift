import Testing

@testable import Explorer

/// Logs that are done again on the screen: each line in its turn.
@Suite struct ScreenReplayTests {
  /// Lets a log take its turns until it is done; nothing else wakes it but the times it asks for.
  private func play(
    _ text: String, _ session: inout Session
  ) throws -> (words: String, isFailure: Bool) {
    var script = ScreenReplay(try SessionLog(parsing: text))
    for _ in 0..<2000 {
      switch script.turn(session.state, isIdle: session.service.isIdle) {
      case .wait(let time): session.send(.tick(now: max(time, session.state.now + 0.001)))
      case .rest: session.send(.tick(now: session.state.now + ScreenReplay.patience))
      case .take(let event): session.send(event)
      case .done(let words, let isFailure): return (words, isFailure)
      }
      session.settle()
    }
    return ("it never ends", true)
  }

  @Test func linesHaveTheirTurnAndPausesTheirTime() throws {
    var session = Session()
    let before = session.state.now
    let end = try play("# Look.\ngoto 4\npause 3\nextend 2\nquit\n", &session)
    #expect(end.words.contains("the session is yours") && !end.isFailure)
    #expect(session.state.edge == 18 && session.state.now > before + 3)
  }

  @Test func whatIsToldIsShown() throws {
    var session = Session()
    var script = ScreenReplay(try SessionLog(parsing: "# Look here.\n"))
    guard case .take(let event) = script.turn(session.state, isIdle: true) else {
      Issue.record("a comment is told")
      return
    }
    session.send(event)
    #expect(session.said == "Look here.")
  }

  @Test func whatIsOtherwiseStopsIt() throws {
    var session = Session()
    let end = try play("muninn-log 1 size 80x24\ngoto 4\nexpect r 5\ngoto 7\n", &session)
    #expect(end.isFailure && end.words == "line 3: r is 4, not 5")
    #expect(session.state.cursor.iteration == 4)
    let never = try play("at 1:99 of 99\n", &session)
    #expect(never.isFailure && never.words.contains("never came"))
  }
}
