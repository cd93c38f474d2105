import Testing
import Trajectories

@testable import Explorer

/// That everything is seen: contrast, lightness that goes one way, and meaning without colour.
@Suite struct ThemeTests {
  static let depths = ColourDepth.allCases.filter { $0 != .none }
  static let coloured = Theme.allCases.filter { $0.colours != nil }

  private func contrast(_ a: Colour, _ b: Colour) -> Double {
    (max(a.luminance, b.luminance) + 0.05) / (min(a.luminance, b.luminance) + 0.05)
  }

  /// The oldest piece of a path, the dots of what comes after it, and every label.
  @Test(arguments: coloured, [ColourDepth.palette, .truecolor])
  func pathsAndWordsAreSeenFromAfar(theme: Theme, depth: ColourDepth) throws {
    let colours = try #require(theme.colours)
    let ground = colours.assumedGround
    var roles: [Role] = [
      .dim, .title, .accent, .cursor, .flip, .warning, .error, .good, .key,
    ]
    roles += (0..<6).map { .series($0) } + (0...255).map { .trail(UInt8($0)) }
    for role in roles {
      let look = theme.resolve(Style(role: role), depth)
      let letters = try #require(look.foreground).asShown(depth)
      let least = theme == .highContrast ? 7 : 4.5
      #expect(contrast(letters, ground) >= least, "\(role)")
    }
  }

  /// Newer pieces of a path stand out more.
  @Test(arguments: coloured, depths) func paths(theme: Theme, depth: ColourDepth) throws {
    let ground = try #require(theme.colours).assumedGround
    func seen(_ level: UInt8) throws -> Double {
      let look = theme.resolve(Style(role: .trail(level)), depth)
      return contrast(try #require(look.foreground).asShown(depth), ground)
    }
    #expect(try seen(255) > seen(0))
  }

  /// The ramp's lightness goes one way alone, so that it reads without hues and for every eye.
  @Test(arguments: coloured, depths) func rampsGoOneWay(theme: Theme, depth: ColourDepth) throws {
    let ramp = try #require(theme.colours).ramp
    let lightness = (0...255).map { ramp.colour(UInt8($0)).asShown(depth).luminance }
    let sign = theme == .light ? -1.0 : 1
    for (a, b) in zip(lightness, lightness.dropFirst()) { #expect((b - a) * sign >= -0.004) }
    #expect(abs((lightness.last ?? 0) - (lightness.first ?? 0)) > 0.6)
  }

  @Test func themesFollowEachOther() {
    var theme = Theme.dark
    var seen: [Theme] = []
    for _ in Theme.allCases {
      seen.append(theme)
      theme = theme.next
    }
    #expect(Set(seen) == Set(Theme.allCases) && theme == .dark)
    #expect(Theme(rawValue: "high-contrast") == .highContrast)
  }

  /// High contrast paints its own ground; the others leave the terminal's.
  @Test func theGroundIsTheTerminalsUnlessItMatters() {
    #expect(Theme.highContrast.resolve(.text, .truecolor).background?.rgb == 0)
    #expect(Theme.dark.resolve(.text, .truecolor).background == nil)
    #expect(Theme.mono.resolve(.onRamp(1), .truecolor).background == nil)
  }

  /// Two curves in one chart are told apart by their lines, and by letters at their ends.
  @Test(arguments: [
    Capabilities.plain, Capabilities(colours: .none, glyphs: .braille, isUnicode: true),
  ])
  func curvesWithoutColour(capabilities: Capabilities) throws {
    for (pane, marks) in [(PaneName.entropy, ["H", "K"]), (PaneName.residuals, ["s", "r"])] {
      var session = Session(width: 80, height: 16, capabilities: capabilities)
      session.state.zoom = pane
      session.press("5h")
      session.state.message = nil
      let place = try #require(Layout(session.state).place(pane)).inner(session.state)
      let rows = (place.y..<place.maxY).map(session.screen.row).joined()
      for mark in marks { #expect(rows.contains(mark), "\(mark)") }
      let legend = Pane.of(pane).legend(session.state, 80).map(\.0)
      #expect(legend[0].first != legend[1].first)
    }
  }

  /// One sign, one meaning: what pauses is not what is the same.
  @Test func signsOfASCIIDiffer() {
    let glyphs = Glyphs(.plain)
    #expect(glyphs.paused != glyphs.same && glyphs.playing != glyphs.paused)
    #expect(glyphs.curve != glyphs.brokenCurve)
  }

  /// A locale that is named is meant, `C` too.
  @Test func glyphsGoByTheLocale() {
    func isUnicode(
      _ variables: [String: String], _ isUTF8: Bool, _ choice: GlyphStyle? = nil, can: Bool = true
    ) -> Bool {
      TerminalEnvironment(variables: variables, colours: 8)
        .isUnicode(isLocaleUTF8: isUTF8, canBeUTF8: can, choice)
    }
    #expect(isUnicode(["LANG": "C.UTF-8"], true))
    #expect(!isUnicode(["LANG": "C"], false) && !isUnicode(["LC_ALL": "POSIX"], false))
    #expect(isUnicode([:], false) && isUnicode(["LANG": ""], false), "nothing is said")
    #expect(isUnicode(["LANG": "C"], false, .braille), "asked for")
    #expect(!isUnicode(["LANG": "C"], false, .ascii))
    #expect(!isUnicode([:], false, .braille, can: false))
  }

  /// Words of the status line keep their place while numbers grow and states change.
  @Test(arguments: [80, 120, 200]) func statusKeepsItsPlace(width: Int) throws {
    var session = Session(width: width, height: 40)
    func place(_ word: String) -> Int? {
      let row = Array(session.screen.row(0))
      return row.indices.first { String(row[$0...].prefix(word.count)) == word }
    }
    let seed = try #require(place("seed 7"))
    let prompt = try #require(place("3+4-2+9-5+1+8-6?"))
    let verdict = try #require(place("(mod 10)"))
    for keys in ["h", "8h", "0", "$", "k", "kkkkkkkk", "l", " ", "$", "8e", "0 "] {
      session.press(keys)
      session.settle()
      #expect(place("seed 7") == seed, "after \(keys)")
      #expect(place("3+4-2+9-5+1+8-6?") == prompt, "after \(keys)")
      #expect(place("(mod 10)") ?? verdict == verdict, "after \(keys)")
    }
    // While it plays, from the start to the live edge and past it.
    while session.state.isPlaying {
      session.wait(0.05)
      let row = session.screen.row(0)
      #expect(place("seed 7") == seed && place("3+4-2+9-5+1+8-6?") == prompt, "\(row)")
      #expect(place("(mod 10)") ?? verdict == verdict, "\(row)")
    }
  }
}
