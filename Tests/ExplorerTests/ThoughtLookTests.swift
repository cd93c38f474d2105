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
    session.press("k")
    session.press(.enter)
    session.settle()
    let text = session.screen.text
    #expect(text.contains("thoughts are of token 16 '?'; this one is read once, before them"))
    #expect(
      !session.service.requests.contains { if case .inside = $0 { true } else { false } },
      "nothing is asked for")
    session.press("j")
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
    session.type("each 2")
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
