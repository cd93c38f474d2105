import Engine
import LatentModels
import Testing
import Trajectories

@testable import Explorer

/// Causes in the hand: which run is held against which, how the map fills in, and what a cell becomes.
@Suite struct CauseTests {
  /// The map against a changed token, filled in.
  private func opened(
    width: Int = 80, height: Int = 24, capabilities: Capabilities = .full, theme: Theme = .dark
  ) -> Session {
    var session = Session(
      width: width, height: height, capabilities: capabilities, theme: theme)
    session.type("cause token 1 8")
    return session
  }

  /// Cells that were asked for, a batch each.
  private func batches(_ session: Session) -> [[CausalMap.Cell]] {
    session.service.requests.compactMap {
      if case .causalCells(_, let cells) = $0 { cells } else { nil }
    }
  }

  private func questions(_ session: Session) -> [CausalMap.Question] {
    session.service.requests.compactMap {
      if case .causalMap(let question) = $0 { question } else { nil }
    }
  }

  @Test(arguments: [(80, 24), (120, 40)]) func theMapSaysWhatCarriesTheAnswer(
    width: Int, height: Int
  ) {
    var session = opened(width: width, height: height)
    session.press("n")
    let text = session.screen.text
    #expect(text.contains("causes · states held from there on · logit difference"))
    #expect(text.contains("one alone brings back 90 %: 7 '9' from r 9, 11 '1' from r 13"))
    #expect(text.contains("token 1 '3'→'8'") && text.contains("as corrupted 0"))
    #expect(text.contains("7:9 98 %, logit diff. 11.6, p .961"))
    #expect(text.contains(width < 100 ? " 112" : "▲112") && text.contains("289 cells"))
    expectSnapshot(text, "causes-\(width)x\(height)")
  }

  /// At any size, with cells and without, it is drawn, and what is picked is on the map.
  @Test func anySize() {
    var session = opened()
    for (width, height) in [(20, 6), (33, 9), (40, 12), (60, 15), (79, 23), (101, 31), (240, 70)] {
      session.send(.resize(Size(width: width, height: height)))
      #expect(session.screen.cells.count == width * height)
      session.send(.mouse(MouseEvent(action: .press, at: Point(x: width / 2, y: height / 2))))
      #expect((0..<17).contains(session.state.cursor.token) && session.state.cursor.iteration <= 16)
    }
  }

  @Test func withoutColourAndInASCII() {
    let text = opened(capabilities: .plain, theme: .mono).screen.text
    #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
    #expect(text.contains(" 112"))
    expectSnapshot(text, "causes-ascii-80x24")
  }

  /// The clean run stays the one looked at; the corrupted one is in the tree and goes as far.
  @Test func theCorruptedRunIsMadeBesideTheCleanOne() throws {
    let session = opened()
    #expect(session.node == NodeID(1) && session.state.runs.tree.count == 2)
    #expect(session.state.runs[NodeID(2)]?.trajectory.lastIteration == 16)
    let question = try #require(questions(session).first)
    #expect(question.kind == .hold && question.site == nil && question.last == 16)
    #expect(question.corrupted == session.state.runs.tree.lineage(of: NodeID(2)))
    // Late iterations first, each of a batch of one iteration, and every cell once.
    let cells = batches(session)
    #expect(cells.first?.first?.iteration == 16 && cells.last?.first?.iteration == 0)
    #expect(Set(cells.flatMap(\.self)).count == 17 * 17 && cells.flatMap(\.self).count == 17 * 17)
    #expect(cells.allSatisfy { Set($0.map(\.iteration)).count == 1 })
    #expect(session.state.causalMap?.computedCount == 17 * 17)
  }

  @Test func everyWayToSayTheCorruptedRun() {
    for (words, corrupted) in [
      ("cause seed 5", "seed 5"), ("cause zero", "zero"),
      ("cause noise 0.5 3", "all:e += 0.5*noise 3"),
      ("cause token 5 8", "token 5 '2'→'8'"),
    ] {
      var session = Session()
      session.type(words)
      #expect(session.state.zoom == .causes && session.node == NodeID(1), "\(words)")
      #expect(session.state.runs.words(NodeID(2)).contains(corrupted), "\(words)")
      #expect(session.state.causalMap?.computedCount == 17 * 17, "\(words)")
      // The same again is the same run and the same map.
      let asked = session.service.requests.count
      session.press(.escape)
      #expect(session.state.zoom == nil)
      session.type(words)
      #expect(session.state.zoom == .causes && session.service.requests.count == asked)
      #expect(session.state.runs.tree.count == 2, "\(words)")
    }
    var session = Session()
    session.press("r")
    session.wait(60)
    session.type("rename careful")
    session.press("b")
    session.type("cause careful")
    #expect(session.state.causing.pair?.corrupted == NodeID(2) && session.state.zoom == .causes)
    session.press(.escape)
    session.type("cause 2")
    #expect(session.state.zoom == .causes)
  }

  /// With nothing said it is the run at hand: the one compared with, or the one before.
  @Test func theKeyTakesTheRunAtHand() {
    var session = Session()
    session.press("C")
    #expect(session.state.zoom == nil)
    #expect(session.said.contains(":cause token 1 8") && session.said.contains("no other run"))
    for _ in 0..<2 {
      session.press("r")
      session.wait(60)
    }
    session.press("C")
    session.settle()
    #expect(session.state.causing.pair?.corrupted == NodeID(2), "the one before")
    session.press("C")
    #expect(session.state.zoom == nil)
    session.type("compare 1")
    session.press("C")
    session.settle()
    #expect(session.state.causing.pair?.corrupted == NodeID(1), "the one compared with")
  }

  @Test func theSelectedRunOfATableIsHeldAgainst() throws {
    var session = Session(width: 120, height: 40)
    session.type("sweep 1 7-9")
    session.press("j")
    let selected = try #require(session.state.table?.selected)
    session.press("C")
    session.settle()
    #expect(session.state.causing.pair?.corrupted == selected && session.node == NodeID(1))
    #expect(session.state.causalMap?.computedCount == 289)
    session.press(.escape)
    #expect(session.state.zoom == .variants)
    session.press("t")
    session.press("j")
    let run = try #require(session.state.selectedRun)
    session.press("C")
    session.settle()
    #expect(session.state.causing.pair?.corrupted == run && session.state.zoom == .causes)
  }

  @Test func whatCannotBeHeldAgainstSaysWhatWould() {
    var session = Session()
    session.type("prompt 3+4?")
    session.wait(60)
    session.press("C")
    #expect(session.state.zoom == nil)
    #expect(session.said.contains("17 tokens, not 5") && session.said.contains(":cause"))
    session.press("b")
    session.press(".")
    session.settle()
    session.wait(60)
    for words in ["cause noise 0.5", "cause 2", "cause seed 5"] {
      session.type(words)
      #expect(
        session.state.zoom == nil && session.said.contains("appended tokens")
          || session.said.contains("no plain prompt"), "\(words): \(session.said)")
    }
    session.press("b")
    for (words, answer) in [
      ("cause 9", "no run 9"), ("cause what", "no run what"), ("cause noise", "noise 0.5"),
      ("cause noise -1", "more than 0"), ("cause noise x", "more than 0"),
      ("cause seed x", "whole number"), ("cause token 99 8", "tokens 0 to"),
      ("cause token 1 3", "already"), ("cause 1", "the one looked at"),
    ] {
      session.type(words)
      #expect(session.said.contains(answer), "\(words): \(session.said)")
      #expect(session.state.zoom == nil)
    }
  }

  @Test func stoppedItGoesOnWhereItWas() {
    var session = Session()
    session.press(":cause token 1 8")
    session.press(.enter)
    for _ in 0..<400 where session.state.causalMap?.computedCount ?? 0 < 60 {
      for event in session.service.takeEvents() { session.send(.compute(event)) }
    }
    let before = session.state.causalMap?.computedCount ?? 0
    #expect(before >= 60 && before < 289 && session.state.causing.isAsking)
    #expect(
      session.screen.text.contains("\(before)/289") && session.screen.text.contains("so far: "))
    session.press(.escape)
    #expect(session.effects == [.cancel] && session.state.zoom == .causes)
    session.send(.compute(.cancelled(.cause)))
    #expect(session.screen.text.contains("stopped at \(before)/289"))
    // Nothing runs on, and every key is answered.
    _ = session.service.takeEvents()
    let asked = batches(session).count
    session.press("jk")
    session.send(.tick(now: session.state.now + 9))
    #expect(batches(session).count == asked)
    session.press("C")
    session.settle()
    #expect(session.state.causalMap?.computedCount == 289)
    #expect(batches(session).dropFirst(asked).flatMap(\.self).count == 289 - before)
    session.press(.escape)
    #expect(session.state.zoom == nil)
  }

  /// A batch that takes long is stopped when nobody looks at it, or a cell is wanted: before what is asked
  /// for then, and gone on with afterwards.
  @Test func aLongBatchStandsInNobodysWay() {
    var session = Session()
    session.press(":cause token 1 8")
    session.press(.enter)
    for _ in 0..<400 where batches(session).count < 2 {
      for event in session.service.takeEvents() { session.send(.compute(event)) }
    }
    _ = session.service.takeEvents()
    session.send(.tick(now: session.state.now + 5))
    session.press(.enter)
    #expect(session.effects.first == .cancel && session.effects.count == 2)
    guard case .submit(.edit)? = session.effects.last else {
      Issue.record("no edit was asked for")
      return
    }
    session.send(.compute(.cancelled(.cause)))
    #expect(session.said.isEmpty && session.state.causing.making != nil)
    #expect(batches(session).count == 2, "the cell comes first")
    session.settle()
    #expect(session.state.zoom == .compare && session.node == NodeID(3))
    session.press("C")
    session.send(.tick(now: session.state.now + 5))
    _ = session.service.takeEvents()
    session.press("t")
    #expect(session.effects.first == .cancel)
    session.press("j")
    #expect(!session.effects.contains(.cancel), "once is enough")
    session.send(.compute(.cancelled(.cause)))
    session.press("t")
    session.press("C")
    session.settle()
    #expect(session.state.causalMap?.computedCount == 289)
  }

  /// Nobody looks, nothing is asked for.
  @Test func itFillsInOnlyWhileItIsLookedAt() {
    var session = Session()
    session.press(":cause token 1 8")
    session.press(.enter)
    for _ in 0..<400 where batches(session).count < 2 {
      for event in session.service.takeEvents() { session.send(.compute(event)) }
    }
    session.press("t")
    session.settle()
    #expect(batches(session).count == 2)
    session.press("t")
    session.press("C")
    session.settle()
    #expect(session.state.causalMap?.computedCount == 289)
  }

  @Test func kindsMeasuresAndPlacesAreMapsOfTheirOwn() {
    var session = opened()
    session.press("o")
    session.settle()
    #expect(questions(session).last?.kind == .once)
    #expect(
      session.screen.text.contains("put back once") && session.screen.text.contains("forgotten"))
    session.press("m")
    #expect(session.screen.text.contains("· probability") && questions(session).count == 2)
    session.press("}")
    session.settle()
    #expect(questions(session).last?.site == Site(.core, 1, .attention))
    #expect(session.state.causalMap?.count == 17 * 16, "nothing runs inside s₀")
    #expect(session.screen.text.contains("core.1.attention put back once"))
    session.press("{{")
    session.settle()
    #expect(questions(session).last?.site == Site(.core, 2, .feedForward))
    // What is known is not asked for again.
    let asked = session.service.requests.count
    session.press("}o")
    session.settle()
    #expect(session.service.requests.count == asked)
    #expect(session.screen.text.contains("states held"))
  }

  /// What undoes it: a cell is a run, beside the corrupted one, and C goes back.
  @Test func enterMakesTheRunOfTheCell() throws {
    var session = opened()
    session.press("n")
    #expect(session.state.cursor == Address(token: 7, iteration: 9))
    session.press(.enter)
    session.settle()
    #expect(session.state.zoom == .compare && session.node == NodeID(3))
    let node = try #require(session.state.runs.tree[NodeID(3)])
    #expect(node.fork == Fork(node: NodeID(2), iteration: 9))
    #expect(session.state.runs.words(NodeID(3)) == "edit 7:9+ := 7:i@1")
    #expect(session.state.pair == RunPair(a: NodeID(3), b: NodeID(2)))
    #expect(session.said.contains("run 3: 7:9+ := 7:i@1 in run 2, token 1 '3'→'8'"))
    #expect(session.state.edge == 16)
    session.press("C")
    session.settle()
    #expect(session.state.zoom == .causes && session.node == NodeID(1))
    #expect(session.state.cursor == Address(token: 7, iteration: 9))
    session.press("o")
    session.press(.enter)
    #expect(session.said.contains("not known yet"))
    session.settle()
    session.press(.enter)
    session.settle()
    #expect(session.state.runs.words(session.node) == "edit 7:9 := 7:i@1")
    // The same again is there already.
    session.press("C")
    session.press(.enter)
    session.settle()
    #expect(session.state.runs.tree.count == 4)
  }

  @Test func theCursorStaysOnTheMap() throws {
    var session = opened()
    session.press("99l")
    #expect(session.state.cursor.iteration == 16 && session.said.contains("ends at r 16"))
    #expect(session.state.edge == 16, "nothing was computed on")
    session.press("99h")
    #expect(session.state.cursor.iteration == 0)
    session.press("}")
    session.settle()
    session.press(.enter)
    #expect(session.said.contains("nothing runs inside"))
    let y = try #require((0..<24).first { session.screen.row($0).contains("9 '5'") })
    session.send(.mouse(MouseEvent(action: .press, at: Point(x: 40, y: y))))
    #expect(session.state.cursor.token == 9 && session.state.cursor.iteration > 3)
  }

  @Test func whatFailsIsSaidAndNotAskedForAgain() {
    var session = Session()
    session.press(":cause token 1 8")
    session.press(.enter)
    for _ in 0..<400 where questions(session).isEmpty {
      for event in session.service.takeEvents() { session.send(.compute(event)) }
    }
    session.send(.compute(.failed(.cause, message: "There is no room.")))
    #expect(session.screen.text.contains("There is no room."))
    session.press("j")
    session.send(.tick(now: session.state.now + 1))
    #expect(questions(session).count == 1 && batches(session).isEmpty)
    session.press("C")
    session.send(.tick(now: session.state.now + 1))
    #expect(questions(session).count == 2)
  }
}
