import Testing

@testable import Explorer

/// The list above the line that is being typed.
@Suite struct PaletteTests {
  private func names(_ text: String) -> [String] { Palette.commands(text).map(\.name) }

  @Test func namesComeFirstThenTitlesThenExplanations() {
    #expect(names("").count == Command.all.count)
    #expect(names("ext").first == "extend")
    #expect(names("flip").prefix(3) == ["next-flip", "previous-flip", "last-flip"])
    #expect(names("nf").first == "next-flip")
    #expect(names("dropout").contains("copies"))
    #expect(names("random initial") == ["seed"])
    #expect(names("xyzzy").isEmpty)
  }

  @Test func arrowsChooseAndEnterRuns() {
    var session = Session()
    session.press(":fast")
    session.press(.down)
    #expect(session.state.paletteRow == 0)
    session.press(.enter)
    #expect(session.state.speedLabel == "8/s")
    // Up above the first goes back to the line; once more to the history.
    session.press(":")
    session.press(.down)
    session.press(.up)
    #expect(session.state.paletteRow == nil)
    session.press(.up)
    #expect(session.screen.text.contains(":faster"))
    session.press(.escape)
    #expect(session.state.mode == .normal)
  }

  @Test func theListScrollsAndSaysHowMuchMoreThereIs() {
    var session = Session()
    session.press(":")
    #expect(session.screen.text.contains("\(Command.all.count - 8) more"))
    for _ in 0..<12 { session.press(.control("n")) }
    #expect(session.state.paletteRow == 11)
    #expect(session.screen.text.contains("above, "))
    session.press(.pageDown)
    #expect(session.state.paletteRow == 19)
    session.press(.control("p"))
    #expect(session.state.paletteRow == 18)
  }

  @Test func argumentsAreExplainedCompletedAndChecked() {
    var session = Session()
    session.press(":theme ")
    #expect(session.screen.text.contains("theme [theme]"))
    for name in Theme.allCases.map(\.rawValue) { #expect(session.screen.text.contains(name)) }
    session.press("mo")
    session.press(.tab)
    session.press(.enter)
    #expect(session.state.theme == .mono)
    session.press(":extend x")
    #expect(session.screen.text.contains("extend takes a count from 1 to 100000, not \"x\""))
    session.press(.control("u"))
    session.press("show ")
    #expect(session.screen.text.contains("show <run>"))
    session.press(.down)
    session.press(.enter)
    #expect(session.state.message != nil && session.state.mode == .normal)
  }

  @Test func whatMustBeGivenIsAskedFor() {
    var session = Session()
    session.press(":goto")
    session.press(.down)
    session.press(.enter)
    #expect(session.screen.text.contains("goto <place>"))
    session.press("4")
    session.press(.enter)
    #expect(session.state.cursor.iteration == 4)
  }

  @Test func listsHaveFootersOfTheirOwn() {
    var session = Session()
    session.press("?")
    let foot = session.screen.text.split(separator: "\n").last ?? ""
    #expect(foot.contains("/ filter") && foot.contains("close") && !foot.contains("quit"))
    session.press("q")
    session.state.gallery = GalleryTests.entries
    session.press("G")
    let list = session.screen.text.split(separator: "\n").last ?? ""
    #expect(list.contains("ask it") && !list.contains("quit"))
  }
}
