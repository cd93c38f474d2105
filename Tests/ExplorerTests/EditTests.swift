import Testing
import Trajectories

@testable import Explorer

/// Edits in the hand: each is a branch, which goes as far as the run it was made from.
@Suite struct EditingTests {
  @Test func anEditIsABranchThatIsRunAndShown() throws {
    var session = Session()
    session.press("4h")
    session.type("edit 16:12 := 16:1")
    #expect(session.state.runs.tree.count == 2)
    #expect(session.state.edge == 16 && session.state.cursor == Address(token: 16, iteration: 16))
    #expect(session.said.contains("run 2: edit 16:12 := 16:1; v compares it with run 1"))
    #expect(session.state.tokenCount == 17, "it stands in the place of its parent")
    session.press("t")
    #expect(session.screen.text.contains("edit 16:12 := 16:1"))
    session.press(.escape)
    // The same again is that branch; undone, it is gone, and redone it is there with all of it.
    session.press("b")
    session.type("edit 16:12 := 16:1")
    #expect(session.said.contains("run 2 was there already") && session.state.edge == 16)
    session.press("bu")
    session.press("u")
    session.press("u")
    #expect(session.state.runs.tree.count == 2 || session.state.runs.tree.count == 1)
  }

  /// Edits in turn have a line each, and so has a token after them: what is joined are tokens alone.
  @Test func editsInTurnAreToldApartInTheTree() throws {
    var session = Session(width: 120, height: 40)
    for iteration in [5, 6, 7] { session.type("edit 16:\(iteration) := 16:1") }
    session.press("..")
    session.settle()
    session.wait(60)
    session.press("b")
    let nodes = session.state.runs.tree.rows.map(\.item)
    #expect(Array(nodes.prefix(4)) == (1...4).map { TreeRow.Item.branch([NodeID($0)]) })
  }

  @Test func anEditTakesFromOtherRuns() throws {
    var session = Session()
    session.press("r")
    session.settle()
    session.wait(30)
    #expect(session.state.runs.tree.current == NodeID(2))
    session.type("edit 16:8 += 0.5*(16:8@1 - 16:8)")
    let node = try #require(session.state.runs.tree.current)
    let lineage = try #require(session.state.runs.tree.lineage(of: node))
    guard case .edit(let cause) = lineage.links[lineage.links.count - 1].cause else {
      Issue.record("no edit")
      return
    }
    #expect(cause.runs == [try #require(session.state.runs.tree.lineage(of: NodeID(1)))])
  }

  @Test func theKeyOpensTheLineAtTheCursorAndMistakesAreShownThere() {
    var session = Session()
    session.press("4h=")
    guard case .command(let opened) = session.state.mode else {
      Issue.record("no line")
      return
    }
    #expect(opened.text == "edit 16:12 := ")
    session.press("77:1")
    session.send(.key(.enter))
    guard case .command(let editor) = session.state.mode else {
      Issue.record("the line was closed")
      return
    }
    #expect(editor.text == "edit 16:12 := 77:1" && editor.beforeCaret == "edit 16:12 := ")
    #expect(session.said.hasPrefix("edit, column 10:"))
    #expect(session.state.runs.tree.count == 1)
  }
}
