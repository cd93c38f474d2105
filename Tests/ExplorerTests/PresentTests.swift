import Testing
import Trajectories

@testable import Explorer

/// The screen for a class, playback that begins anew, and slow speeds.
@Suite struct PresentTests {
  private func presented(
    width: Int = 80, height: Int = 24, capabilities: Capabilities = .full, theme: Theme = .dark
  ) -> Session {
    var session = Session(width: width, height: height, capabilities: capabilities, theme: theme)
    session.type("present")
    session.press(.escape)
    session.type("goto 6")
    session.state.message = nil
    return session
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60), (40, 12)])
  func pictures(width: Int, height: Int) {
    expectSnapshot(
      presented(width: width, height: height).screen.text, "present-\(width)x\(height)")
  }

  @Test func inASCIIWithoutColour() {
    let text = presented(capabilities: .plain, theme: .mono).screen.text
    expectSnapshot(text, "present-ascii-80x24")
    #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
  }

  @Test func whatIsStillToComeIsNotShown() throws {
    var session = presented(width: 200, height: 60)
    let heat = try #require(Layout(session.state).place(.heat)).inner(session.state)
    let branch = try #require(session.state.branch)
    let map = try #require(HeatMap(session.state, branch, heat))
    #expect(map.grid.rowHeight == 3)
    func texts() -> [String] {
      let screen = session.screen
      return (0...16).map { iteration in
        let cell = map.grid.cell(Address(token: 3, iteration: iteration))
        return screen.cells[(cell.y + 1) * 200 + cell.x + 1].character.description
      }
    }
    #expect(texts()[7...].allSatisfy { $0 == "·" })
    #expect(!texts()[1...6].contains("·"))
    session.type("goto 16")
    #expect(!texts()[1...].contains("·"))
  }

  @Test func rightAndWrongAreToldWhenAsked() {
    var session = Session()
    #expect(session.screen.text.contains("(mod 10)"))
    session.type("verdict")
    #expect(session.state.message?.kind == .error)
    session.type("present")
    #expect(!session.screen.text.contains("(mod 10)") && session.screen.text.contains("v tells"))
    session.press("v")
    #expect(session.screen.text.contains("(mod 10)"))
    session.press("v")
    #expect(!session.screen.text.contains("(mod 10)"))
    // Another run is guessed anew; without presenting v compares.
    session.press("vr")
    session.settle()
    session.wait(60)
    #expect(session.state.hidesVerdict && !session.state.isComparing)
    session.type("present off")
    session.press("v")
    #expect(session.state.isComparing)
  }

  @Test func playbackBeginsAnewAndComputesNothingTwice() {
    var session = Session(iterations: 6)
    let asked = session.service.requests.count
    session.type("loop")
    session.type("speed 8")
    session.press("0 ")
    session.wait(6 / 8.0 + 0.3)
    #expect(session.state.cursor.iteration == 6 && session.state.isPlaying)
    session.wait(Playback.restAtEnd + 0.3)
    #expect((1...4).contains(session.state.cursor.iteration) && session.state.isPlaying)
    session.wait(20)
    #expect(session.state.isPlaying && session.state.edge == 6)
    let steps = session.service.requests.dropFirst(asked).filter {
      if case .step = $0 { true } else { false }
    }
    #expect(steps.isEmpty)
    session.press(" ")
    #expect(!session.state.isPlaying)
    // At its end it plays from the beginning.
    session.press("$ ")
    #expect(session.state.cursor.iteration == 0 && session.state.isPlaying)
    session.wait(1.2)
    session.type("loop off")
    session.wait(5)
    #expect(!session.state.isPlaying && session.state.cursor.iteration == 6)
  }

  @Test func speedsBelowOneASecond() {
    var session = Session()
    session.type("speed 0.5")
    #expect(session.state.speed == 0.5 && session.state.speedLabel == "0.5/s")
    session.press("0 ")
    session.wait(1.8)
    #expect(session.state.cursor.iteration == 0)
    session.wait(2.4)
    #expect(session.state.cursor.iteration == 2)
    session.press("[")
    #expect(session.state.speed == 0.25)
    session.press("[")
    #expect(session.said.contains("slowest"))
    #expect(session.state.sessionLog.text.contains("speed 0.5"))
  }

  /// A log that goes round ends all the same.
  @Test func aLoopIsDoneAgain() throws {
    let log = try SessionLog(
      parsing: LogTests.head + """
        loop on
        goto 0
        play
        expect r 16
        at 4:5 of 16
        play
        expect r 5
        present
        verdict
        """)
    var replay = Replay(log, service: ScriptedCompute(), gallery: [])
    try replay.run(log)
    #expect(!replay.state.isPlaying && replay.state.cursor.iteration == 5)
    let again = try SessionLog(parsing: replay.state.sessionLog.text)
    var second = Replay(again, service: ScriptedCompute(), gallery: [])
    try second.run(again)
    #expect(render(second.state).text == render(replay.state).text)
  }
}
