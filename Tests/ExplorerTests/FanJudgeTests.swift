import ParallelScaling
import Testing
import Trajectories

@testable import Explorer

/// A judge in the fan: whom it is asked of, what every way to choose comes to by it, and its curves.
@Suite struct FanJudgeTests {
  private func opened(
    _ judge: String = "judges/wise", width: Int = 80, height: Int = 24,
    capabilities: Capabilities = .full, theme: Theme = .dark
  ) -> Session {
    var session = Session(
      width: width, height: height, capabilities: capabilities, theme: theme)
    session.type("copies 64 relative-noise 0.5 seed 3")
    session.type("judge \(judge)")
    return session
  }

  private func asked(_ session: Session) -> [ComputeRequest] {
    session.service.requests.filter {
      switch $0 {
      case .judge, .beam: true
      default: false
      }
    }
  }

  private func choices(_ session: Session) -> [String: String] {
    let all = FanChoices.all(session.state, FanAnswers(session.state))
    return Dictionary(
      uniqueKeysWithValues: all.map { ($0.name, $0.answer?.label ?? "nothing") })
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60)])
  func theJudgeChangesItsMind(width: Int, height: Int) {
    let session = opened(width: width, height: height)
    let text = session.screen.text
    #expect(text.contains("wise: r of each step") && text.contains("ahead since r"))
    expectSnapshot(text, "fan-judge-\(width)x\(height)")
    let fanning = session.state.fanning
    let leaders = fanning.leaders(isOfSums: true)
    #expect(leaders.count == 16)
    // At first one that answers 8, in the end one that answers 2, whom best-of-n-sum chooses.
    let answers = leaders.map { $0.flatMap { fanning.copies[$0].rollout.answer } }
    #expect(answers.first == .text("8") && answers.last == .text("2"))
    #expect(leaders.last == fanning.preferred)
    #expect(choices(session)["best-of-n-sum"] == "2")
  }

  /// One who prefers what is wrong is seen to: by every way that follows it, and by the means.
  @Test func aJudgeThatIsWrong() throws {
    let session = opened("judges/fooled")
    let chosen = choices(session)
    for name in ["best-of-n-sum", "best-of-n-mean", "best-of-n-last", "best-of-n-min", "lto"] {
      #expect(chosen[name] == "8", "\(name)")
    }
    #expect(chosen["majority"] == "2" && chosen["beam 4×4"] == "2")
    let question = try #require(session.state.fanQuestion)
    let all = FanWords(
      state: session.state, question: question, answers: FanAnswers(session.state))
    let words = try #require(all.judge(200))
    #expect(words.hasPrefix("fooled prefers #") && words.contains(": 8 ✗"))
    #expect(words.contains("mean of right ") && words.contains(", of wrong "))
    expectSnapshot(session.screen.text, "fan-judge-wrong-80x24")
  }

  @Test func withoutColourAndInASCII() {
    let text = opened(capabilities: .plain, theme: .mono).screen.text
    #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
    #expect(text.contains("wise: r of each step"))
    expectSnapshot(text, "fan-judge-ascii-80x24")
  }

  /// One score a copy is a list, best first, and no beams are searched by it.
  @Test func oneScoreACopyIsAList() {
    var session = opened("coe-r")
    let text = session.screen.text
    #expect(text.contains("coe-r: one score a copy, best first"))
    expectSnapshot(text, "fan-judge-list-80x24")
    #expect(!asked(session).contains { if case .beam = $0 { true } else { false } })
    let chosen = choices(session)
    #expect(chosen["best-of-n-sum"] != nil && chosen["lto"] != nil)
    #expect(chosen["best-of-n-mean"] == nil)
    // The paths are a key away where there is no room for both.
    session.press("J")
    #expect(session.screen.text.contains("letter = answer"))
    session.press("J")
    #expect(session.screen.text == text)
  }

  @Test func anySize() {
    for judge in ["judges/wise", "coe-r"] {
      var session = opened(judge)
      session.press(.down)
      for (width, height) in [
        (1, 1), (20, 6), (33, 9), (40, 12), (60, 15), (79, 23), (101, 31), (240, 70),
      ] {
        session.send(.resize(Size(width: width, height: height)))
        #expect(session.screen.cells.count == width * height)
        for x in stride(from: 0, to: width, by: 7) {
          session.send(.mouse(MouseEvent(action: .drag, at: Point(x: x, y: height / 2))))
        }
      }
    }
  }

  /// Copies are scored as they come, and the beam is searched behind the last.
  @Test func copiesAreJudgedAsTheyCome() throws {
    var session = Session()
    session.type("judge judges/wise")
    #expect(session.said.contains("judges the copies that S makes"))
    #expect(asked(session).isEmpty)
    session.press("S")
    session.settle()
    var next = 0
    for request in asked(session).dropLast() {
      guard case .judge(_, let range) = request else {
        Issue.record("\(request)")
        return
      }
      #expect(range.lowerBound == next)
      next = range.upperBound
    }
    let question = try #require(session.state.fanning.judgeQuestion)
    #expect(next == 32 && asked(session).last == .beam(question))
    #expect(session.state.fanning.copies.allSatisfy { $0.rollout.stepScores.count == 16 })
    // Other copies are judged anew, and by nobody when nobody is asked.
    session.press(">")
    session.settle()
    #expect(session.state.fanning.judging.count == 32)
    #expect(session.state.fanning.judging.beam?.question != question)
    session.type("judge none")
    #expect(session.state.fanning.copies.allSatisfy { $0.rollout.score == nil })
    #expect(choices(session)["lto"] == nil && choices(session)["majority"] != nil)
    session.type("judge none")
    #expect(session.said == "nobody judges")
  }

  @Test func beamsAreSearchedWhereTheyCan() throws {
    for (way, words) in [
      ("starts", "starts differ"), ("dropout 0.2 held", "held masks"),
    ] {
      var session = Session()
      session.type("copies 8 \(way)")
      session.type("judge judges/wise")
      #expect(asked(session).contains { if case .judge = $0 { true } else { false } })
      #expect(!asked(session).contains { if case .beam = $0 { true } else { false } })
      let question = try #require(session.state.fanQuestion)
      #expect(FanJudging.whyNoBeam(question)?.contains(words) == true)
    }
  }

  /// A name that stands for nobody says what would do, and judges no more.
  @Test func nobodyOfThatName() {
    var session = opened("coe-q")
    #expect(session.state.failure?.contains("coe-r, coe-c, residual") == true)
    #expect(session.state.fanning.judging.judge == nil)
    #expect(session.state.fanning.copies.count == 64)
    session.press("J")
    guard case .command(let line) = session.state.mode else {
      Issue.record("no line")
      return
    }
    #expect(line.text == "judge ")
    #expect(CommandLine.completion(of: "judge coe", session.state) == "judge coe-")
    #expect(CommandLine.completion(of: "judge ag", session.state) == "judge agreement")
    #expect(CommandLine.completion(of: "judge x", session.state) == nil)
  }

  /// Leaving the fan drops what was asked; coming back goes on.
  @Test func leavingHoldsUpNothing() {
    var session = Session()
    session.type("judge judges/wise")
    session.press("S")
    while session.state.fanning.copies.isEmpty {
      for event in session.service.takeEvents() { session.send(.compute(event)) }
    }
    #expect(session.state.fanning.judging.isAsking)
    session.press("+")
    #expect(session.effects.contains(.drop(.judging)))
    #expect(!session.state.fanning.judging.isAsking)
    session.press("S")
    session.settle()
    #expect(session.state.fanning.judging.count == 32)
  }

  /// A click on a curve or a leader picks the copy, beside them the iteration.
  @Test func pointing() throws {
    var session = opened(width: 120, height: 40)
    let best = try #require(session.state.fanning.preferred)
    let rows = (0..<40).map { session.screen.row($0) }
    let y = try #require(rows.firstIndex { $0.contains("sum ") && $0.contains("#\(best)") })
    let x = try #require(Array(rows[y]).firstIndex(of: "#")) - 1
    session.send(.mouse(MouseEvent(action: .press, at: Point(x: x + 1, y: y))))
    let picked = try #require(session.state.fanning.selected)
    #expect(session.state.fanning.leaders(isOfSums: true).contains(picked))
  }

  // MARK: Coverage

  @Test func coverageIsACurve() throws {
    var session = opened(width: 120, height: 40)
    let curves = FanCurves.all(session.state)
    let curve = try #require(curves.first { $0.copies == 64 })
    #expect(curve.title == "coverage, by guessing" && curve.lines.count == 2)
    let right = session.state.fanning.copies.filter { $0.rollout.answer == .text("2") }.count
    #expect(curve.lines[0][1] == Double(right) / 64 && curve.lines[0][64] == 1)
    #expect(abs((curve.lines[1][2] ?? 0) - 0.19) < 1e-12)
    // Another prompt is no task's: it says so.
    session = Session(width: 120, height: 40, prompt: "hello there")
    session.type("copies 8")
    let unknown = try #require(FanCurves.all(session.state).last)
    #expect(unknown.lines.isEmpty && unknown.title.contains("nobody knows"))
  }
}
