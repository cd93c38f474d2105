import Engine
import LatentModels
import Testing

@testable import Explorer

/// How a diagonal injection makes states decay, on the screen and as lines.
@Suite struct ContractionPaneTests {
  /// Channel i keeps ½ after 2ⁱ⁻³ iterations.
  private static let injection = DiagonalInjection(
    rate: (0..<40).map { 0.693_147_18 / Float(1 << ($0 % 8)) * 8 },
    step: (0..<40).map { 0.1 * Float($0 % 4 + 1) })

  private func opened(
    width: Int = 80, height: Int = 24, capabilities: Capabilities = .full, theme: Theme = .dark
  ) throws -> Session {
    var session = Session(width: width, height: height, capabilities: capabilities, theme: theme)
    session.state.model = ModelSummary(
      name: "parcae", defaultIterations: 8, parameters: 1, width: 40, vocabularySize: 64,
      maximumTokens: 64, injection: Self.injection)
    session.type("contraction")
    return session
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60)])
  func channelsByWhatTheyKeep(width: Int, height: Int) throws {
    let text = try opened(width: width, height: height).screen.text
    #expect(text.contains("contraction · 40 channels · from the weights"))
    // Half-lives are 0.125 to 16, so that 2^(-1/16) = .958 is kept of the slowest.
    #expect(text.contains("keeps 0.0039 to 0.958 of a channel, median 0.604"))
    #expect(text.contains("half is left after 0.125 to 16 iterations"))
    #expect(text.contains("at r 8, as trained, 0.707 of the slowest is left, 0.0039 of the median"))
    expectSnapshot(text, "contraction-\(width)x\(height)")
  }

  @Test func withoutColourAndInASCII() throws {
    let text = try opened(capabilities: .plain, theme: .mono).screen.text
    #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
  }

  @Test func channelsScrollAndTheWayBackIsTheOneThatWasCome() throws {
    var session = try opened()
    let top = session.screen.text
    session.press("k")
    #expect(session.screen.text == top)
    session.press("3j")
    #expect(session.state.contraction.first == 3 && session.screen.text != top)
    session.press("99j")
    let bottom = session.screen.text
    session.press("j")
    #expect(session.screen.text == bottom && bottom.contains("0.0039 "))
    session.press(.escape)
    #expect(session.state.zoom == nil)
    session.type("motion")
    session.type("contraction")
    session.press(.escape)
    #expect(session.state.zoom == .motion)
    session.type("contraction")
    session.type("contraction")
    #expect(session.state.zoom == .motion)
  }

  @Test func linesHaveTheTableAndOthersAreToldWhy() throws {
    let session = try opened()
    let table = TextTable.contraction(session.state)
    #expect(
      table.headings == ["channel", "keeps", "half-life", "left at r 8", "takes", "settles"])
    #expect(
      table.rows.count == 32 && table.rows[0] == ["7", "0.958", "16", "0.707", "0.4", "9.435"])
    #expect(
      table.rows[4][0] == "39" && table.rows[5] == ["6", "0.917", "8", "0.5", "0.3", "3.615"])
    #expect(table.notes.contains { $0.hasSuffix("0.9-1.0: 10") && $0.contains("0.0-0.1: 10") })
    #expect(table.notes.last == "the slowest 32 of 40; inspect --contraction has all")
    #expect(PlainPane.lines(.contraction, session.state).count == 2 + 32 + 5)
    var other = Session()
    other.type("contraction")
    #expect(other.state.zoom == nil && other.said.contains("diagonal injection"))
  }
}
