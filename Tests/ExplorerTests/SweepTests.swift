import Engine
import Testing
import Trajectories

@testable import Explorer

/// Runs that differ in one thing, begun and run as one batch, and their table.
@Suite struct SweepTests {
  private func enter(_ line: String, _ session: inout Session) {
    session.press(":" + line)
    session.press(.enter)
  }

  private func finish(_ session: inout Session) {
    session.settle()
    for _ in 0..<40 where session.state.isBusy || session.state.isPlaying { session.wait(60) }
  }

  private func batches(_ session: Session) -> [(count: Int, to: Int)] {
    session.service.requests.compactMap {
      if case .stepTogether(let keys, let to) = $0 { (keys.count, to) } else { nil }
    }
  }

  @Test func aSweepIsOneActAndOneBatch() throws {
    var session = Session(width: 120, height: 40, iterations: 6)
    enter("sweep 5 0-9", &session)
    #expect(session.state.zoom == .variants && session.state.isBeginning)
    #expect(session.screen.text.contains("starting"))
    session.settle()
    let state = session.state
    // '2' stands there already and is not run twice.
    #expect(state.runs.tree.count == 10 && state.runs.tree.current == NodeID(1))
    #expect(batches(session).map(\.to) == [1, 2, 3, 4, 5, 6])
    #expect(batches(session).allSatisfy { $0.count == 9 })
    #expect(state.together == nil && state.message == nil)
    #expect(session.screen.text.contains("10 runs: "))
    for node in state.runs.tree.nodes {
      #expect(state.runs[node.id]?.trajectory.lastIteration == 6)
    }
    let rows = try #require(state.table?.rows(state))
    #expect(rows.map(\.label) == (0..<10).map(String.init))
    #expect(rows[2].node == NodeID(1))
    session.press("u")
    #expect(
      session.state.runs.tree.count == 1 && session.state.table?.rows(session.state).count == 1)
    session.press(.control("r"))
    #expect(session.state.runs.tree.count == 10)
    // Again: all of them are there, and nothing is run.
    let before = session.service.requests.count
    enter("sweep 5 0-9", &session)
    session.settle()
    #expect(session.state.runs.tree.count == 10)
    #expect(batches(session).count == 6 && session.service.requests.count > before)
  }

  @Test func theTableIsMovedInSortedAndOpened() throws {
    var session = Session(width: 120, height: 40, iterations: 6)
    enter("sweep 5 0-9", &session)
    session.settle()
    session.press("jj")
    let wanted = try #require(session.state.table?.selected)
    #expect(wanted != NodeID(1))
    session.press("o")
    #expect(session.state.table?.order == .answer && session.state.table?.selected == wanted)
    for _ in 0..<4 { session.press("o") }
    #expect(session.state.table?.order == .given)
    session.press(.enter)
    #expect(session.state.zoom == nil && session.state.runs.tree.current == wanted)
    #expect(session.state.edge == 6 && session.effects.count <= 2)
    session.press("b")
    #expect(session.state.runs.tree.current == NodeID(1))
    session.press("V")
    #expect(session.state.zoom == .variants)
    session.press("V")
    #expect(session.state.zoom == nil)
    session.press("V")
    session.press("v")
    #expect(session.state.zoom == .compare && session.state.other == wanted)
  }

  @Test func startsAreAFamily() throws {
    var session = Session(width: 120, height: 40, iterations: 6)
    enter("starts 8", &session)
    session.settle()
    let state = session.state
    // Seed 7 is looked at already; zero and the others are new.
    #expect(state.runs.tree.count == 9 && state.runs.tree.current == NodeID(1))
    let rows = try #require(state.table?.rows(state))
    #expect(rows.map(\.label) == ["zero start"] + (0..<8).map { "seed \($0)" })
    #expect(rows.allSatisfy { $0.iterations == 6 })
    #expect(state.familyLook.nodes == rows.map(\.node) && state.familyLook.spread.count == 7)
    #expect(state.familyLook.plane?.token == 16 && state.familyLook.plane?.paths.count == 9)
    #expect(state.familyLook.plane?.paths.allSatisfy { $0.count == 7 } == true)
    #expect(session.screen.text.contains("mean distance to their mean at r 6"))
    // The plane of the run looked at has them too, until it is told otherwise.
    session.press(.escape)
    #expect(session.screen.text.contains("9 starts"))
    session.press(":goto 3:2")
    session.press(.enter)
    session.settle()
    #expect(session.state.familyLook.plane?.token == 3)
    session.press("a")
    #expect(session.state.planeShowsAll && !session.screen.text.contains("9 starts"))
    session.press("a")
    #expect(!session.state.planeShowsAll && !session.screen.text.contains("9 starts"))
    session.press("a")
    #expect(session.screen.text.contains("9 starts"))
    // One of them goes on alone.
    session.press("V")
    session.press("k")
    session.press(.enter)
    session.press("l")
    session.settle()
    let edges = session.state.runs.tree.nodes.compactMap {
      session.state.runs[$0.id]?.trajectory.lastIteration
    }
    #expect(edges.sorted() == [6, 6, 6, 6, 6, 6, 6, 6, 7])
    session.press("u")
    session.press("u")
    #expect(session.state.runs.tree.count == 1)
  }

  /// What is stopped stays as far as it went, and the same again goes on from there.
  @Test func aFamilyIsStoppedAndGoesOn() throws {
    var session = Session(width: 120, height: 40, iterations: 6)
    enter("sweep 5 0-9", &session)
    // By hand, answer by answer.
    var rounds = 0
    while session.state.together?.reached(session.state.runs) ?? 0 < 3, rounds < 40 {
      rounds += 1
      for event in session.service.takeEvents() { session.send(.compute(event)) }
    }
    #expect(session.state.together != nil)
    #expect(session.screen.row(0).contains("10 runs r 3/6"))
    session.press(.control("c"))
    #expect(session.effects.contains(.cancel) && session.state.together == nil)
    session.settle()
    let edges = session.state.runs.tree.nodes.compactMap {
      session.state.runs[$0.id]?.trajectory.lastIteration
    }
    #expect(edges.filter { $0 < 6 }.count == 9 && edges.allSatisfy { $0 >= 3 })
    session.press("x")
    enter("sweep 5 0-9", &session)
    session.settle()
    #expect(
      session.state.runs.tree.nodes.allSatisfy {
        session.state.runs[$0.id]?.trajectory.lastIteration == 6
      })
    #expect(session.state.runs.tree.count == 10)
  }

  /// Begun while the run looked at is on its way, they go where it goes.
  @Test func theyGoWhereARunIsGoing() throws {
    var session = Session(width: 120, height: 40, iterations: 6, runToTarget: false)
    session.wait(0.5)
    #expect(session.state.isPlaying && session.state.edge < 6)
    enter("starts 2", &session)
    finish(&session)
    #expect(session.state.runs.tree.count == 4)
    #expect(
      session.state.runs.tree.nodes.allSatisfy {
        session.state.runs[$0.id]?.trajectory.lastIteration == 6
      })
    #expect(session.state.failure == nil && session.state.together == nil)
  }

  @Test func anUndoInBetweenLosesNothing() throws {
    var session = Session(width: 120, height: 40, iterations: 6)
    enter("sweep 5 0-9", &session)
    for event in session.service.takeEvents() { session.send(.compute(event)) }
    #expect(session.state.runs.tree.count == 10)
    session.press("u")
    session.settle()
    #expect(session.state.runs.tree.count == 1 && session.state.together == nil)
    session.press(.control("r"))
    #expect(session.state.runs.tree.count == 10)
    let table = try #require(session.state.table)
    #expect(table.rows(session.state).count == 10)
    #expect(render(session.state).size == session.state.size)
  }

  @Test func whatCannotBeIsSaid() {
    var session = Session(iterations: 6)
    session.press(".")
    finish(&session)
    for (line, words) in [
      ("sweep 5", "such as sweep 5 0-9"), ("sweep 99 0-9", "no token 99 in the prompt"),
      ("sweep 17 0-9", "was appended"), ("sweep 5 9-0", "goes backwards"),
      ("sweep 5 a,,b", "tokens are named"), ("starts 0", "1 to 512"), ("starts x", "1 to 512"),
      ("variants", "nothing to lay side by side"), ("variants 99", "tokens 0 to 16"),
      ("variants x", "position of a token"),
    ] {
      enter(line, &session)
      #expect(session.state.message?.text.contains(words) == true, "\(line)")
      #expect(session.state.zoom == nil)
    }
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60)]) func tablesOnTheScreen(
    width: Int, height: Int
  ) {
    var session = Session(width: width, height: height)
    enter("sweep 5 0-9", &session)
    session.settle()
    session.press("jj")
    session.state.message = nil
    expectSnapshot(session.screen.text, "sweep-\(width)x\(height)")
    session.press(.escape)
    enter("starts 8", &session)
    session.settle()
    session.state.message = nil
    expectSnapshot(session.screen.text, "starts-\(width)x\(height)")
    for width in SizeSweepTests.widths {
      for height in SizeSweepTests.heights {
        session.state.size = Size(width: width, height: height)
        let screen = session.screen
        for y in 0..<height { #expect(Printable.width(screen.row(y)) == width) }
      }
    }
  }
}
