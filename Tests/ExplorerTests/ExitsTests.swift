import Testing
import Trajectories

@testable import Explorer

/// The exit rules, and what they are asked with.
@Suite struct ExitsTests {
  /// Zoomed, with the arrows on a rule.
  private func bench(
    on rule: ExitRule, width: Int = 80, height: Int = 24, capabilities: Capabilities = .full
  ) -> Session {
    var session = Session(width: width, height: height, capabilities: capabilities)
    session.press("x")
    for _ in 0..<(session.state.exits.rules.firstIndex { $0.name == rule.name } ?? 0) {
      session.press("j")
    }
    return session
  }

  private func outcome(_ session: Session, _ rule: ExitRule) throws -> ExitOutcome {
    try #require(session.state.exitOutcomes.first { $0.policy.rule.name == rule.name })
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60)])
  func pictures(width: Int, height: Int) {
    var session = bench(on: .kl, width: width, height: height)
    session.press("10l")
    session.press(.tab)
    session.press("l")
    expectSnapshot(session.screen.text, "exits-changed-\(width)x\(height)")
  }

  @Test func pictureInASCII() {
    let text = bench(on: .argmaxStability, capabilities: .plain).screen.text
    #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
    expectSnapshot(text, "exits-ascii-80x24")
  }

  /// What is shown at once is what a look at the whole run says.
  @Test func aChangedThresholdMovesTheStopAtOnce() throws {
    var session = bench(on: .kl)
    let run = try #require(session.state.trajectory)
    let before = try outcome(session, .kl)
    #expect(before.stop == ExitRule.kl.firstExit(run))
    var stops: [Int?] = []
    for _ in 0..<40 {
      session.press("l")
      let now = try outcome(session, .kl)
      #expect(now.stop == ExitRule.kl.firstExit(run, threshold: now.policy.threshold))
      stops.append(now.stop)
    }
    #expect(stops.last == 1 && Set(stops).count > 1, "a looser rule leaves sooner")
    #expect(session.screen.text.contains("*]"))
    session.press("0")
    #expect(try outcome(session, .kl).stop == before.stop)
    #expect(!session.screen.text.contains("*]"))
    session.press("9l")
    session.press(.backspace)
    #expect(session.state.bench.isUsual(.kl))
  }

  @Test func theArrowsChangeTheColumnThatIsChosen() throws {
    var session = bench(on: .latentDifference)
    session.press(.tab)
    session.press(.right)
    #expect(try outcome(session, .latentDifference).policy.scope == .all)
    session.press("l")
    #expect(try outcome(session, .latentDifference).policy.scope == .last)
    session.press("h")
    #expect(try outcome(session, .latentDifference).policy.scope == .all)
    session.press(.tab)
    session.press("12l")
    let late = try outcome(session, .latentDifference)
    #expect(late.policy.minimumIterations == 12 && (late.stop ?? 0) >= 13)
    session.press(.tab)
    #expect(session.state.bench.column == .threshold)
    session.press(.backTab)
    session.press("99h")
    #expect(try outcome(session, .latentDifference).policy.minimumIterations == 0)
    session.press("h")
    #expect(session.said.contains("no lower"))
    session.press(.escape)
    #expect(session.state.zoom == nil)
    session.press("h")
    #expect(session.state.cursor.iteration == 15, "elsewhere the key steps back")
  }

  @Test func countsStepByOne() throws {
    var session = bench(on: .argmaxStability)
    session.press("l")
    #expect(session.state.bench.policy(.argmaxStability).threshold == 6)
    session.press("9h")
    #expect(session.state.bench.policy(.argmaxStability).threshold == 1)
    session.press("99k")
    #expect(session.state.benchRule?.name == "entropy-diff")
    session.press("k")
    #expect(session.said == "the first rule")
    session.press("99j")
    #expect(session.state.benchRule?.name == session.state.exits.rules.last?.name)
  }

  /// How early or late is measured from where the answer came to stand.
  @Test func everyRuleIsComparedWithWhereTheAnswerStands() throws {
    var session = bench(on: .kl, width: 120, height: 40)
    let since = try #require(session.state.passage?.run.standsSince)
    #expect(session.screen.text.contains("stands since r \(since) of 16"))
    for outcome in session.state.exitOutcomes {
      #expect(outcome.late == outcome.stop.map { $0 - since })
      let run = try #require(session.state.trajectory)
      #expect(outcome.answer?.id == outcome.stop.flatMap { run.steps[$0].readings.last?.argmax })
      let isSame = outcome.answer.map { $0.id == run.steps[16].readings.last?.argmax }
      #expect(outcome.isSame == isSame)
      // The scripted run ends with a wrong answer: it says 4, and it should be 2.
      #expect(outcome.isRight == outcome.answer.map { $0.text == "2" })
    }
    session.type("threshold kl 100")
    #expect(session.screen.text.contains("−\(since - 1) early"))
    session.type("threshold kl 1e-30")
    #expect(session.screen.text.contains("never, now "))
    #expect(session.screen.text.contains("published 0.001 last"))
  }

  @Test func aThresholdIsTyped() {
    var session = Session()
    session.type("threshold kl 0.5 all 3")
    let policy = session.state.bench.policy(.kl)
    #expect(policy.threshold == 0.5 && policy.scope == .all && policy.minimumIterations == 3)
    #expect(session.said == "kl < 0.5, every position, not before r 4")
    #expect(session.state.benchRule?.name == "kl")
    session.type("threshold kl auto")
    #expect(session.state.bench.isUsual(.kl) && session.said.contains("as published"))
    for (text, problem) in [
      ("threshold kj 1", "not \"kj\""), ("threshold kl x", "takes a number"),
      ("threshold kl", "takes a rule and a number"), ("threshold kl 1 some", "not \"some\""),
    ] {
      session.type(text)
      #expect(session.said.contains(problem), "\(session.said)")
      #expect(session.state.bench.isUsual(.kl))
    }
    session.press(":threshold lat")
    session.press(.tab)
    guard case .command(let editor) = session.state.mode else {
      Issue.record("the line is closed")
      return
    }
    #expect(editor.text == "threshold latent-diff ")
  }

  @Test func theKeysAreThoseOfTheTableOnlyWhileItFillsTheScreen() {
    var session = Session(width: 120, height: 40)
    session.state.focus = .exits
    session.press(.tab)
    #expect(session.state.focus != .exits, "tab goes on to the next pane")
    session.press("h")
    #expect(session.state.cursor.iteration == 15)
  }

  @Test func aClickChoosesARuleAndGoesWhereItStops() throws {
    var session = bench(on: .kl)
    let place = try #require(Layout(session.state).place(.exits)).inner(session.state)
    session.send(.mouse(MouseEvent(action: .press, at: Point(x: 5, y: place.y + 3))))
    #expect(session.state.bench.selected == 1)
    #expect(session.state.cursor.iteration == session.state.exitOutcomes[1].stop)
  }
}
