import Testing
import Trajectories

@testable import Explorer

/// The strip of all tokens beside a heat map that does not show them all.
@Suite struct TokenMapTests {
  private static let long = String(repeating: "3+4-2+9-5+", count: 20) + "6?"

  private func strip(_ session: Session) throws -> TokenMap? {
    let place = try #require(Layout(session.state).place(.heat)).inner(session.state)
    let branch = try #require(session.state.branch)
    let rooms = HeatRooms(session.state, branch, place)
    let map = try #require(HeatMap(session.state, branch, rooms.map))
    return rooms.tokens.map { TokenMap(session.state, branch, $0, beside: map) }
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60)])
  func itIsThereWhereTokensAreOutOfSight(width: Int, height: Int) throws {
    let short = Session(width: width, height: height)
    #expect(try strip(short) == nil || short.state.tokenCount > height - 8)
    let session = Session(width: width, height: height, prompt: Self.long)
    let strip = try #require(try strip(session))
    #expect(session.state.tokenCount == Self.long.count + 1)
    // Every token is in one line, in order.
    let lines = (0..<strip.rect.height).map(strip.tokens)
    #expect(lines.flatMap { Array($0) } == Array(0..<session.state.tokenCount))
    #expect(lines.allSatisfy { !$0.isEmpty })
    // The cells of the map keep clear of it.
    let grid = try #require(Layout(session.state).place(.heat)).inner(session.state)
    #expect(strip.rect.maxX <= grid.maxX)
    for row in 0..<height { #expect(Printable.width(session.screen.row(row)) == width) }
  }

  @Test func itSaysWhereOneIsAndWhatIsInSight() throws {
    var session = Session(width: 120, height: 40, prompt: Self.long)
    for token in [0, 57, 120, 202] {
      session.type("select \(token)")
      let strip = try #require(try strip(session))
      let glyphs = session.state.glyphs
      for line in 0..<strip.rect.height {
        let tokens = strip.tokens(ofLine: line)
        let place = session.screen[strip.rect.x, strip.rect.y + line].character
        let wanted =
          tokens.contains(token)
          ? glyphs.pointer
          : tokens.overlaps(strip.inSight) ? glyphs.liveEdge : String(glyphs.vertical)
        #expect(String(place) == wanted, "token \(token), line \(line)")
      }
    }
  }

  @Test func aClickGoesThere() throws {
    var session = Session(width: 120, height: 40, prompt: Self.long)
    let strip = try #require(try strip(session))
    let line = strip.rect.height - 2
    let at = Point(x: strip.rect.x + 1, y: strip.rect.y + line)
    session.send(.mouse(MouseEvent(action: .press, at: at)))
    #expect(session.state.cursor.token == strip.tokens(ofLine: line).lowerBound)
  }

  /// What is loud in the map is loud here, whatever the terminal can show.
  @Test(arguments: [Capabilities.full, .plain]) func whatHasNotArrivedIsSeen(
    capabilities: Capabilities
  ) throws {
    var session = Session(
      width: 120, height: 40, capabilities: capabilities, prompt: Self.long, iterations: 16)
    session.state.cursor.iteration = 8
    let strip = try #require(try strip(session))
    // Later tokens of the scripted run arrive later: first lines are calm, last ones loud.
    let (top, bottom) = (strip.rect.y, strip.rect.maxY - 1)
    let (calm, loud) = (
      session.screen[strip.rect.x + 1, top], session.screen[strip.rect.x + 1, bottom]
    )
    #expect(calm != loud)
    if capabilities.colours == .none {
      #expect(loud.character != calm.character)
    }
  }

  @Test func namedPlacesHaveTheirLetter() throws {
    var session = Session(width: 120, height: 40, prompt: Self.long)
    session.type("select 150")
    session.type("mark x-here")
    session.type("select 0")
    let strip = try #require(try strip(session))
    let line = try #require(
      (0..<strip.rect.height).first { strip.tokens(ofLine: $0).contains(150) })
    #expect(session.screen[strip.rect.x + 2, strip.rect.y + line].character == "x")
  }
}
