import Testing
import Trajectories

@testable import Explorer

/// Whole pictures and single panes, compared with text files.
@Suite struct PictureTests {
  @Test(arguments: [(80, 24), (120, 40), (200, 60), (40, 10), (19, 5)])
  func wholeScreen(width: Int, height: Int) {
    let session = Session(width: width, height: height)
    expectSnapshot(session.screen.text, "whole-\(width)x\(height)")
  }

  @Test func viewingThePastInASCII() {
    var session = Session(capabilities: .plain)
    session.press("8h")
    let text = session.screen.text
    expectSnapshot(text, "past-ascii-80x24")
    #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
    #expect(text.contains("viewing 8 of 16"))
  }

  @Test func blocks() {
    var capabilities = Capabilities.full
    capabilities.glyphs = .block
    expectSnapshot(Session(capabilities: capabilities).screen.text, "blocks-80x24")
  }

  @Test(arguments: PaneName.allCases.filter { $0 != .scrub })
  func zoomed(_ pane: PaneName) {
    var session = Session()
    session.state.focus = pane
    session.press("+")
    expectSnapshot(session.screen.text, "zoom-\(pane)-80x24")
  }

  @Test func beforeTheModelIsOpen() {
    var state = ExplorerState(prompt: .text("2+2?"), start: .zero)
    state.loading = LoadingProgress(fraction: 0.4, message: "reading weights")
    let text = render(state).text
    #expect(text.contains("reading weights"))
    #expect(text.contains("opening 40%"))
  }

  @Test func helpListsEveryCommand() {
    var session = Session(width: 100, height: 80)
    session.press("?")
    let text = session.screen.text
    for command in Command.all {
      #expect(text.contains(command.name), "\(command.name)")
    }
    expectSnapshot(text, "help-100x80")
  }

  @Test func footerOfTheFocusedPaneShowsItsKeys() {
    var session = Session(width: 120)
    #expect(session.screen.row(23).contains("m metric"))
    session.press(.tab)
    #expect(session.screen.row(23).contains("P refit"))
  }

  @Test func theCursorCellIsMarkedAndTheWaveIsColoured() throws {
    let session = Session()
    let place = try #require(Layout(session.state).place(.heat))
    let trajectory = try #require(session.state.trajectory)
    let map = try #require(HeatMap(session.state, trajectory, place.inner(session.state)))
    let grounds = session.screen.cells.map(\.style.ground)
    #expect(grounds.contains(.cursor))
    #expect(grounds.contains(.ramp(255)))
    #expect(map.rows == 17)
  }
}
