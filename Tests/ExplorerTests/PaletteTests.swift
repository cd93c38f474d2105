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

  /// Two letters begin words of a hundred explanations; those who type them mean a name.
  @Test func fewLettersAreLookedForInNamesAlone() {
    #expect(names("th").prefix(2).sorted() == ["theme", "threshold"])
    #expect(names("th").count < 10 && names("the").count < 6, "\(names("the"))")
    #expect(names("kl").contains("metric") == false && names("zzz").isEmpty)
    // Letters in this order are found in names, not all over an explanation.
    #expect(names("cpwd").isEmpty && names("cwid").first == "cell-width")
    #expect(names("threshold").first == "threshold" && names("seed").first == "seed")
  }

  @Test func aDraftIsKeptForTheArrow() {
    var session = Session()
    session.press(":metric ent")
    session.press(.escape)
    #expect(session.state.mode == .normal && session.said.contains("bring back"))
    session.press(":")
    #expect(session.state.mode.line?.editor.text == "")
    session.press(.up)
    #expect(session.state.mode.line?.editor.text == "metric ent")
    session.press("ropy")
    session.press(.enter)
    #expect(session.state.metric.name == "entropy" && session.state.commandDraft == nil)
    session.press(":them")
    session.press(.control("c"))
    #expect(session.state.commandDraft == nil)
  }

  /// What is typed at the foot lists its keys there, out of the table that answers them; a click is a key.
  @Test func linesThatAreTypedListTheirKeys() throws {
    var session = Session(width: 120)
    for (open, keys) in [
      ("/", ModeKey.prompt), (":", ModeKey.command), ("s", ModeKey.choosing),
    ] {
      session.press(open)
      let row = session.screen.row(23)
      for key in keys.prefix(2) {
        #expect(row.contains("\(key.keys[0].label(ascii: false)) \(key.title)"), "\(row)")
      }
      let entry = try #require(
        FooterKeys(session.state).entries.first { $0.key == .escape })
      session.send(.mouse(MouseEvent(action: .press, at: Point(x: entry.x + 1, y: 23))))
      #expect(session.state.mode == .normal, "\(open)")
    }
    session.type("metric kl")
    session.press(":")
    session.press(.control("r"))
    #expect(session.screen.row(23).contains("^R older"))
    // A line that needs the room has it.
    session.press(.escape)
    session.press(String(repeating: "x", count: 110))
    #expect(!session.screen.row(23).contains("runs"))
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
    #expect(session.screen.text.contains(" 8 of \(Command.all.count) ▼"))
    for _ in 0..<12 { session.press(.control("n")) }
    #expect(session.state.paletteRow == 11)
    #expect(session.screen.text.contains(" 12 of \(Command.all.count) ▲▼"))
    session.press(.pageDown)
    #expect(session.state.paletteRow == 19)
    session.press(.control("p"))
    #expect(session.state.paletteRow == 18)
  }

  /// As in the other lists: a click chooses, another on the same takes it, the wheel moves.
  @Test(arguments: [(80, 24), (120, 40)]) func theMouseChoosesAndTakes(width: Int, height: Int) {
    var session = Session(width: width, height: height)
    func row(_ words: String) -> Int {
      (0..<height).first { session.screen.row($0).hasPrefix(words) } ?? 0
    }
    func click(_ y: Int) {
      session.send(.mouse(MouseEvent(action: .press, at: Point(x: 3, y: y))))
    }
    session.press(":back")
    let y = row(" step-back")
    click(y)
    #expect(session.screen.row(y).hasPrefix("\(session.state.glyphs.pointer)step-back"))
    let before = session.state.cursor.iteration
    click(y)
    #expect(session.state.mode == .normal && session.state.cursor.iteration == before - 1)
    // What needs more asks for it.
    session.press(":goto")
    click(row(" goto"))
    click(row("\(session.state.glyphs.pointer)goto"))
    #expect(session.state.mode.line?.editor.text == "goto ")
    session.press(.control("u"))
    let wheel = Point(x: 3, y: 5)
    session.send(.mouse(MouseEvent(action: .wheelDown, at: wheel)))
    #expect(session.state.paletteRow == 0)
    for _ in 0..<60 { session.send(.mouse(MouseEvent(action: .wheelDown, at: wheel))) }
    #expect(session.state.paletteRow == Command.all.count - 1)
    // In a list that was scrolled what is seen is what is meant.
    click(height - 4)
    #expect(session.state.paletteRow == Command.all.count - 3)
    for _ in 0..<60 { session.send(.mouse(MouseEvent(action: .wheelUp, at: wheel))) }
    #expect(session.state.paletteRow == nil)
    // Above the list nothing is meant.
    click(2)
    #expect(session.state.paletteRow == nil && session.state.mode != .normal)
  }

  /// The last line has the count too, and says that it was cut.
  @Test func whatDoesNotFitEndsInAMark() {
    var session = Session()
    session.press(":")
    #expect(session.screen.row(22).contains("…  8 of \(Command.all.count) ▼"))
    // What a command takes is told in four lines, or cut with a mark.
    session.press("edit ")
    #expect(session.screen.text.contains("edit [edit]"))
    let first = (0..<24).first { session.screen.row($0).hasPrefix(" edit [edit]") } ?? 0
    let told = (first..<first + 4).map { session.screen.row($0) }.joined()
      .split(separator: " ").joined(separator: " ")
    let doc = Command.named("edit")?.doc ?? "?"
    #expect(told.contains(doc) || session.screen.row(first + 3).contains("…"), "\(told)")
  }

  /// What can be given is explained by what it is, not by its name again.
  @Test func choicesAreExplained() {
    var session = Session(width: 120, height: 40)
    session.press(":metric ")
    for metric in session.state.metrics.prefix(6) {
      #expect(session.screen.text.contains(metric.explanation.prefix(40)), "\(metric.name)")
    }
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

  /// Whatever fills the screen says how one gets back, at every width that has a footer.
  @Test(arguments: [80, 120]) func whatFillsTheScreenSaysTheWayBack(width: Int) throws {
    for pane in PaneName.allCases where pane != .scrub {
      var session = Session(width: width, height: 24)
      (session.state.focus, session.state.zoom) = (pane, pane)
      let row = session.screen.row(23)
      #expect(row.contains("esc "), "\(pane): \(row)")
      let entries = FooterKeys(session.state).entries.filter { $0.key == .escape }
      #expect(entries.count == 1, "\(pane): \(row)")
      session.state.hint = "look here"
      #expect(!session.screen.row(23).contains("esc all panes"), "the strip goes first")
    }
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
