import LatentModels
import Testing

@testable import Explorer

/// The session that is read and answered line by line.
@Suite struct LineSessionTests {
  private func begin() -> (LineSession, [String]) {
    var session = LineSession(
      ExplorerOptions(prompt: .text(ScriptedRun.prompt), start: .seed(7)),
      service: ScriptedCompute())
    let lines = session.begin()
    return (session, lines)
  }

  @Test func itSaysWhereOneIsAndTheAnswer() {
    let (session, lines) = begin()
    #expect(lines.contains("iteration: 16 of 16") && lines.contains("token: 16 '?'"))
    #expect(lines.contains { $0.hasPrefix("answer: '4' since r 7 of 16, wrong, should be 2") })
    #expect(session.misunderstood == 0 && session.status == nil)
  }

  @Test func commandsKeysAndPlacesSayWhatChanged() {
    var (session, _) = begin()
    #expect(session.take("3h").contains("iteration: 13 of 16 (before: 16 of 16)"))
    #expect(session.take("step-forward").contains { $0.hasPrefix("iteration: 14 of 16") })
    #expect(session.take("12:8").contains { $0.hasPrefix("token: 12 '+'") })
    #expect(session.take("metric kl").contains("metric: KL"))
    #expect(session.take("extend 4").contains { $0.hasPrefix("iteration: 20 of 20") })
    #expect(session.take("seed 5").contains { $0.hasPrefix("run: 2 of 2") })
    #expect(session.take("where").count >= 6)
    #expect(session.take("# a comment").isEmpty && session.take("  ").isEmpty)
    #expect(session.take("space").isEmpty == false)
    #expect(session.misunderstood == 0)
  }

  /// Every pane can be read, in lines that no terminal takes for anything else.
  @Test(arguments: PaneName.allCases) func everyPaneIsRead(_ pane: PaneName) {
    var (session, _) = begin()
    let lines = session.take("show \(pane)")
    #expect(lines.first == "pane \(pane): \(Pane.of(pane).about.title)" && lines.count >= 2)
    for line in lines {
      #expect(line.unicodeScalars.allSatisfy { $0.value >= 0x20 && $0.value != 0x7f })
    }
  }

  @Test func tablesHaveARowEach() {
    var (session, _) = begin()
    let exits = session.take("show exits")
    #expect(exits.contains { $0.hasPrefix("kl ") && $0.contains("r 4") && $0.contains("early") })
    let next = session.take("show predictions")
    #expect(next.contains { $0.hasPrefix("1") && $0.contains("'4'") && $0.contains(".978") })
    #expect(session.take("show heat").count == 17 + 3)
    #expect(session.take("x").contains("pane: exit rules"))
  }

  @Test func whatIsNotUnderstoodIsCountedAndSaysWhatWasMeant() {
    var (session, _) = begin()
    #expect(session.take("exted 4").first?.contains("did you mean extend") == true)
    #expect(session.take("show exit").first == "pane exits: exit rules")
    #expect(session.take("show planes").first?.contains("did you mean plane") == true)
    #expect(session.take("extend many").first?.contains("from 1 to 100000") == true)
    #expect(session.take(":").first?.hasPrefix("not understood") == true)
    #expect(session.misunderstood == 4)
  }

  /// Lists and lines that the screen opens are read out, and closed again.
  @Test(arguments: ["help extend", "messages", "about exits", "/", ":", "s", "?"])
  func nothingStaysOpen(_ line: String) {
    var (session, _) = begin()
    #expect(!session.take(line).isEmpty)
    #expect(session.take("goto 3").contains { $0.hasPrefix("iteration: 3 of 16") })
  }

  @Test func quitEndsIt() {
    var (session, _) = begin()
    _ = session.take("quit")
    #expect(session.status == 0)
  }
}
