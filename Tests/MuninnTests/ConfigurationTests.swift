import Explorer
import TestSupport
import Testing

@testable import muninn

/// What a user sets.
@Suite struct ConfigurationTests {
  private static let whole = """
    # mine
    theme = "light"
    glyphs = 'ascii'
    speed = 8
    metric = "margin"
    model = "org/name"

    [keys]
    "J" = "forward-5"
    'ctrl-t' = "theme mono"
    f2 = "goto 12:8"

    """

  @Test func allIsRead() throws {
    let settings = try Configuration(parsing: Self.whole, file: "c")
    #expect(settings.theme == .light && settings.glyphs == .ascii && settings.speed == 8)
    #expect(settings.metric == "margin" && settings.model == "org/name")
    #expect(settings.keys.map(\.line) == ["forward-5", "theme mono", "goto 12:8"])
  }

  @Test func whatIsPrintedIsReadAgain() throws {
    let settings = try Configuration(parsing: Self.whole, file: "c")
    let text = ConfigCommand.text(settings, path: "/x").joined(separator: "\n")
    let again = try Configuration(parsing: text, file: "c")
    #expect(again.theme == settings.theme && again.speed == settings.speed)
    #expect(again.metric == settings.metric && again.model == settings.model)
    #expect(again.keys.map(\.line) == settings.keys.map(\.line))
    let none = try Configuration(parsing: "", file: "c")
    let usual = ConfigCommand.text(none, path: nil).joined(separator: "\n")
    #expect(try Configuration(parsing: usual, file: "c").theme == nil)
  }

  @Test(arguments: [
    ("theme = \"dark\"\nspeed = [1,\n", 2, 13, "array"),
    ("theme = \"dark\"\ntheme = \"light\"\n", 2, 9, "theme"),
    ("theme = \"purple\"\n", 1, 9, "\"dark\", \"light\""),
    ("  them = \"dark\"\n", 1, 3, "did you mean theme?"),
    ("\nglyphs = 4\n", 2, 10, "\"braille\""),
    ("speed = 0\n", 1, 9, "above 0"), ("speed = \"fast\"\n", 1, 9, "iterations a second"),
    ("metric = \"mood\"\n", 1, 10, "\"entropy\""), ("model = \"\"\n", 1, 9, "in quotes"),
    ("keys = 3\n", 1, 1, "a table"), ("[keys]\n\"ctrl-tt\" = \"play\"\n", 2, 1, "no key"),
    ("[keys]\n\"5\" = \"play\"\n", 2, 1, "digits"),
    ("[keys]\nctrl-c = \"play\"\n", 2, 1, "way out"),
    ("[keys]\nx = \"exted 5\"\n", 2, 5, "did you mean extend?"),
    ("[keys]\nx = 5\n", 2, 5, "quotes"),
    ("theme = \"dark\nspeed = 8\n", 1, 14, "string"),
    ("[keys]\nx = \"\"\n", 2, 5, "such as"), ("[key]\nx = \"play\"\n", 1, 1, "did you mean keys"),
    ("[keys]\nx = \"theme purple\"\n", 2, 5, "one of dark, light"),
    ("[keys]\n\nx = \"extend abc\"\n", 3, 5, "extend takes a count"),
    ("[keys]\nx   = \"play 3\"\n", 2, 7, "play takes nothing after it"),
    ("[keys]\nx = \"seed -1\"\n", 2, 5, "a whole number"),
    ("[keys]\nx = \"goto\"\n", 2, 5, "goto takes"),
  ])
  func mistakesAreToldWithTheirPlace(text: String, line: Int, column: Int, words: String) {
    do {
      _ = try Configuration(parsing: text, file: "config.toml")
      Issue.record("\(text) is read")
    } catch {
      #expect(error.line == line && error.column == column, "\(error)")
      #expect(error.description.contains(words), "\(error)")
    }
  }

  @Test func theFileIsWhereTheSpecificationSays() {
    #expect(Configuration.path(["XDG_CONFIG_HOME": "/a", "HOME": "/h"]) == "/a/muninn/config.toml")
    #expect(
      Configuration.path(["XDG_CONFIG_HOME": "a", "HOME": "/h"]) == "/h/.config/muninn/config.toml")
    #expect(Configuration.path([:]) == nil)
  }
}
