import Engine
import LatentModels
import Testing
import Trajectories

@testable import Explorer

/// Of models with two clocks every place is named by both, where it is shown and where it is typed.
@Suite struct ClockTests {
  /// Two low passes of two blocks, then a high one.
  private static let model = ModelSummary(
    name: "scripted", defaultIterations: 16, parameters: 1, width: 8, vocabularySize: 256,
    maximumTokens: 256, coreBlocks: 6, passes: ModelFacts.Passes(blocks: 2, low: 2))

  private func session(width: Int = 120, runToTarget: Bool = true) -> Session {
    var session = Session(width: width, height: 40, runToTarget: runToTarget)
    session.state.model = Self.model
    return session
  }

  @Test func theStatusLineAndTheLinesNameBoth() {
    var session = session()
    session.type("goto 2")
    #expect(session.screen.text.contains("viewing 2.H of 16"))
    #expect(session.screen.text.contains("at r 2.H"))
    #expect(LineFacts(session.state).lines.contains("iteration: 2.H of 16"))
    session.type("goto 2.L2.1")
    #expect(session.screen.text.contains("viewing 2.L2.1 of 16"))
    #expect(LineFacts(session.state).lines.contains("iteration: 2.L2.1 of 16"))
    session.type("goto 0")
    #expect(session.screen.text.contains("viewing 0 of 16"))
  }

  /// What stands to the right of the iteration keeps its place.
  @Test func theStatusLineIsSteady() throws {
    var session = session()
    session.type("goto 2")
    func column() throws -> Int {
      let line = try #require(session.screen.text.split(separator: "\n").first)
      let range = try #require(line.firstRange(of: "paused"))
      return line.distance(from: line.startIndex, to: range.lowerBound)
    }
    let outside = try column()
    session.type("goto 2.L2.1")
    #expect(try column() == outside)
  }

  @Test func aMarkComesBackToItsPass() {
    var session = session()
    session.type("goto 12:2.L1")
    session.type("mark low")
    #expect(session.said == "12:2.L1.2 of run 1 is low now; jump low comes back")
    session.press(.escape)
    session.type("goto 3:5")
    session.type("mark cell")
    #expect(session.said == "3:5.H of run 1 is cell now; jump cell comes back")
    session.type("jump low")
    #expect(session.state.zoom == .inside)
    #expect(session.state.words(session.state.insideAddress) == "12:2.L1.2")
    session.press(.escape)
    session.type("jump cell")
    #expect(session.state.zoom != .inside)
    #expect(session.state.words(session.state.cursor) == "3:5.H")
  }

  @Test func aRunStopsAtAPass() {
    var session = session(runToTarget: false)
    session.type("break 12:3.L1")
    #expect(session.said == "break 1: 12:3.L1.2; > runs to it, < runs back")
    session.type("breaks")
    #expect(session.said == "1 12:3.L1.2")
    session.wait(60)
    #expect(session.state.edge == 3 && !session.state.isPlaying)
    #expect(session.said == "break 1 at 12:3.L1.2")
    #expect(session.state.zoom == .inside)
    #expect(session.state.words(session.state.insideAddress) == "12:3.L1.2")
  }

  @Test func conditionsSayBothClocks() {
    var session = session()
    session.type("goto 12:1")
    session.type("break iteration == 5")
    session.press(">")
    #expect(session.said == "break 1 at 12:5.H: iteration == 5")
    session.type("goto 1")
    session.type("find iteration == 4")
    #expect(session.said.hasPrefix("12:4.H is where iteration == 4"))
    session.type("until iteration > 6")
    #expect(session.said == "12:7.H is where iteration > 6")
    session.type("until 9.L1.1")
    #expect(session.said == "12:9.L1.1 is there already" && session.state.zoom == .inside)
    session.press(.escape)
    session.type("until 18.H")
    session.wait(60)
    #expect(session.state.edge == 18 && session.said == "12:18.H.2 is reached")
  }

  @Test(arguments: [
    ("break 2.L3", "low passes are L1 to L2"), ("break 0", "count from 1"),
    ("break 12:p.1", "count from 1"), ("break 99:2", "no token 99"),
    ("break 50%", "an iteration"),
  ])
  func placesWhereNoRunStopsAreRefused(line: String, words: String) {
    var session = session()
    session.type(line)
    #expect(session.state.message?.kind == .error)
    #expect(session.said.contains(words), "\(session.said)")
    #expect(session.state.breaking.points.isEmpty)
  }

  /// The list of messages and a log have it, and a log is read with either.
  @Test func messagesAndLogsNameBoth() throws {
    var session = session()
    session.type("goto 2")
    session.type("break 4.L1")
    session.type("messages")
    #expect(session.screen.text.contains("r 2.H"))
    let there = Address(token: 16, iteration: 5)
    let moment = LogMoment.place(there, reach: 6, run: nil, namesBoth: true)
    #expect("\(moment)" == "at 16:5.H of 6")
    #expect(try LogMoment("at", "16:5.H of 6") == moment)
    #expect(
      try LogMoment("at", "16:5 of 6") == .place(there, reach: 6, run: nil, namesBoth: false))
    #expect(try Expectation(parsing: "r 5.H") == .iteration(5))
    #expect(throws: LogLineProblem.self) { try Expectation(parsing: "r 5.L1") }
  }

  /// Saved settings keep the pass.
  @Test func breakpointsAtAPassAreSaved() {
    var session = session()
    session.type("break 12:3.L2")
    let saved = session.state.runSettings
    #expect(saved.breakpoints?.map(\.condition) == ["12:3.L2.2"])
  }
}
