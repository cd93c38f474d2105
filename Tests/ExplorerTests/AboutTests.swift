import Testing

@testable import Explorer

/// What panes say of themselves.
@Suite struct AboutTests {
  /// A pane says what is drawn; what has numbers says of which unit, and what is computed how.
  @Test(arguments: PaneName.allCases) func everyPaneIsExplained(_ pane: PaneName) {
    let state = Session().state
    let about = Pane.of(pane).about
    #expect(about.title.count >= 5 && about.drawn.count >= 60)
    #expect(about.drawn.hasSuffix("."))
    #expect(about.unit != nil || !about.metrics(state).isEmpty)
    let titles = PaneName.allCases.map { Pane.of($0).about.title }
    #expect(titles.filter { $0 == about.title }.count == 1)
  }

  /// What is drawn, its formula, unit and source are in sight at once; its keys below.
  @Test(arguments: PaneName.allCases, [Capabilities.full, .plain])
  func theFactsFitTheSmallestScreen(_ pane: PaneName, _ capabilities: Capabilities) {
    let session = Session(capabilities: capabilities)
    let facts = AboutPage.facts(pane, session.state)
    #expect(facts.count <= AboutPage.room(session.state), "\(pane): \(facts.count)")
    for line in AboutPage.lines(pane, session.state) {
      #expect(Printable.width(line.text) <= 80 - 12)
      if capabilities == .plain {
        #expect((line.label + line.text).utf8.allSatisfy { $0 < 0x80 }, "\(line.text)")
      }
    }
  }

  @Test func itOpensOnThePaneScrollsAndGoesBack() {
    var session = Session()
    session.press(.function(1))
    #expect(session.screen.text.contains("about: the heat map"))
    #expect(session.screen.text.contains("KL(final"), "the metric explains itself")
    #expect(session.screen.row(23).contains("esc back"))
    let top = session.screen.text
    session.press("$")
    #expect(session.screen.text != top)
    let bottom = session.screen.text
    session.press(" ")
    #expect(session.screen.text == bottom)
    session.press("0")
    #expect(session.screen.text == top)
    session.press(.escape)
    #expect(session.state.mode == .normal && session.state.zoom == nil)
    session.press(.tab)
    session.press(.function(1))
    #expect(session.screen.text.contains("about: the state path"))
    session.press(.function(1))
    session.type("about exits")
    #expect(session.screen.text.contains("about: exit rules"))
    session.press("?")
    #expect(session.screen.text.contains("Here:"))
  }

  @Test func theMetricThatIsShownIsTheOneExplained() {
    var session = Session()
    session.type("metric margin")
    session.press(.function(1))
    #expect(session.screen.text.contains("margin") && session.screen.text.contains("second"))
  }
}
