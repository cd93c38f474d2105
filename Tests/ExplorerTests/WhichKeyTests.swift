import Testing

@testable import Explorer

/// The list of what the next key does.
@Suite struct WhichKeyTests {
  private func later(_ session: inout Session, _ seconds: Double = 1) {
    session.send(.tick(now: session.state.now + seconds))
  }

  @Test func aCountThatWaitsSaysWhatTakesIt() {
    var session = Session()
    session.press("1")
    #expect(session.effects == [.wake(at: session.state.now + WhichKey.patience)])
    later(&session, 0.3)
    #expect(!session.state.whichKey.isOpen)
    session.press("2")
    later(&session, 0.5)
    #expect(!session.state.whichKey.isOpen, "the moment begins anew with each digit")
    later(&session)
    let text = session.screen.text
    #expect(text.contains("12 then") && text.contains("h  back: how many iterations"))
    #expect(!text.contains("T theme"), "what takes no count is no answer")
    session.press("h")
    #expect(session.state.cursor.iteration == 4 && !session.state.whichKey.isOpen)
  }

  @Test func itIsThereForOneKeyAndEscapeClosesIt() {
    var session = Session()
    session.press(",")
    #expect(session.screen.text.contains("keys here: the heat map"))
    session.press(.escape)
    #expect(!session.state.whichKey.isOpen && session.state.mode == .normal)
    session.press("3")
    later(&session)
    session.press(.escape)
    #expect(session.state.pendingCount == nil && !session.state.whichKey.isOpen)
    // Nobody waits: nothing opens later.
    session.press("3h")
    later(&session, 5)
    #expect(!session.state.whichKey.isOpen)
  }

  @Test func inAPaneItsOwnKeysComeFirst() {
    var session = Session()
    session.press("x,")
    let lines = session.screen.text.split(separator: "\n")
    let heading = lines.firstIndex { $0.contains("keys here: exit rules") } ?? 0
    #expect(lines[heading + 1].contains("j  rule"))
    for row in 0..<24 { #expect(Printable.width(session.screen.row(row)) == 80) }
  }

  @Test func aClickPressesTheKeyAndOneBesidesCloses() throws {
    var session = Session()
    session.press("4")
    later(&session)
    let list = try #require(WhichKeyList(session.state))
    let row = try #require(
      (0..<24).first { session.screen.row($0).contains("h  back: how many iterations") })
    let column = session.screen.row(row).prefix { $0 != "h" }.count
    #expect(list.key(at: Point(x: column, y: row)) == .character("h"))
    session.send(.mouse(MouseEvent(action: .press, at: Point(x: column, y: row))))
    #expect(!session.state.whichKey.isOpen)
    session.press(",")
    session.send(.mouse(MouseEvent(action: .press, at: Point(x: 5, y: 3))))
    #expect(!session.state.whichKey.isOpen)
  }

  @Test func everySizeAndPaneHasRoomForIt() {
    for pane in PaneName.allCases {
      var session = Session(capabilities: .plain)
      (session.state.focus, session.state.zoom) = (pane, pane == .scrub ? nil : pane)
      session.press(",")
      for (width, height) in [(80, 24), (20, 6), (19, 5), (200, 60), (40, 10)] {
        session.state.size = Size(width: width, height: height)
        let screen = session.screen
        for row in 0..<height { #expect(Printable.width(screen.row(row)) == width, "\(pane)") }
        #expect(screen.text.utf8.allSatisfy { $0 < 0x80 })
      }
    }
  }
}
