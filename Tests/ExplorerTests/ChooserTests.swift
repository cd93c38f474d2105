import Engine
import Testing
import Trajectories

@testable import Explorer

/// One token changed, from the list of all or from the command line.
@Suite struct ChooserTests {
  private func enter(_ line: String, _ session: inout Session) {
    session.press(":" + line)
    session.press(.enter)
  }

  private func finish(_ session: inout Session) {
    session.settle()
    for _ in 0..<40 where session.state.isBusy || session.state.isPlaying { session.wait(60) }
  }

  private func chooser(_ session: Session) -> TokenChooser? {
    if case .choosing(let chooser) = session.state.mode { chooser } else { nil }
  }

  @Test func aTokenIsChosenAndItsRunIsABranch() throws {
    var session = Session(width: 120, height: 40)
    enter("goto 4:16", &session)
    session.press("s")
    let open = try #require(chooser(session))
    #expect(open.position == 4 && open.old.text == "-" && open.count == 256)
    #expect(session.state.cursor.token == 4, "nothing has changed yet")
    session.press("*")
    #expect(chooser(session)?.ids == [42] && chooser(session)?.count == 1)
    session.press(.enter)
    #expect(
      session.effects == [
        .submit(
          .beginTogether(
            session.state.run,
            [
              .prompt(
                try #require(session.state.promptCause).replacing(4, by: 42))
            ]))
      ])
    finish(&session)
    let state = session.state
    let node = try #require(state.runs.tree.current)
    #expect(node == NodeID(2) && state.edge == 16 && state.cursor.token == 4)
    #expect(
      state.runs.tree[node]?.variant == Variant(of: NodeID(1), .token(position: 4, old: 45)))
    #expect(state.promptText == "3+4*2+9-5+1+8-6?")
    #expect(session.screen.text.contains("*"))
    session.press("b")
    #expect(session.state.promptText == ScriptedRun.prompt)
    session.press("u")
    session.press("u")
    #expect(session.state.runs.tree.count == 1)
    session.press(.control("r"))
    #expect(session.state.runs.tree.count == 2 && session.state.runs.tree.current == node)
    // Back to what stood there: the first run is there already.
    enter("token 4 -", &session)
    #expect(session.state.runs.tree.current == NodeID(1) && session.effects.isEmpty)
    #expect(session.state.message?.text.contains("already") == true)
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60), (40, 10)]) func theListOnTheScreen(
    width: Int, height: Int
  ) {
    var session = Session(width: width, height: height)
    enter("goto 4:16", &session)
    session.press("s")
    if width > 40 { expectSnapshot(session.screen.text, "chooser-\(width)x\(height)") }
    session.press("5")
    session.press(.down)
    if width > 40 { expectSnapshot(session.screen.text, "chooser-typed-\(width)x\(height)") }
    session.state.size = Size(width: 18, height: 4)
    #expect(session.screen.text.contains("token> 5"))
  }

  @Test func whatCannotBeIsSaid() {
    var session = Session()
    session.press("s")
    session.press("zzzz")
    #expect(chooser(session)?.ids.isEmpty == true)
    #expect(session.screen.text.contains("no token reads so"))
    session.press(.enter)
    #expect(session.state.message?.text.contains("no token fits 'zzzz'") == true)
    #expect(chooser(session) != nil)
    session.press(.escape)
    #expect(session.state.mode == .normal && session.state.runs.tree.count == 1)
    for (line, words) in [
      ("token 99 8", "tokens are 0 to 16"), ("token 99", "tokens are 0 to 16"),
      ("token 4 -", "is '-' already"),
      ("token 5 xyz", "no token reads 'xyz'"), ("token 5 #300", "ids are 0 to 255"),
      ("token 5 0-9", "one token is wanted"), ("token 5 '8", "closing quote"),
    ] {
      enter(line, &session)
      #expect(session.state.message?.text.contains(words) == true, "\(line)")
    }
    #expect(session.state.runs.tree.count == 1)
  }

  @Test func idsAndQuotesDo() {
    var session = Session()
    for (line, id) in [("token 5 #56", 56), ("token 5 ' '", 32), ("token 5 ,", 44)] {
      enter(line, &session)
      finish(&session)
      #expect(session.state.promptCause?.ids[5] == id, "\(line)")
    }
    session.press("5s")
    #expect(chooser(session)?.position == 5)
    session.press(.escape)
    // Without a position it is the selected token.
    enter("goto 7:3", &session)
    enter("token +", &session)
    finish(&session)
    #expect(session.state.promptCause?.ids[7] == 43)
    #expect(session.state.runs.tree.count == 5)
  }

  /// A token that was appended is chosen at the place where it was taken.
  @Test func anAppendedTokenIsChosenByHand() throws {
    var session = Session(width: 120, height: 40)
    enter("goto 16:9", &session)
    session.press("2.")
    finish(&session)
    let said = try #require(session.state.branch)
    #expect(said.passages.count == 3)
    enter("token 17 x", &session)
    #expect(
      session.effects == [
        .submit(
          .append(
            try #require(session.state.runKey(said.passages[0].node)), at: 9, .chosen(120)))
      ])
    finish(&session)
    let chosen = try #require(session.state.branch)
    #expect(chosen.passages.count == 2 && chosen.token(17).text == "x")
    #expect(chosen.passages[0].taken == 9 && chosen.last.trajectory.lastIteration == 16)
    #expect(
      session.state.runs.tree[chosen.node]?.cause == .token(TokenCause(id: 120, sampling: nil)))
    session.press("b")
    #expect(session.state.branch?.node == said.node)
    session.press("uu")
    #expect(session.state.runs.tree.count == 3)
  }

  @Test func theMouseChooses() throws {
    var session = Session(width: 120, height: 40)
    session.press("s")
    let area = TokenChooserList.area(session.state)
    session.send(.mouse(MouseEvent(action: .wheelDown, at: Point(x: 3, y: area.y))))
    #expect(chooser(session)?.selected == 3)
    session.send(.mouse(MouseEvent(action: .press, at: Point(x: 3, y: area.y + 1))))
    #expect(chooser(session)?.selected == 1)
    session.send(.mouse(MouseEvent(action: .press, at: Point(x: 3, y: 2))))
    #expect(chooser(session)?.selected == 1, "elsewhere it does nothing")
    let wanted = try #require(chooser(session)?.chosen)
    session.send(.mouse(MouseEvent(action: .press, at: Point(x: 3, y: area.y + 1))))
    finish(&session)
    #expect(session.state.promptCause?.ids[16] == wanted)
  }

  @Test func theListIsMovedIn() {
    var session = Session()
    session.press("s")
    session.press(.up)
    #expect(chooser(session)?.selected == 0)
    session.press(.pageDown)
    session.press(.down)
    session.press(.control("p"))
    #expect(chooser(session)?.selected == TokenChooserList.rows(session.state) - 1)
    for _ in 0..<99 { session.press(.pageDown) }
    #expect(chooser(session)?.selected == 255)
    session.press("1")
    #expect(chooser(session)?.selected == 0, "what is typed starts at the best")
    session.press(.backspace)
    session.press(.backspace)
    #expect(session.state.mode == .normal)
  }

  @Test func aChangedPromptIsJudged() {
    var session = Session(width: 120, height: 40)
    enter("token 1 5", &session)
    finish(&session)
    #expect(session.state.promptText == "5+4-2+9-5+1+8-6?")
    #expect(session.state.judgementOfAnswer?.expected == "4")
    session.press("/")
    if case .prompt(let editor) = session.state.mode {
      #expect(editor.text == "5+4-2+9-5+1+8-6?")
    }
  }
}
