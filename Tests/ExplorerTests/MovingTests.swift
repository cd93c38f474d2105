import Testing
import Trajectories

@testable import Explorer

/// Going to tokens and places by key, name and mouse.
@Suite struct MovingTests {
  private func click(_ session: inout Session, _ x: Int, _ y: Int) {
    session.send(.mouse(MouseEvent(action: .press, at: Point(x: x, y: y))))
  }

  @Test func pagesAndEndsOfTheText() {
    let prompt = String(repeating: "1+", count: 40) + "1?"
    var session = Session(prompt: prompt, iterations: 4)
    let last = session.state.tokenCount - 1
    session.press(.home)
    #expect(session.state.cursor == Address(token: 0, iteration: 4), "time stays where it is")
    session.press(.pageDown)
    let page = session.state.cursor.token
    #expect(page > 5 && page < 24)
    session.press(.pageDown)
    session.press(.pageUp)
    #expect(session.state.cursor.token == page)
    session.press(.end)
    #expect(session.state.cursor.token == last)
    session.press(.pageDown)
    #expect(session.said == "the last token")
    // In a list it is the list that moves.
    session.press("x")
    session.press(.pageDown)
    #expect(session.state.cursor.token == last && session.state.bench.selected > 0)
  }

  @Test func aNumberIsAnIteration() {
    var session = Session()
    session.type("5")
    #expect(session.state.cursor.iteration == 5)
    session.type("3:8")
    #expect(session.state.cursor == Address(token: 3, iteration: 8))
    session.type("50%")
    #expect(session.state.cursor.iteration == 8)
    session.type("24")
    #expect(session.said.contains("8e computes on"))
  }

  @Test func tokensAreFoundByTheirText() {
    var session = Session()
    // 3+4-2+9-5+1+8-6?
    session.press("f")
    session.press("\"+")
    session.press(.enter)
    let plus = ScriptedRun.tokens(ScriptedRun.prompt).indices.filter {
      ScriptedRun.tokens(ScriptedRun.prompt)[$0].text == "+"
    }
    #expect(plus.count == 4 && session.state.cursor.token == plus[0])
    #expect(session.said == "'+' 1 of 4; n and N go on")
    session.press("nn")
    #expect(session.state.cursor.token == plus[2])
    session.press("NNN")
    #expect(session.state.cursor.token == plus[3], "it goes round")
    session.type("find \"9-5\"")
    #expect(session.state.branch?.token(session.state.cursor.token).text == "9")
    session.type("find #63")
    #expect(session.state.branch?.token(session.state.cursor.token).id == 63)
    session.type("find xyz")
    #expect(session.said.contains("has no 'xyz'"))
    // Conditions are looked for as before.
    session.press(.escape)
    session.press("8h")
    session.type("find argmax changes")
    #expect(session.state.breaking.text == nil && session.said.contains("argmax changes"))
  }

  @Test(
    arguments: [
      ("\"7\"", "7"), ("\"7", "7"), ("\"\"", ""), ("#57", "#57"), ("#x", nil), ("entropy < 1", nil),
      ("\"7\" == 1", nil), ("  \"a b\"  ", "a b"),
    ] as [(String, String?)])
  func whatIsSought(_ typed: String, _ sought: String?) {
    #expect(TokenSearch.sought(typed) == sought)
  }

  @Test func keysOfTheFooterAreClicked() throws {
    var session = Session()
    func column(_ words: String) throws -> Int {
      let row = session.screen.row(23)
      let range = try #require(row.range(of: words), "\(words) in \(row)")
      return row.distance(from: row.startIndex, to: range.lowerBound)
    }
    click(&session, try column("h back"), 23)
    #expect(session.state.cursor.iteration == 15)
    click(&session, try column("? help") + 3, 23)
    guard case .help = session.state.mode else {
      Issue.record("no help")
      return
    }
    #expect(!session.screen.row(23).contains("space play"))
    click(&session, try column("esc close"), 23)
    #expect(session.state.mode == .normal)
    click(&session, 79, 22)
    click(&session, try column("q quit"), 23)
    #expect(session.effects == [.quit(0)])
  }

  @Test func titlesAreClicked() throws {
    var session = Session(width: 120, height: 40)
    let plane = try #require(Layout(session.state).place(.plane))
    let before = session.state.cursor
    click(&session, plane.rect.x + 5, plane.rect.y)
    #expect(session.state.focus == .plane && session.state.zoom == nil)
    click(&session, plane.rect.x + 5, plane.rect.y)
    #expect(session.state.zoom == .plane)
    click(&session, 5, 1)
    #expect(session.state.zoom == nil && session.state.cursor == before)
  }

  @Test func galleryRowsAreClicked() {
    var session = Session()
    session.state.gallery = GalleryTests.entries
    session.press("G")
    click(&session, 20, 3)
    #expect(session.state.mode == .gallery(GalleryState(selected: 1)))
    click(&session, 20, 15)
    #expect(session.state.mode == .gallery(GalleryState(selected: 1)))
    session.send(.mouse(MouseEvent(action: .wheelDown, at: Point(x: 1, y: 1))))
    #expect(session.state.mode == .gallery(GalleryState(selected: 2)))
    click(&session, 20, 3)
    click(&session, 20, 3)
    session.settle()
    #expect(session.state.mode == .normal && session.state.promptText == "@b ab bc?")
  }
}
