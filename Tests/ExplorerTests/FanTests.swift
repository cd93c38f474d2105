import LatentModels
import ParallelScaling
import Testing
import Trajectories

@testable import Explorer

/// The fan in the hand: how it fills in, what it says, and what a copy becomes.
@Suite struct FanTests {
  private func opened(
    _ words: String = "copies 64 relative-noise 0.5 seed 3", width: Int = 80, height: Int = 24,
    capabilities: Capabilities = .full, theme: Theme = .dark
  ) -> Session {
    var session = Session(
      width: width, height: height, capabilities: capabilities, theme: theme)
    session.type(words)
    return session
  }

  private func asked(_ session: Session) -> [(EnsembleQuestion, Range<Int>)] {
    session.service.requests.compactMap {
      if case .ensemble(let question, let range) = $0 { (question, range) } else { nil }
    }
  }

  @Test(arguments: [(80, 24), (120, 40)]) func theFanSaysWhereCopiesGo(width: Int, height: Int) {
    var session = opened(width: width, height: height)
    for _ in 0..<4 { session.press(.down) }
    let text = session.screen.text
    #expect(text.contains("64 copies · relative-noise 0.5 (50 % of the size) · seed 3"))
    #expect(text.contains("answers at r 16") && text.contains("one of N is right, 2 (mod 10):"))
    #expect(text.contains("copy 3: 8 ✗, since r 1, entropy 0.62 nats"))
    #expect(text.contains(" ✓") && text.contains("no answer"))
    expectSnapshot(text, "fan-\(width)x\(height)")
  }

  /// On the way, what is said there; the answers and their colours stay those of the end.
  @Test func votesAreThoseOfTheIteration() {
    var session = opened()
    session.press("11h")
    #expect(session.state.cursor.iteration == 5)
    let text = session.screen.text
    #expect(text.contains("said at r 5"))
    expectSnapshot(text, "fan-earlier-80x24")
    let answers = FanAnswers(session.state)
    let votes = FanVotes(session.state, answers)
    #expect(!votes.isFinal && votes.rows.map(\.label) == ["8", "2"])
    #expect(votes.rows.reduce(0) { $0 + $1.count } == 64)
    #expect(votes.rows[0].style == answers[.text("8")]?.style)
    #expect(votes.rows[1].isRight == true)
    session.press("99l")
    #expect(session.state.cursor.iteration == 16 && session.said.contains("end at r 16"))
    let last = FanVotes(session.state, FanAnswers(session.state))
    #expect(last.isFinal && last.rows.map(\.count).reduce(0, +) == 64)
    session.press("0")
    #expect(session.screen.text.contains("the copies begin as one"))
  }

  @Test func withoutColourAndInASCII() {
    let text = opened(capabilities: .plain, theme: .mono).screen.text
    #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
    expectSnapshot(text, "fan-ascii-80x24")
  }

  @Test func anySize() {
    var session = opened()
    session.press(.down)
    for (width, height) in [(20, 6), (33, 9), (40, 12), (60, 15), (79, 23), (101, 31), (240, 70)] {
      session.send(.resize(Size(width: width, height: height)))
      #expect(session.screen.cells.count == width * height)
    }
  }

  /// The key makes as many as are counted, in pieces that grow while they are quick; more of the same go
  /// on from those that are there.
  @Test func copiesComeInPieces() throws {
    var session = Session()
    session.press("S")
    session.settle()
    let question = try #require(asked(session).first).0
    #expect(question.way == .perturbed("relative-noise", 0.3, isHeld: false))
    #expect(question.iterations == 16 && question.cause == session.state.promptCause)
    #expect(asked(session).map(\.1) == [0..<4, 4..<12, 12..<28, 28..<32])
    #expect(session.state.fanning.copies.map(\.rollout.copy) == Array(0..<32))
    session.press("64S")
    session.settle()
    #expect(session.state.fanning.copies.count == 64 && session.state.zoom == .fan)
    #expect(asked(session).dropFirst(4).map(\.1) == [32..<48, 48..<64])
    session.press("S")
    #expect(session.state.zoom == nil)
    // Nothing is asked for again.
    session.press("S")
    session.settle()
    #expect(session.state.zoom == .fan && asked(session).count == 6)
    session.press("900S")
    #expect(session.said.contains("2 to 256") && session.said.contains("900"))
  }

  /// Esc stops, S goes on where it was, esc goes back; what came late is taken.
  @Test func stopsAndGoesOn() {
    var session = Session()
    session.press("S")
    session.press(.escape)
    #expect(session.effects.contains(.drop(.ensemble)))
    #expect(session.said.contains("stopped at 0") && session.state.fanning.isStopped)
    session.settle()
    // It had come before it was dropped.
    #expect(session.state.fanning.copies.count == 4 && asked(session).count == 1)
    #expect(session.screen.text.contains("stopped at 4/32"))
    session.press("S")
    session.settle()
    #expect(session.state.fanning.isComplete && session.state.zoom == .fan)
    #expect(asked(session).dropFirst().first?.1 == 4..<8)
    session.press(.escape)
    #expect(session.state.zoom == nil)
  }

  /// Looking elsewhere drops what was asked for; looking again goes on.
  @Test func leavingHoldsUpNothing() {
    var session = Session()
    session.press("S")
    session.press("+")
    #expect(session.state.zoom != .fan && session.effects.contains(.drop(.ensemble)))
    #expect(!session.state.fanning.isAsking)
    session.settle()
    session.press("S")
    session.settle()
    #expect(session.state.fanning.isComplete)
  }

  @Test func strengthIsAnotherRun() {
    var session = Session()
    session.press("S")
    session.press(">")
    // The old one is dropped before the new one is asked for.
    #expect(session.effects.first == .drop(.ensemble))
    #expect(asked(session).last?.0.way == .perturbed("relative-noise", 0.5, isHeld: false))
    #expect(asked(session).last?.1.lowerBound == 0 && session.state.fanning.copies.isEmpty)
    session.settle()
    #expect(session.state.fanning.isComplete)
    session.press("2<")
    session.settle()
    #expect(asked(session).last?.0.way == .perturbed("relative-noise", 0.1, isHeld: false))
    session.press("99<")
    session.press("<")
    #expect(session.said.contains("the least"))
    session.type("copies dropout 0.5 held")
    session.press(">")
    #expect(session.said.contains("dropout 0.5 is the most"))
    #expect(session.state.fanning.question?.way == .perturbed("dropout", 0.5, isHeld: true))
    session.type("copies starts")
    session.press(">")
    #expect(session.said.contains("no strength"))
  }

  @Test func whatIsTypedIsReadWithItsColumn() throws {
    let wish = try FanWish(parsing: "64  dropout 0.1 held seed 3")
    #expect(wish.count == 64 && wish.seed == 3)
    #expect(wish.way == .perturbed("dropout", 0.1, isHeld: true))
    for (text, column, words) in [
      ("relative-noise", 1, "share of the size"), ("noise -1", 7, "above 0"),
      ("64 dropout 1", 12, "below 1.0"), ("noise 0.3 held", 11, "dropout can be held"),
      ("starts seed x", 8, "whole number"), ("1", 1, "2 to 256"), ("nois 3", 1, "no 'nois'"),
    ] {
      do throws(FanWish.Problem) {
        _ = try FanWish(parsing: text)
        Issue.record("\(text) was read")
      } catch {
        #expect(error.column == column && error.words.contains(words), "\(text): \(error)")
      }
    }
    var session = opened("copies noise -1")
    #expect(session.said.contains("copies, column 7"))
    session.press(.escape)
    #expect(FanWish.completion(of: "8 rel") == "8 relative-noise ")
  }

  /// Of starts a copy is a run from its seed, of all else a branch with what is drawn in it.
  @Test func aCopyIsABranch() throws {
    var session = opened("copies starts")
    session.press(.enter)
    #expect(session.said.contains("no copy is picked"))
    for _ in 0..<3 { session.press(.down) }
    session.press(.enter)
    session.settle()
    session.wait(60)
    #expect(session.state.zoom == nil && session.node == NodeID(2))
    #expect(session.state.start == .seed(9))
    session.press("b")
    for (number, words) in [
      "noise-on-e 0.2", "dropout 0.1 held", "noise 0.1", "test-time-fixed 0.5",
    ].enumerated() {
      session.type("copies \(words) seed 4")
      session.press("k")
      session.press(.enter)
      session.settle()
      session.wait(60)
      #expect(session.state.zoom == nil && session.node == NodeID(3 + number))
      #expect(
        session.state.edge == 16 && session.state.runs.tree[session.node]?.fork?.node.value == 1)
      #expect(session.state.runs.words(session.node) == "copy 31, \(words), seed 4")
      // Looked at again it is the same run, and undone it is gone.
      session.type("copies")
      session.press(.enter)
      session.settle()
      #expect(session.node == NodeID(3 + number) && session.said.contains("there already"))
    }
    let last = session.node
    session.type("undo")
    #expect(session.state.runs[last] == nil || session.node != last)
    session.type("redo")
    #expect(session.node == last)
    // It forks and is edited as any other.
    session.press("4h")
    session.press(".")
    session.settle()
    session.wait(60)
    let fork = try #require(session.state.runs.tree[session.node]?.fork)
    #expect(fork == Fork(node: last, iteration: 12))
    session.press("k")
    session.type("edit 3:4 := 0")
    session.wait(60)
    #expect(session.state.runs.tree[session.node]?.fork == Fork(node: last, iteration: 4))
    #expect(session.state.runs.tree.lineage(of: session.node)?.links.count == 3)
  }

  /// A click picks what lies there, another makes it a branch; the wheel goes through iterations.
  @Test func theMousePicksCopies() throws {
    var session = opened(width: 120, height: 40)
    func place(of text: String, after: String = "") throws -> Point {
      let lines = session.screen.text.split(separator: "\n", omittingEmptySubsequences: false)
      let line = try #require(lines.firstIndex { $0.contains(text) })
      let start = try #require(lines[line].range(of: text)).lowerBound
      return Point(x: lines[line].distance(from: lines[line].startIndex, to: start), y: line)
    }
    let eight = try place(of: "8 8 ")
    session.send(.mouse(MouseEvent(action: .press, at: eight)))
    #expect(session.state.fanning.selected == 3 && session.state.zoom == .fan)
    let greedy = try place(of: "lowest-entropy")
    session.send(.mouse(MouseEvent(action: .press, at: greedy)))
    #expect(session.state.fanning.selected == 0)
    session.send(.mouse(MouseEvent(action: .wheelUp, at: greedy)))
    #expect(session.state.cursor.iteration == 15)
    session.send(.mouse(MouseEvent(action: .wheelDown, at: greedy)))
    let curve = try place(of: "share saying")
    session.send(.mouse(MouseEvent(action: .press, at: Point(x: curve.x + 25, y: curve.y + 2))))
    #expect((6..<10).contains(session.state.cursor.iteration))
    session.press("99l")
    // A letter at the end of a path is a copy with that answer.
    let end = try place(of: "8⢄")
    session.send(.mouse(MouseEvent(action: .press, at: end)))
    let picked = try #require(session.state.fanning.selected)
    #expect([3, 7].contains(picked % 10))
    session.send(.mouse(MouseEvent(action: .press, at: end)))
    session.settle()
    #expect(session.state.zoom == nil)
    #expect(session.state.runs.words(session.node).hasPrefix("copy \(picked), relative-noise 0.5"))
  }

  /// What each way to choose came to stands beside the run without noise.
  @Test func choicesAreThoseOfTheAggregators() {
    let session = opened(width: 120, height: 40)
    let choices = FanChoices.all(session.state, FanAnswers(session.state))
    #expect(choices.first?.name == "greedy" && choices.first?.answer?.label == "2")
    let rollouts = session.state.fanning.copies.map(\.rollout)
    for aggregator in Aggregator.all where aggregator.canChoose(rollouts) {
      let choice = choices.first { $0.name == aggregator.name }
      #expect(choice?.answer?.answer == aggregator.answer(of: rollouts))
      #expect(choice?.isRight == (aggregator.answer(of: rollouts) == .text("2")))
    }
    #expect(session.screen.text.contains("chosen by, a random copy is right in .70"))
  }

  /// Shares add up at every iteration, and end with the votes.
  @Test func tracesAddUp() throws {
    let session = opened()
    let answers = FanAnswers(session.state)
    let traces = session.state.fanning.traces(session.state, answers)
    for iteration in 0...16 {
      let sum = traces.values.reduce(0) { $0 + $1[iteration] }
      #expect(abs(sum - 1) < 1e-12)
    }
    #expect(traces[.text("2")]?.last == 45 / 64 && traces[.text("2")]?.first == 0)
  }

  @Test func moreCurvesAreAKeyAway() {
    var session = opened()
    let first = session.screen.text
    #expect(first.contains("share saying the same token"))
    session.press("3m")
    #expect(session.said == "pairs of copies, 1−cos")
    #expect(session.screen.text.contains("pairs of copies, 1−cos: "))
    session.press("5m")
    #expect(session.screen.text.contains("share saying the same token"))
  }

  /// Opened behind an appended token it goes through the prompt's time.
  @Test func itIsOfThePrompt() {
    var session = Session()
    session.press(".")
    session.settle()
    session.press("S")
    session.settle()
    #expect(session.state.cursor == Address(token: 16, iteration: 16))
    #expect(session.screen.text.contains("answers at r 16"))
    session.press("h")
    #expect(session.state.cursor.iteration == 15)
  }

  /// A count before N is how many copies; N alone looks for flips.
  @Test func theOtherKeyMakesThemToo() {
    var session = Session()
    session.press("N")
    #expect(session.state.zoom == nil)
    session.press("12N")
    session.settle()
    #expect(session.state.zoom == .fan && session.state.fanning.copies.count == 12)
  }

  /// Late answers of another question are nobody's.
  @Test func answersOfBeforeAreNotTaken() throws {
    var session = opened()
    let old = try #require(asked(session).first).0
    session.press("<")
    session.settle()
    let count = session.state.fanning.copies.count
    session.send(.compute(.ensemble(ScriptedRun.chunk(old, 0..<4))))
    #expect(session.state.fanning.copies.count == count)
    session.send(.compute(.failed(.ensemble, message: "No room for copies.")))
    #expect(session.screen.text.contains("No room for copies."))
    session.press("/1+1?")
    session.press(.enter)
    session.wait(60)
    #expect(session.state.fanQuestion == nil)
  }
}
