import Glibc
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

  /// Those of two branches have pictures of their own.
  @Test(
    arguments: PaneName.allCases.filter {
      $0 == .compare || $0 != .scrub && !PaneName.comparing.contains($0)
    })
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
    #expect(text.contains("opening 40%") && text.contains("2+2?"))
  }

  @Test func helpListsEveryCommand() {
    var session = Session(width: 100, height: 380)
    session.press("?")
    let text = session.screen.text
    for command in Command.all {
      #expect(text.contains(command.name), "\(command.name)")
    }
    expectSnapshot(text, "help-100x380")
  }

  @Test func helpFitsNarrowWindowsWithoutLosingWords() {
    for width in [40, 80] {
      var session = Session(width: width, height: 700)
      session.press("?")
      let words = session.screen.text.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      for command in Command.all where !command.doc.contains("`") {
        #expect(words.contains(command.doc), "\(command.name) at \(width)")
      }
    }
  }

  @Test(arguments: [30, 45, 59, 60, 80, 120])
  func helpAndQuitStayInSight(width: Int) {
    var session = Session(width: width)
    session.state.complain(String(repeating: "a long message ", count: 20))
    #expect(session.screen.row(23).hasSuffix("? help  q quit "))
  }

  /// Many iterations and tokens: the cursor is in sight wherever it is.
  @Test(arguments: [(80, 24), (40, 10), (200, 60)])
  func theCursorCellIsAlwaysInSight(width: Int, height: Int) throws {
    let prompt = String(repeating: "1+", count: 60) + "1?"
    var session = Session(width: width, height: height, prompt: prompt, iterations: 90)
    for (token, iteration) in [(0, 0), (0, 90), (122, 0), (122, 90), (60, 45), (7, 88)] {
      session.state.cursor = Address(token: token, iteration: iteration)
      let branch = try #require(session.state.branch)
      let place = try #require(Layout(session.state).place(.heat)).inner(session.state)
      let map = try #require(HeatMap(session.state, branch, place))
      let grid = map.grid
      #expect(grid.shownTokens.contains(token) && grid.shownIterations.contains(iteration))
      #expect(grid.labelWidth + grid.iterations * grid.cellWidth <= place.width)
    }
  }

  @Test(arguments: [Theme.dark, .light], ColourDepth.allCases.filter { $0 != .none })
  func lettersReadOnEveryStepOfTheRamp(theme: Theme, depth: ColourDepth) throws {
    for level in 0...255 {
      let look = theme.resolve(Style(ground: .ramp(UInt8(level))), depth)
      let ground = try #require(look.background).asShown(depth).luminance
      let letter = try #require(look.foreground).luminance
      let contrast = (max(ground, letter) + 0.05) / (min(ground, letter) + 0.05)
      #expect(contrast >= 4, "\(level)")
    }
  }

  @Test func aCircleInThePlaneIsDrawnRound() {
    let circle = (0..<64).map { step in
      let angle = Double(step) / 64 * 2 * Double.pi
      return PlanePoint(x: 3 + 2 * cos(angle), y: -1 + 2 * sin(angle))
    }
    for size in [Rect(x: 0, y: 0, width: 37, height: 20), Rect(x: 5, y: 3, width: 90, height: 9)] {
      let scale = PlaneScale(circle, in: size)
      let canvas = Canvas(
        Size(width: scale.area.width, height: scale.area.height), glyphs: .braille)
      let dots = circle.map { scale.dot($0, on: canvas) }
      let across = (dots.map(\.x).max() ?? 0) - (dots.map(\.x).min() ?? 0)
      let down = (dots.map(\.y).max() ?? 0) - (dots.map(\.y).min() ?? 0)
      #expect(abs(across - down) <= 1 && across > 20)
      #expect(circle.allSatisfy { scale.area.contains(scale.cell($0)) })
    }
  }

  /// However a pane came to fill the screen, the line below says how to leave it.
  @Test(arguments: PaneName.allCases.filter { $0 != .scrub })
  func theWayBackIsListed(pane: PaneName) {
    var session = Session(width: 80, height: 24)
    session.state.zoom = pane
    session.state.message = nil
    #expect(session.screen.row(23).contains(" esc "), "\(pane)")
    session.state.zoom = nil
    #expect(!session.screen.row(23).contains("esc "))
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
    let branch = try #require(session.state.branch)
    let map = try #require(HeatMap(session.state, branch, place.inner(session.state)))
    let grounds = session.screen.cells.map(\.style.ground)
    #expect(grounds.contains(.cursor))
    #expect(grounds.contains(.ramp(255)))
    #expect(map.grid.rows == 17)
  }
}
