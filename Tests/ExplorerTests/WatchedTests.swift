import LatentModels
import Testing
import Trajectories

@testable import Explorer

/// Watched tokens: what is asked for and when, what is shown, what conditions know by them.
@Suite struct WatchedTests {
  /// The iterations whose standings were asked for.
  private func asked(_ session: Session) -> [Int] {
    session.service.requests.compactMap {
      if case .standings(_, _, let iteration, _) = $0 { iteration } else { nil }
    }
  }

  private func watching(
    _ tokens: String, width: Int = 80, height: Int = 24, capabilities: Capabilities = .full,
    theme: Theme = .dark
  ) -> Session {
    var session = Session(
      width: width, height: height, capabilities: capabilities, theme: theme)
    session.type("watch \(tokens)")
    session.press("h")
    session.settle()
    session.state.message = nil
    return session
  }

  @Test(arguments: [(80, 24), (120, 40)]) func theyHaveAPane(width: Int, height: Int) {
    let session = watching("4", width: width, height: height)
    expectSnapshot(session.screen.text, "watched-\(width)x\(height)")
    #expect(session.screen.text.contains("'4' first r 1, stays r 7") || width == 80)
    #expect(session.screen.text.contains("'4' first r 1"))
  }

  @Test(arguments: [(80, 24), (200, 60)]) func enlarged(width: Int, height: Int) {
    var session = watching("4,8,x", width: width, height: height)
    session.press("W")
    let text = session.screen.text
    expectSnapshot(text, "watched-large-\(width)x\(height)")
    #expect(text.contains("first at r 1, for good since r 7") && text.contains("best rank"))
    session.press("W")
    #expect(session.state.zoom == nil)
  }

  @Test func withoutColourAndInASCII() {
    var session = watching("4,8", capabilities: .plain, theme: .mono)
    session.press("W")
    let text = session.screen.text
    #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
    expectSnapshot(text, "watched-ascii-80x24")
  }

  /// What was run before is asked for once, the cursor's iteration first; steps bring the rest along.
  @Test func whatWasRunIsAskedForOnce() throws {
    var session = Session()
    session.press("5h")
    session.press(":watch 4")
    session.press(.enter)
    session.settle()
    #expect(asked(session).first == 11 && asked(session).sorted() == Array(0...16))
    session.press("jkhh")
    session.settle()
    #expect(asked(session).count == 17)
    session.press("$l")
    session.settle()
    #expect(session.state.edge == 17 && asked(session).count == 17)
    let reading = try #require(session.state.trajectory?.steps[17].readings[16])
    #expect(reading.standing(of: 52)?.rank == 1)
    session.type("watch 9")
    #expect(asked(session).count == 17 + 18)
    session.type("unwatch 4")
    session.type("unwatch")
    #expect(session.state.watching.ids.isEmpty && session.said.contains("no token is watched"))
    session.press("l")
    session.settle()
    #expect(session.state.trajectory?.steps[18].readings[16].watched.isEmpty == true)
  }

  /// Of another passage nothing waits for the first.
  @Test func anotherPassageIsAskedForInItsTurn() {
    var session = Session()
    session.press(".")
    session.wait(100)
    session.press(":watch 4")
    session.press(.enter)
    #expect(asked(session).count == 1)
    session.press("k")
    #expect(session.effects.contains(.drop(.standings)))
    session.settle()
    #expect(session.state.trajectory?.steps.allSatisfy { !$0.readings[0].lacks([52]) } == true)
  }

  @Test func stoppedItIsNotAskedForAgain() {
    var session = Session()
    session.press(":watch 4")
    session.press(.enter)
    session.press(.control("c"))
    #expect(session.effects.contains(.cancel))
    session.send(.compute(.cancelled(.standings)))
    #expect(session.said.contains("watching stopped"))
    session.send(.tick(now: session.state.now + 1))
    #expect(asked(session).count == 1)
  }

  /// A row of its own beside the likeliest, with its rank.
  @Test func predictionsHaveARowForEach() {
    let session = watching("x")
    let text = session.screen.text
    #expect(text.contains("rank 131"))
    #expect(text.contains("x  ") && text.contains("<.001"))
  }

  @Test func whatIsNoTokenIsSaid() {
    var session = Session()
    session.type("watch 42")
    #expect(session.said.contains("no token reads '42'; it is several tokens: '4', '2'"))
    guard case .command(let editor) = session.state.mode else {
      Issue.record("the line is not open")
      return
    }
    #expect(editor.text == "watch 42")
    session.press(.escape)
    session.type("watch #256")
    #expect(session.said.contains("there is no token #256; ids are 0 to 255"))
    session.press(.escape)
    session.type("watch \u{1B}[2J\u{FFFD}")
    #expect(session.said.contains("no token reads"))
    session.press(.escape)
    session.type("watch 0-9,a-j")
    #expect(session.said.contains("at most 16 tokens"))
    session.type("unwatch")
    #expect(session.said.contains("no token is watched; W watches one"))
    session.press("W")
    guard case .command(let empty) = session.state.mode else {
      Issue.record("the line is not open")
      return
    }
    #expect(empty.text == "watch ")
  }

  /// A token that a condition names is looked up by itself, in what was run and in what comes.
  @Test func conditionsKnowWhatTheyName() {
    var session = Session()
    // No digit: far from the ten that readings keep.
    session.type("find rank(\"x\") == 131")
    #expect(session.said.contains("is where rank(\"x\") == 131"))
    #expect(asked(session).count == 17)
    session.type("until p(\"x\") < 0.001 && iteration > 18")
    session.wait(60)
    #expect(session.state.edge == 19 && session.said.contains("16:19 is where"))
    session.press("0")
    session.type("break rank(\"x\") == 131 && iteration == 5")
    session.press(">")
    session.settle()
    #expect(session.state.cursor.iteration == 5)
  }

  /// The opened cell tells of them block by block, through both lenses.
  @Test(arguments: [(80, 24), (120, 40)]) func insideACell(width: Int, height: Int) {
    var session = watching("4,8", width: width, height: height)
    session.press("F")
    session.press(.enter)
    session.settle()
    let text = session.screen.text
    #expect(text.contains("4 coda") && text.contains("4 logit"))
    expectSnapshot(text, "watched-inside-\(width)x\(height)")
    session.type("unwatch")
    #expect(session.state.cellPass?.watched == [])
  }
}

/// Attention of a block as a map, and addresses of blocks.
@Suite struct AttentionMapTests {
  private func opened(
    _ width: Int = 80, _ height: Int = 24, capabilities: Capabilities = .full,
    theme: Theme = .dark
  ) -> Session {
    var session = Session(
      width: width, height: height, capabilities: capabilities, theme: theme)
    session.press("F")
    session.press(.enter)
    session.press("A")
    session.settle()
    return session
  }

  @Test(arguments: [(80, 24), (120, 40)]) func aMap(width: Int, height: Int) {
    let text = opened(width, height).screen.text
    #expect(text.contains("attention 16:7.1 · mean of 2 heads"))
    #expect(text.contains("0.01") && text.contains("a row sums to 1"))
    expectSnapshot(text, "attention-\(width)x\(height)")
  }

  @Test func withoutColourAndInASCII() {
    let text = opened(capabilities: .plain, theme: .mono).screen.text
    #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
    expectSnapshot(text, "attention-ascii-80x24")
  }

  @Test func headsAndBlocksAreChosen() {
    var session = opened()
    func asked() -> [BlockPlace] {
      session.service.requests.compactMap {
        if case .attention(_, _, let place) = $0 { place } else { nil }
      }
    }
    session.press(")")
    #expect(session.screen.text.contains("head 1 of 2"))
    session.press("))")
    #expect(session.screen.text.contains("mean of 2 heads"))
    session.press("(")
    #expect(session.screen.text.contains("head 2 of 2"))
    #expect(asked() == [BlockPlace(.core, 1)])
    session.press("}")
    session.settle()
    session.press("9}")
    session.settle()
    #expect(asked() == [BlockPlace(.core, 1), BlockPlace(.core, 2), BlockPlace(.coda, 1)])
    session.press("4{")
    session.settle()
    #expect(session.screen.text.contains("adapter looks at no other token"))
    session.press("A")
    #expect(session.screen.text.contains("logit"))
    session.press(")")
    #expect(session.said.contains("A shows the map"))
  }

  /// A map that is not looked at any more is dropped.
  @Test func anotherBlockDoesNotWait() {
    var session = Session()
    session.press("F")
    session.press(.enter)
    session.settle()
    session.press("A}")
    #expect(session.effects.contains(.drop(.attention)))
    session.press(.escape)
    #expect(session.effects.contains(.drop(.attention)))
  }

  @Test func addressesOfPreludeAndCoda() {
    var session = Session()
    session.type("goto 12:8.c.1")
    #expect(session.screen.text.contains("inside 12:8.c.1 "))
    session.type("goto 5:p.1")
    #expect(session.screen.text.contains("inside 5:p.1 "))
    #expect(session.state.cursor == Address(token: 5, iteration: 8))
    session.type("goto 12:8.c.4")
    #expect(session.said == "there is no coda block 4; coda blocks are 1...1")
    session.type("goto 12:8.x")
    #expect(session.said.contains("column 6") && session.said.contains("12:8.c.1"))
    session.press(.escape)
  }
}
