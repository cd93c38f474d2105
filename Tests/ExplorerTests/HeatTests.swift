import Testing
import Trajectories

@testable import Explorer

/// What the heat map shows of a run, and how wide.
@Suite struct HeatTests {
  private func map(_ session: Session) throws -> HeatMap {
    let place = try #require(Layout(session.state).place(.heat)).inner(session.state)
    let branch = try #require(session.state.branch)
    return try #require(HeatMap(session.state, branch, HeatRooms(session.state, branch, place).map))
  }

  private func ground(_ session: Session, _ token: Int, _ iteration: Int) throws -> Ground {
    let cell = try map(session).grid.cell(Address(token: token, iteration: iteration))
    return session.screen[cell.x, cell.y].style.ground
  }

  /// Far from what is said in the end is loud, and what has arrived is calm, of every token.
  @Test(arguments: [(80, 24), (120, 40), (200, 60)])
  func theWaveIsSeen(width: Int, height: Int) throws {
    var session = Session(width: width, height: height)
    session.state.cursor = Address(token: 0, iteration: 16)
    #expect(session.state.metric.name == "arrival")
    var edges: [Int] = []
    for token in 1..<session.state.tokenCount {
      #expect(try ground(session, token, 0) == .plain, "s₀ is outside of the scale")
      var arrived = 16
      for iteration in (1...16).reversed() {
        guard case .ramp(let level) = try ground(session, token, iteration) else {
          Issue.record("no colour at \(token):\(iteration)")
          return
        }
        if iteration == 16 { #expect(level == 0) }
        // Past a hundredth of a nat there is little left to arrive.
        if level <= 64 { arrived = iteration } else { break }
      }
      edges.append(arrived)
    }
    // Later tokens come later, by and large.
    #expect(edges.first ?? 9 <= 4 && edges.last ?? 0 >= 8)
    let pairs = zip(edges, edges.dropFirst(4))
    #expect(pairs.allSatisfy { $0 <= $1 })
  }

  /// The last is the live edge, and the title says so.
  @Test func theEdgeIsWhatItIsHeldAgainst() throws {
    var session = Session(width: 120, height: 40, runToTarget: false)
    for iteration in 1...5 {
      session.wait(0.3)
      let run = try #require(session.state.trajectory)
      #expect(run.lastIteration >= iteration)
      #expect(run.arrival?.last == run.lastIteration, "every step brings it along")
      #expect(session.screen.row(1).contains("arrival to r \(run.lastIteration) so far"))
    }
    let asked = session.service.requests.filter { if case .arrive = $0 { true } else { false } }
    #expect(asked.count == 1, "and it is asked for once")
    session.wait(100)
    #expect(session.screen.row(1).contains("arrival to r 16, nats, log"))
  }

  /// Of another run it is asked for when that is looked at, and of none when it is not in sight.
  @Test func itIsAskedForWhenItIsLookedAt() throws {
    var session = Session()
    func asked(_ session: Session) -> Int {
      session.service.requests.count { if case .arrive = $0 { true } else { false } }
    }
    let before = asked(session)
    session.type("metric entropy")
    session.press("l")
    session.settle()
    session.press("5r")
    session.settle()
    session.wait(100)
    #expect(asked(session) == before, "nobody looks")
    session.type("metric arrival")
    session.settle()
    #expect(asked(session) == before + 1)
    #expect(session.state.trajectory?.arrival?.last == session.state.edge)
    // What could not be done is not asked for again, until the metric is chosen anew.
    session.type("metric entropy")
    session.press("l")
    session.settle()
    session.type("metric arrival")
    session.send(.compute(.failed(.arrival, message: "no")))
    #expect(session.state.failure == "no")
  }

  @Test func theScaleHasNumbersAndWhatTheyMean() throws {
    let wide = Session(width: 120, height: 40)
    let foot = try map(wide).grid.footLine
    #expect(wide.screen.row(foot).contains("arrived 0.001"))
    #expect(
      wide.screen.row(foot).contains(" 0.1 ") && wide.screen.row(foot).contains("10 nats far"))
    let usual = Session(width: 80, height: 24)
    let words = usual.screen.row(try map(usual).grid.footLine)
    #expect(words.contains("arrived 0.001") && words.contains("10 nats far"))
    let narrow = Session(width: 80, height: 24, capabilities: .plain)
    let narrowFoot = narrow.screen.row(try map(narrow).grid.footLine)
    #expect(
      narrowFoot.contains("0.001") && narrowFoot.contains(" 0.1 ") && narrowFoot.contains("10 nats")
    )
    var session = Session(width: 120, height: 40, capabilities: .plain)
    session.type("metric entropy")
    #expect(session.screen.row(try map(session).grid.footLine).contains("settled 0 "))
  }

  @Test func cellsAreAsWideAsOneLikes() throws {
    var session = Session(width: 120, height: 40)
    let usual = try map(session).grid.cellWidth
    session.press("+")
    let enlarged = try map(session).grid.cellWidth
    #expect(enlarged > usual)
    session.press("<<")
    #expect(try map(session).grid.cellWidth == enlarged - 2)
    session.press("3>")
    #expect(try map(session).grid.cellWidth == enlarged + 1)
    #expect(session.screen.text.contains(".98"), "wide cells say how likely it is")
    session.type("cell-width 1")
    #expect(try map(session).grid.cellWidth == 1)
    session.press("<")
    #expect(session.said.contains("1 to 24"))
    for wrong in ["0", "x", "1000"] {
      session.type("cell-width \(wrong)")
      #expect(session.state.message?.kind == .error && session.state.cellWidth == 1)
    }
    session.type("cell-width auto")
    #expect(try map(session).grid.cellWidth == enlarged)
  }

  /// Room that a short prompt leaves is used: lines with numbers, as high in both maps, and what the row
  /// of the cursor comes to below them.
  @Test func roomIsUsed() throws {
    var session = Session(width: 200, height: 60)
    session.press("+")
    let grid = try map(session).grid
    #expect(grid.rowHeight == 3 && grid.cellWidth >= 8)
    let place = try #require(Layout(session.state).place(.heat)).inner(session.state)
    #expect(grid.footLine >= place.maxY - 6)
    #expect(session.screen.row(grid.footLine).contains("cell: token, probability, below arrival"))
    let branch = try #require(session.state.branch)
    let beside = try #require(HeatRooms(session.state, branch, place).beside)
    #expect(try #require(BesideMap(session.state, branch, beside)).grid.rowHeight == 3)
    // Below its text every cell tells the number behind its colour.
    let trajectory = branch.last.trajectory
    for iteration in 1...16 {
      let cell = grid.cell(Address(token: 16, iteration: iteration))
      let line = grid.textLine(ofToken: 16) + 1
      let text = Array(session.screen.row(line))[cell.x..<cell.maxX]
      let value = try #require(
        session.state.metric.value(trajectory, iteration: iteration, token: 16))
      #expect(String(text).trimmingPrefix { $0 == " " }.hasPrefix(Numbers.tick(value)))
    }
    session = Session(width: 120, height: 40)
    session.press("+")
    let panes = Layout(session.state).places.map(\.name)
    #expect(panes == [.heat, .entropy, .predictions, .scrub])
    #expect(try map(session).grid.rowHeight == 1)
    session = Session(width: 80, height: 24)
    session.press("+")
    #expect(Layout(session.state).places.map(\.name) == [.heat, .scrub])
  }

  /// Without colour what is far is filled around its text, which says what it would say and how likely.
  @Test(arguments: [true, false]) func theWaveIsSeenWithoutColour(isUnicode: Bool) throws {
    let capabilities =
      isUnicode ? Capabilities(colours: .none, glyphs: .braille, isUnicode: true) : .plain
    var session = Session(width: 120, height: 40, capabilities: capabilities, theme: .mono)
    session.press("+")
    session.type("cell-width 10")
    session.state.cursor = Address(token: 0, iteration: 16)
    let grid = try map(session).grid
    let run = try #require(session.state.trajectory)
    for iteration in grid.shownIterations where (1..<16).contains(iteration) {
      let cell = grid.cell(Address(token: 16, iteration: iteration))
      let text = String(Array(session.screen.row(cell.y))[cell.x..<cell.maxX])
      let value = try #require(session.state.metric.value(run, iteration: iteration, token: 16))
      let shade = session.state.glyphs.shade(try #require(Axis(log: 0.001, to: 10).place(value)))
      #expect(shade == " " || text.filter { $0 == shade }.count >= 2, "\(text)")
      let best = try #require(run.steps[iteration].readings[16].best)
      #expect(text.contains(best.text) && text.contains(Numbers.share(best.probability)), "\(text)")
    }
  }

  /// Pointing finds the cell that is drawn there, beside the gap behind s₀ too.
  @Test(arguments: [(80, 24), (120, 40), (40, 10)])
  func pointingFindsEveryCell(width: Int, height: Int) throws {
    let session = Session(width: width, height: height)
    let grid = try map(session).grid
    for iteration in grid.shownIterations {
      let cell = grid.cell(Address(token: grid.firstToken, iteration: iteration))
      for x in cell.x..<cell.maxX {
        #expect(grid.pick(Point(x: x, y: cell.y))?.iteration == iteration, "\(iteration) at \(x)")
      }
      #expect(cell.maxX <= grid.rect.maxX)
    }
  }

  @Test func tokensOfRealTokenizersInFewColumns() {
    var state = ExplorerState(prompt: .text(""), start: .zero)
    func short(_ text: String, _ columns: Int) -> String { ShortToken.text(text, columns, state) }
    #expect(short(" word", 1) == "w" && short(" word", 4) == "word" && short(" word", 5) == "␣word")
    #expect(short(" words", 4) == "wor…")
    #expect(short(" ", 1) == "␣" && short("  ", 1) == "␣")
    #expect(short("\\xE2", 1) == "▯" && short("\\xE2", 2) == "E2" && short("<0x0A>", 3) == "0A")
    #expect(short("\\xE2", 4) == "\\xE2")
    #expect(short("<|im_start|>", 1) == "◇" && short("<|im_start|>", 4) == "<is>")
    #expect(
      short("</s>", 3) == "</>" && short("[PAD]", 5) == "[PAD]" && short("[PAD]", 4) == "<PA>")
    #expect(short("<=>", 1) == "<", "that is no name")
    #expect(short("[1]", 3) == "[1]")
    #expect(short("↵", 1) == "↵" && short("", 1) == "'")
    for columns in 1...12 {
      for text in [" a long word", "\\xE2", "<|begin_of_text|>", "日本語", "", " ", "<unk>"] {
        #expect(Printable.width(short(text, columns)) <= max(columns, 0), "\(text) in \(columns)")
      }
    }
    state.capabilities = .plain
    #expect(short("↵", 1) == "$" && short("a↵", 3) == "a\\n" && short("<pad>", 1) == "^")
    #expect(state.visible("a b⇥") == "a_b\\t")
  }

  /// Where states were let go steps bring no distances; that is said, and stays until the run rests.
  @Test(arguments: [80, 120, 200]) func distancesThatArePutOffSayWhy(width: Int) {
    var session = Session(width: width, height: 40, runToTarget: false)
    session.wait(1)
    session.state.fullMemory = 1 << 20
    session.type("metric distance_to_last")
    #expect(session.state.isPlaying && session.state.trajectory?.distanceToLast == nil)
    let title = session.screen.text.split(separator: "\n").dropFirst().first ?? ""
    #expect(title.contains("(at rest, states"), "\(title)")
    session.state.fullMemory = nil
    #expect(!session.screen.text.contains("(at rest, states"))
    session.wait(60)
    #expect(session.state.trajectory?.distanceToLast != nil)
  }
}
