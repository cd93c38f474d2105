import Testing
import Trajectories

@testable import Explorer

/// What is said, and how long it stays.
@Suite struct MessagesTests {
  private func hinted(width: Int = 80, height: Int = 24) -> Session {
    var session = Session(width: width, height: height)
    session.state.gallery = GalleryTests.entries
    session.press("2G")
    session.settle()
    session.wait(60)
    return session
  }

  /// What to look for asks for a key, and stays when it is pressed.
  @Test func aHintStaysUntilItIsSentAway() throws {
    var session = hinted(width: 120)
    let look = GalleryTests.entries[1].look
    #expect(session.state.hint == look && session.screen.text.contains(look))
    session.wait(30)
    session.press("xx")
    session.type("goto 2")
    #expect(session.screen.text.contains(look))
    session.press("+")
    session.press(.escape)
    #expect(session.state.hint == nil && session.state.zoom != nil, "the strip goes first")
    session.press(.escape)
    #expect(session.state.zoom == nil)
    // Asked again it is said again, though the run is there; another prompt has its own.
    session.press("1G")
    session.settle()
    #expect(session.state.hint == GalleryTests.entries[0].look)
    session.type("prompt 7+8?")
    #expect(session.state.hint == nil)
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60)]) func theStripHasItsRoom(
    width: Int, height: Int
  )
    throws
  {
    let session = hinted(width: width, height: height)
    let layout = Layout(session.state)
    let strip = try #require(layout.strip)
    #expect(
      layout.places.allSatisfy { place in
        place.rect.maxY <= strip.y || place.rect.y >= strip.maxY
      })
    expectSnapshot(session.screen.text, "strip-\(width)x\(height)")
  }

  @Test func aClickOnItsMarkSendsItAway() throws {
    var session = hinted()
    let strip = try #require(Layout(session.state).strip)
    session.send(.mouse(MouseEvent(action: .press, at: Point(x: 3, y: strip.y))))
    #expect(session.state.hint != nil)
    let mark = Point(x: StripView.close(strip).maxX - 2, y: strip.y)
    session.send(.mouse(MouseEvent(action: .press, at: mark)))
    #expect(session.state.hint == nil)
  }

  @Test func everySizeHasRoomForTheStrip() {
    var session = hinted()
    session.state.failure = String(repeating: "words 日本 ", count: 60)
    for mode in [Mode.normal, .messages(scroll: 0), .messages(scroll: 9999)] {
      session.state.mode = mode
      for width in SizeSweepTests.widths {
        for height in SizeSweepTests.heights {
          session.state.size = Size(width: width, height: height)
          for y in 0..<height {
            #expect(Printable.width(session.screen.row(y)) == width, "\(width)x\(height)")
          }
        }
      }
    }
  }

  @Test func everythingThatWasSaidIsListed() {
    var session = hinted()
    session.press("hhh")
    session.press("Q")
    session.press("Q")
    session.send(.compute(.failed(.motion, message: "no memory")))
    session.type("messages")
    let text = session.screen.text
    #expect(text.contains("messages") && text.contains("↓ down") && !text.contains("space play"))
    let rows = (0..<24).map { session.screen.row($0) }
    let hint = rows.firstIndex { $0.contains(GalleryTests.entries[1].look.prefix(30)) }
    let nothing = rows.firstIndex { $0.contains("Q does nothing here") }
    let failure = rows.firstIndex { $0.contains("no memory") }
    #expect(hint ?? 99 < nothing ?? 0 && nothing ?? 99 < failure ?? 0, "\(text)")
    #expect(rows[nothing ?? 0].contains("r 13") && rows[nothing ?? 0].contains("(2 ×)"))
    session.press("q")
    #expect(session.state.mode == .normal)
    #expect(session.screen.text.contains("that could not be done: no memory"))
  }

  /// All lists over the whole screen move alike, by keys and by the wheel.
  @Test func listsAreScrolledAlike() {
    #expect(ModeKey.Act.down.moved(from: 4, page: 9, bottom: 20) == 5)
    #expect(ModeKey.Act.pageDown.moved(from: 4, page: 9, bottom: 20) == 13)
    #expect(ModeKey.Act.pageDown.moved(from: 19, page: 9, bottom: 20) == 20)
    #expect(ModeKey.Act.up.moved(from: 0, page: 9, bottom: 20) == 0)
    // After the screen has grown there is less to scroll.
    #expect(ModeKey.Act.up.moved(from: 90, page: 9, bottom: 20) == 19)
    #expect(ModeKey.Act.last.moved(from: 3, page: 9, bottom: 0) == 0)
    #expect(ModeKey.Act.leave.moved(from: 3, page: 9, bottom: 5) == nil)
    var session = hinted()
    for number in 1...40 { session.type("goto \(100 + number)") }
    session.type("messages")
    let bottom = session.screen.text
    let wheel = Point(x: 9, y: 9)
    session.send(.mouse(MouseEvent(action: .wheelDown, at: wheel)))
    #expect(session.screen.text == bottom)
    session.send(.mouse(MouseEvent(action: .wheelUp, at: wheel)))
    let higher = session.screen.text
    #expect(higher != bottom)
    for _ in 0..<3 { session.press("j") }
    #expect(session.screen.text == bottom)
    session.press("Q")
    #expect(session.screen.row(23).contains("esc close"), "a key that does nothing says what do")
  }

  @Test func theListIsBounded() {
    var log = MessageLog()
    for number in 0..<2000 { log.add(.info, "\(number)", at: nil) }
    log.add(.info, "1999", at: nil)
    #expect(log.entries.count == MessageLog.most && log.entries.last?.times == 2)
  }
}
