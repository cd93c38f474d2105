import Testing

@testable import Explorer

@Suite struct TextTests {
  @Test(arguments: [
    ("a", 1), ("日", 2), ("é", 1), ("e\u{301}", 1), ("😀", 2), ("\u{301}", 1), ("\u{1b}", 1),
    ("⣿", 1), ("\u{200b}", 1), ("한", 2), ("Ａ", 2),
  ])
  func width(_ text: String, _ columns: Int) { #expect(Printable.width(text) == columns) }

  @Test func clippingNeverSplitsAWideCharacter() {
    #expect(Printable.clip("日本語", 4) == "日…")
    #expect(Printable.clip("日本語", 6) == "日本語")
    #expect(Printable.prefix("日本語", 3) == "日")
    #expect(Printable.padded("日", 3) == "日 ")
  }

  @Test func aWideCharacterIsNeverHalved() {
    var screen = Screen(Size(width: 4, height: 1))
    screen.put("日本", x: 0, y: 0)
    screen.put("x", x: 1, y: 0)
    #expect(screen.row(0) == " x本")
    screen.put("日", x: 3, y: 0)
    #expect(screen.row(0) == " x本")
  }

  @Test func editingALine() {
    var line = LineEditor("one two")
    _ = line.press(.control("w"))
    #expect(line.text == "one ")
    _ = line.press(.home)
    _ = line.press(.character("é"))
    _ = line.press(.character("\u{301}"))
    #expect(line.caret == 1)
    _ = line.press(.control("k"))
    _ = line.press(.paste("日本\nx"))
    #expect(line.characters.count == 5)
    _ = line.press(.left)
    _ = line.press(.backspace)
    #expect(line.text == "é\u{301}日本x")
    _ = line.press(.control("u"))
    #expect(line.text == "x")
  }

  @Test(arguments: [
    (0.0, "0"), (12.345, "12.35"), (0.0410, "0.041"), (3.2e-5, "3e-5"), (1234, "1234"),
    (9.9999e-4, "1e-3"), (.nan, "nan"), (-.infinity, "-inf"),
  ])
  func numbers(_ value: Double, _ text: String) { #expect(Numbers.short(value) == text) }

  @Test func themesKeepMeaningWithoutColour() {
    let look = Theme.mono.resolve(.selected, .truecolor)
    #expect(look.isReversed && look.foreground == nil && look.background == nil)
    #expect(Theme.dark.resolve(.selected, .none).isReversed)
    #expect(Colour(0xffffff, ansi: 15).paletteIndex == 231)
    #expect(Colour(0x000000, ansi: 0).paletteIndex == 16)
  }

  @Test(arguments: [
    (["NO_COLOR": "1"], 256, ColourDepth.none), (["NO_COLOR": ""], 256, .palette),
    (["CLICOLOR": "0"], 256, .none), ([:], 8, .sixteen), ([:], 0, .none),
    ([:], 16_777_216, .truecolor),
  ])
  func colourDepth(_ variables: [String: String], _ colours: Int, _ depth: ColourDepth) {
    let environment = TerminalEnvironment(variables: variables, colours: colours)
    #expect(environment.depth(.auto) == depth)
    #expect(environment.depth(.never) == .none)
  }
}
