import LatentModels
import Testing
import Trajectories

@testable import Explorer

/// One cell opened: what is asked for and when, and how it looks.
@Suite struct InsideTests {
  /// The cells that were asked for.
  private func asked(_ session: Session) -> [(node: NodeID, row: Int, iteration: Int)] {
    session.service.requests.compactMap {
      if case .inside(let key, let row, let iteration, _) = $0 {
        (key.node, row, iteration)
      } else {
        nil
      }
    }
  }

  /// The last token's cell where its answer changed last.
  private func opened(
    width: Int = 80, height: Int = 24, capabilities: Capabilities = .full, theme: Theme = .dark
  ) -> Session {
    var session = Session(
      width: width, height: height, capabilities: capabilities, theme: theme)
    session.press("F")
    session.press(.enter)
    session.settle()
    return session
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60)]) func anOpenedCell(width: Int, height: Int) {
    var session = opened(width: width, height: height)
    session.press("}")
    let text = session.screen.text
    let iteration = session.state.cursor.iteration
    #expect(text.contains("inside 16:\(iteration).2 · token 16 '?' · iteration \(iteration), s"))
    #expect(text.contains("attention of core 2, head mean: most on"))
    #expect(text.contains("adapter") && text.contains("core 3"))
    expectSnapshot(text, "inside-\(width)x\(height)")
  }

  @Test func withoutColourAndInASCII() {
    let text = opened(capabilities: .plain, theme: .mono).screen.text
    #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
    #expect(text.contains("|stream|"))
    expectSnapshot(text, "inside-ascii-80x24")
  }

  /// The mark stands at the block where the prediction turns, and nowhere else.
  @Test func theMarkIsWhereThePredictionTurns() throws {
    let session = opened()
    let run = try #require(session.state.trajectory)
    let i = session.state.cursor.iteration
    #expect(run.steps[i].readings[16].argmax != run.steps[i - 1].readings[16].argmax)
    let rows = BlockTable(session.state).rows
    let (prelude, coda) = (BlockPlace(.prelude, 1), BlockPlace(.coda, 1))
    let core = (1...3).flatMap { [BlockPlace(.core, $0), BlockPlace(.core, $0)] }
    #expect(
      rows.map(\.place)
        == [prelude, prelude, nil, BlockPlace(.core, 0)] + core + [nil, coda, coda])
    // It turns in the feed-forward network of the second block, not in its attention.
    #expect(rows.indices.filter { rows[$0].isChanged.first ?? false } == [7])
    #expect(rows[7].half == "feed-forward" && rows[6].name == "core 2")
  }

  @Test func aCellIsAskedForOnceAndOnlyWhileItIsLookedAt() {
    var session = Session()
    session.press("hjjkk")
    #expect(asked(session).isEmpty)
    session.press(.enter)
    // Another cell does not wait for the first, which nobody looks at any more.
    session.press("h")
    #expect(session.effects.contains(.drop(.inside)) && session.state.cellPass == nil)
    #expect(asked(session).map(\.iteration) == [15, 14])
    session.settle()
    #expect(asked(session).map(\.iteration) == [15, 14])
    #expect(session.state.cellPass != nil)
    session.press("}}{")
    session.send(.tick(now: session.state.now + 9))
    #expect(asked(session).count == 2)
    session.press("k")
    session.settle()
    #expect(asked(session).last?.row == 13)
    session.press(.escape)
    #expect(session.state.zoom == nil)
    session.press("h")
    #expect(asked(session).count == 3)
  }

  /// What is being computed comes first.
  @Test func aStepIsAwaited() {
    var session = opened()
    session.press("$l")
    #expect(session.state.isStepping && asked(session).last?.iteration == 16)
    session.settle()
    #expect(asked(session).last?.iteration == 17 && session.state.cellPass?.iteration == 17)
  }

  @Test func enterAndEscapeGoBackWhereItWasOpened() {
    var session = Session()
    for key in [Key.enter, .escape] {
      session.press("+")
      session.press(.enter)
      #expect(session.state.zoom == .inside)
      session.press(key)
      #expect(session.state.zoom == .heat)
      session.press(.escape)
      #expect(session.state.zoom == nil)
      session.press(.enter)
      session.press(key)
      #expect(session.state.zoom == nil && session.state.focus == .heat)
    }
    session.press(.tab)
    session.press(.enter)
    #expect(session.state.zoom == nil)
  }

  @Test func blocksEndAtBothEnds() {
    var session = opened()
    session.press("9}")
    #expect(session.state.inside.block == BlockPlace(.coda, 1))
    #expect(session.state.message?.text.contains("last block") == true)
    #expect(session.screen.text.contains("attention of coda 1"))
    session.press("4{")
    #expect(session.state.inside.block == BlockPlace(.core, 0))
    #expect(session.screen.text.contains("adapter looks at no other token"))
    session.press("9{")
    #expect(session.state.inside.block == BlockPlace(.prelude, 1))
    #expect(session.state.message?.text.contains("nothing is before it") == true)
    session.press(.escape)
    session.press("}")
    #expect(session.state.message?.text.contains("opens a cell") == true)
  }

  @Test func anInitialStateHasNoInside() {
    var session = Session()
    session.press("0")
    session.press(.enter)
    #expect(session.state.zoom == nil)
    #expect(session.state.message?.text.contains("no iteration led to s₀") == true)
    session.press("l")
    session.press(.enter)
    session.press("h")
    session.settle()
    #expect(session.state.zoom == .inside && asked(session).map(\.iteration) == [1])
    #expect(session.screen.text.contains("no iteration led to it"))
  }

  @Test func addressesWithABlockOpenTheirCell() {
    var session = Session()
    session.press(":goto 12:8.3")
    session.press(.enter)
    session.settle()
    #expect(session.state.zoom == .inside)
    #expect(session.screen.text.contains("inside 12:8.3 "))
    session.press(":goto 12:8.9")
    session.press(.enter)
    session.settle()
    #expect(session.state.message?.text == "there is no block 9; blocks are 0...3")
    session.press(.escape)
    session.press(":goto 12:0.1")
    session.press(.enter)
    #expect(session.state.zoom == nil)
  }

  /// An appended token is a run of its own, whose attention looks at the whole text.
  @Test func anAppendedTokenIsOpened() throws {
    var session = Session()
    session.press(".")
    session.wait(100)
    session.press(.enter)
    session.settle()
    let cell = try #require(asked(session).last)
    #expect(cell.row == 0 && cell.node == session.node && session.state.cursor.token == 17)
    let pass = try #require(session.state.cellPass)
    #expect(pass.weights[BlockPlace(.core, 1)]?.count == 18)
    #expect(session.screen.text.contains("inside 17:"))
    session.press("k")
    session.settle()
    #expect(asked(session).last?.row == 16 && asked(session).last?.node != session.node)
  }

  @Test func whatWasStoppedOrFailedIsNotAskedForAgainAndAgain() {
    var session = Session()
    session.press(.enter)
    session.send(.compute(.cancelled(.inside)))
    #expect(session.state.message?.text.contains("looking inside stopped") == true)
    session.send(.tick(now: session.state.now + 1))
    #expect(asked(session).count == 1)
    session.press("h")
    session.send(.compute(.failed(.inside, message: "There is no room.")))
    #expect(session.screen.text.contains("There is no room."))
    session.send(.tick(now: session.state.now + 1))
    #expect(asked(session).count == 2)
    session.press("l")
    #expect(asked(session).count == 3)
  }

  /// Whatever is asked for, stopping stops it.
  @Test func stoppingIsPossibleWhileItIsAskedFor() {
    var session = Session()
    session.press(.enter)
    session.press(.control("c"))
    #expect(session.effects.contains(.cancel))
  }

  @Test func clickingALineSelectsItsBlock() throws {
    var session = opened()
    let y = try #require((0..<24).first { session.screen.row($0).contains("core 3") })
    session.send(.mouse(MouseEvent(action: .press, at: Point(x: 5, y: y))))
    #expect(session.state.inside.block == BlockPlace(.core, 3))
    session.press(.escape)
    #expect(session.state.focus == .heat && session.state.zoom == nil)
  }

  /// Numbers that are none are marked, and nothing is drawn of them.
  @Test func numbersThatAreNone() throws {
    var session = opened()
    let known = try #require(session.state.inside.known)
    let pass = CellPass(
      row: known.pass.row, iteration: known.pass.iteration, hasAdapter: false,
      lenses: ["coda", "logit"],
      lines: (0...1).map { block in
        CellPass.Line(
          BlockPlace(.core, block), block == 0 ? .input : .feedForward, norm: .nan, added: nil,
          readings: [.diverged, .diverged])
      }, weights: [BlockPlace(.core, 1): [.nan, .infinity]])
    session.state.inside.known = (known.place, pass)
    let text = session.screen.text
    #expect(text.contains("╳") && text.contains("attention of core 1 is not finite"))
    #expect(text.contains("reads"))
  }

  @Test func everySizeDrawsSomethingThatFits() {
    let prompt = String(repeating: "1+", count: 60) + "2?"
    for prompt in [ScriptedRun.prompt, prompt] {
      var session = Session(prompt: prompt, iterations: 3)
      session.press(.enter)
      session.settle()
      for width in SizeSweepTests.widths {
        for height in SizeSweepTests.heights {
          session.state.size = Size(width: width, height: height)
          let screen = session.screen
          for y in 0..<screen.size.height {
            #expect(Printable.width(screen.row(y)) == width, "row \(y) at \(width)x\(height)")
          }
        }
      }
    }
  }
}
