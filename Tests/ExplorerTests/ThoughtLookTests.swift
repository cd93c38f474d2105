import Engine
import LatentModels
import Testing
import Trajectories

@testable import Explorer

/// Looking at a model that thinks behind its prompt and nowhere else.
@Suite struct ThoughtLookTests {
  private func session() -> Session {
    var session = Session(width: 120, height: 40)
    session.state.model = ModelSummary(
      name: "thinker", defaultIterations: 6, parameters: 1, width: 8, vocabularySize: 256,
      maximumTokens: 64, hasFixedStart: true, coreBlocks: 3, thinksOnce: true)
    return session
  }

  @Test func aTokenWithoutThoughtsSaysSo() {
    var session = session()
    session.press("17k")
    session.press(.enter)
    session.settle()
    let text = session.screen.text
    #expect(text.contains("thoughts are of token 16 '?'; this one is read once, before them"))
    #expect(
      !session.service.requests.contains { if case .inside = $0 { true } else { false } },
      "nothing is asked for")
    session.press("2j")
    session.settle()
    #expect(session.state.cellPass != nil)
  }

  /// Behind the prompt stand thoughts, behind them what was appended.
  @Test func keysOfAnAttentionRowAreNamed() {
    var session = session()
    #expect(session.state.keyName(16) == "16 '?'" && session.state.keyLabel(17) == "th 1")
    #expect(session.state.keyName(19) == "thought 3" && session.state.ownKey(of: 20) == 19)
    session.press("hh")
    let taken = session.state.cursor.iteration
    session.press(".")
    session.settle()
    session.wait(10)
    #expect(session.state.cursor.token == 17 && session.state.thinkingToken == 17)
    #expect(session.state.keyName(16 + taken) == "thought \(taken)")
    #expect(session.state.keyName(17 + taken).hasPrefix("17 '"))
    #expect(session.state.keyName(18 + taken) == "thought 1")
    // From the prompt's own last token all that is behind it are thoughts.
    session.press("k")
    #expect(session.state.keyName(17 + taken) == "thought \(taken + 1)")
  }

  /// Rows are tokens and thoughts, each with what is said behind every block; it is asked for while it is in
  /// sight, and once.
  @Test func theMapIsOfThoughts() throws {
    var session = Session(width: 120, height: 40, runToTarget: false)
    session.state.model = self.session().state.model
    session.state.focus = .heat
    session.press("+")
    session.wait(100)
    session.state.message = nil
    let text = session.screen.text
    #expect(text.contains("text and thoughts × blocks"))
    expectSnapshot(text, "thoughts-120x40")
    func asked() -> [LookingAtDepth.Wish] {
      session.service.requests.compactMap {
        guard case .depth(let key, let iteration, let rows) = $0 else { return nil }
        return .init(place: .init(node: key.node, iteration: iteration), rows: rows)
      }
    }
    let first = asked()
    #expect(Set(first).count == first.count && first.contains { $0.place.iteration == 16 })
    #expect(Set(first.filter { $0.place.iteration == 0 }.flatMap(\.rows)).count == 17)
    // Keys go through rows: thoughts, then the tokens before them.
    let last = session.state.cursor
    #expect(last.iteration == 16)
    session.press("3k")
    #expect(session.state.cursor == Address(token: 16, iteration: 13))
    session.press("13k")
    #expect(session.state.cursor == Address(token: 16, iteration: 0))
    session.press("2k")
    #expect(session.state.cursor.token == 14)
    session.press("99j")
    #expect(session.state.cursor == last)
    session.press("j")
    #expect(session.said == "the last token")
    #expect(asked().count == first.count)
    // A click is a row and a block.
    let lines = session.screen.text.split(separator: "\n", omittingEmptySubsequences: false)
    let line = try #require(lines.firstIndex { $0.contains(" t14 ") })
    session.send(.mouse(MouseEvent(action: .press, at: Point(x: 30, y: line))))
    #expect(session.state.cursor == Address(token: 16, iteration: 14))
    // An appended token is a row, without thoughts, and gets none.
    session.press(".")
    session.settle()
    session.wait(10)
    #expect(session.state.cursor == Address(token: 17, iteration: 0))
    #expect(asked().count == first.count + 1)
    session.press("e")
    #expect(session.said.contains("thoughts are had once"))
    session.press("l")
    #expect(session.said.contains("thoughts are had once") && session.state.edge == 0)
    session.type("each 3")
    #expect(session.said.contains("appended tokens have none"))
    expectSnapshot(session.screen.text, "thoughts-written-120x40")
  }

  @Test(arguments: [(80, 24), (40, 10)]) func theMapFits(width: Int, height: Int) {
    var session = Session(
      width: width, height: height, capabilities: .plain, theme: .mono, runToTarget: false)
    session.state.model = self.session().state.model
    session.wait(100)
    session.state.message = nil
    let text = session.screen.text
    #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
    expectSnapshot(text, "thoughts-\(width)x\(height)")
  }

  /// A class does not see thoughts that come after the one in view.
  @Test func thoughtsToComeAreHidden() throws {
    var session = Session(width: 120, height: 40, runToTarget: false)
    session.state.model = self.session().state.model
    session.state.focus = .heat
    session.wait(100)
    session.type("present")
    session.press(.escape)
    session.type("goto 16:12")
    func line(_ label: String) throws -> String {
      let lines = session.screen.text.split(separator: "\n").map(String.init)
      return try #require(lines.first { $0.contains(" \(label) ") })
    }
    #expect(try !line("t12").contains("·") && line("t13").contains("·"))
    session.press("l")
    session.settle()
    #expect(try !line("t13").contains("·") && line("t14").contains("·"))
    session.type("present off")
    #expect(try !line("t14").contains("·"))
  }

  /// A model that ends its thoughts itself has as many as it wants, unless it is asked for more.
  @Test func aModelEndsItsThoughts() throws {
    var session = Session(width: 120, height: 40, runToTarget: false)
    let whole = Session(width: 120, height: 40)
    let run = try #require(whole.state.trajectory)
    let said = run.steps.map { $0.readings.last?.best?.id }
    let stop = try #require(said[9])
    let first = try #require(said.firstIndex(of: stop))
    session.state.model = ModelSummary(
      name: "thinker", defaultIterations: 16, parameters: 1, width: 8, vocabularySize: 256,
      maximumTokens: 64, hasFixedStart: true, coreBlocks: 3, thinksOnce: true, thoughtStop: stop)
    session.wait(100)
    #expect(session.state.edge == first && session.said.contains("thought enough"))
    session.press("4e")
    session.wait(100)
    #expect(session.state.edge == first + 4)
  }

  @Test func noiseOnWhatIsNotReadIsRefused() {
    var session = session()
    session.type("cause noise 0.5")
    #expect(session.said == "thoughts read no e: name a run, or :cause token 1 8")
  }

  @Test func statesArePutBackOnceUnlessAsked() {
    var session = session()
    session.type("cause token 3 8")
    session.settle()
    session.wait(10)
    #expect(session.state.causing.kind == .once && session.state.zoom == .causes)
    #expect(!session.screen.text.contains("e comes in again"))
  }
}
