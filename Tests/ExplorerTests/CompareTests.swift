import Testing
import Trajectories

@testable import Explorer

/// Two branches beside each other: what is asked for, and how it looks.
@Suite struct CompareTests {
  private func finish(_ session: inout Session) {
    session.settle()
    for _ in 0..<40 where session.state.isBusy || session.state.isPlaying { session.wait(60) }
  }

  /// Seeds 7 and 8, compared.
  private func compared(
    width: Int = 80, height: Int = 24, iterations: Int? = nil, capabilities: Capabilities = .full
  ) -> Session {
    var session = Session(
      width: width, height: height, capabilities: capabilities, iterations: iterations)
    session.press("r")
    finish(&session)
    session.press("v")
    session.settle()
    session.state.message = nil
    return session
  }

  /// The iterations that distances were asked for of.
  private func asked(_ session: Session) -> [Int] {
    session.service.requests.compactMap {
      if case .compare(_, _, let iteration, _) = $0 { iteration } else { nil }
    }
  }

  private func planes(_ session: Session) -> [(token: Int, from: [Int]?)] {
    session.service.requests.compactMap {
      if case .sharePlane(_, let token, let from, _) = $0 { (token, from) } else { nil }
    }
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60)]) func twoSeedsSideBySide(
    width: Int, height: Int
  ) {
    let session = compared(width: width, height: height)
    let text = session.screen.text
    #expect(text.contains("same answers from r 8 on") && text.contains("‖ln_f(A) − ln_f(B)‖"))
    #expect(text.contains("A run 2│B run 1"))
    if width >= 120 { #expect(text.contains("A seed 8, B seed 7: same answers")) }
    expectSnapshot(text, "compare-\(width)x\(height)")
  }

  /// The run in view cannot stand beside itself; what can be done is said.
  @Test func theRunInViewSaysThatItIs() {
    var session = Session()
    session.press("r")
    finish(&session)
    session.press("r")
    finish(&session)
    let (first, last) = (NodeID(1), NodeID(3))
    session.state.show(first)
    session.press("t")
    // The one looked at before is gone; that in view is selected, and was made of no other.
    session.state.selectedRun = last
    session.press("d")
    session.state.selectedRun = first
    session.press("v")
    #expect(session.state.runs.tree.current == first && session.state.runs.tree.count == 2)
    #expect(session.said.hasPrefix("run 1 is the one in view; select another"), "\(session.said)")
    session.state.selectedRun = NodeID(2)
    session.press("v")
    #expect(session.state.isComparing)
  }

  /// After few iterations the two say different things.
  @Test(arguments: [(80, 24), (120, 40), (200, 60)]) func twoAnswersSideBySide(
    width: Int, height: Int
  ) {
    var session = compared(width: width, height: height, iterations: 5)
    session.press("hh")
    session.settle()
    let text = session.screen.text
    #expect(text.contains("parting at token 1, r 1"))
    #expect(text.contains("A says") && text.contains("B says"))
    expectSnapshot(text, "compare-differs-\(width)x\(height)")
  }

  @Test(arguments: [(80, 24), (120, 40)]) func withoutColourAndInASCII(width: Int, height: Int) {
    let session = compared(width: width, height: height, iterations: 5, capabilities: .plain)
    let text = session.screen.text
    #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
    #expect(text.contains("|ln_f(A) - ln_f(B)|") && text.contains("KL(A|B) .001"))
    expectSnapshot(text, "compare-ascii-\(width)x\(height)")
  }

  @Test(arguments: [
    PaneName.differences, .bothPaths, .bothPredictions, .bothDistances, .bothEntropy,
  ])
  func zoomed(_ pane: PaneName) {
    var session = compared()
    session.press("7h")
    session.state.focus = pane
    session.press("+")
    session.settle()
    expectSnapshot(session.screen.text, "zoom-\(pane)-80x24")
  }

  @Test func oneBranchAloneSaysWhatWouldMakeAnother() {
    var session = Session()
    session.press("v")
    #expect(session.state.message?.text.contains("no other branch") == true)
    #expect(asked(session).isEmpty)
  }

  /// Quiet where both say the same and nearly as surely; s₀ is no thought.
  @Test func cellsSpeakWhereTheTwoDiffer() throws {
    let session = compared(width: 120, height: 40)
    let both = try #require(session.state.bothBranches)
    let rect = try #require(Layout(session.state).place(.differences)).inner(session.state)
    let screen = session.screen
    var grounds: [Bool: Int] = [:]
    var checked = 0
    for y in rect.y..<rect.maxY {
      for x in rect.x..<rect.maxX {
        guard
          let pick = Pane.of(.differences).pick(session.state, rect, Point(x: x, y: y)),
          let token = pick.token, let iteration = pick.iteration,
          iteration != session.state.cursor.iteration
        else { continue }
        let style = screen.cells[y * screen.size.width + x].style
        let place = Address(token: token, iteration: iteration)
        let divergence = try #require(both.distances?.divergence(place))
        let isLoud: Bool = if case .ramp = style.ground { true } else { false }
        #expect(isLoud == (iteration > 0 && divergence > 0.001), "\(place)")
        grounds[isLoud, default: 0] += 1
        checked += 1
      }
    }
    #expect(checked > 200 && (grounds[true] ?? 0) > 50 && (grounds[false] ?? 0) > 50)
  }

  /// One iteration at a time, as both grow, and only while they are on the screen.
  @Test func distancesAreAskedForWhileLookedAt() throws {
    var session = Session(iterations: 4)
    session.press("r")
    finish(&session)
    #expect(asked(session).isEmpty && planes(session).isEmpty, "nobody looks")
    session.press("v")
    #expect(asked(session) == [0], "the next when that has come")
    session.settle()
    #expect(asked(session) == [0, 1, 2, 3, 4])
    #expect(planes(session).map(\.token) == [16] && planes(session)[0].from == nil)
    session.press("2e")
    finish(&session)
    #expect(asked(session).count == 5, "the other is not that far")
    #expect(planes(session).compactMap(\.from) == [[5, 5], [6, 5]], "on the basis there is")
    let plane = try #require(
      session.state.pair.flatMap { session.state.comparing.known[$0]?.plane })
    #expect(plane.paths.map(\.count) == [7, 5])
    session.press("b")
    session.settle()
    #expect(session.state.isComparing, "the other way round")
    #expect(asked(session).count == 10, "KL(B‖A) is another number")
    session.press("3e")
    finish(&session)
    #expect(asked(session).suffix(2) == [5, 6])
    session.press("v")
    session.press("e")
    finish(&session)
    #expect(asked(session).count == 12, "nobody looks")
    session.press("v")
    session.settle()
    #expect(asked(session).count == 12, "the other is not that far")
  }

  @Test func everyTokenHasAPlaneOfItsOwn() {
    var session = compared()
    #expect(planes(session).map(\.token) == [16])
    session.press("k")
    #expect(session.screen.text.contains("fitting"))
    session.settle()
    #expect(planes(session).map(\.token) == [16, 15])
    #expect(session.screen.text.contains("paths"))
  }

  @Test func whatWasStoppedIsNotAskedForAgain() {
    var session = Session(iterations: 4)
    session.press("r")
    finish(&session)
    session.press("v")
    session.press(.control("c"))
    #expect(session.effects.contains(.cancel))
    session.send(.compute(.cancelled(.comparison)))
    session.send(.compute(.cancelled(.comparison)))
    let before = asked(session).count
    #expect(session.state.comparing.isStopped && !session.state.comparing.isMeasuring)
    session.press("hh")
    #expect(asked(session).count == before)
    session.press("vv")
    #expect(!session.state.comparing.isStopped && asked(session).count == before + 1)
  }

  @Test func whatCannotBeComparedIsSaidOnce() {
    var session = compared(iterations: 4)
    session.press("k")
    session.send(.compute(.failed(.comparison, message: "There is no room.")))
    #expect(session.screen.text.contains("There is no room."))
    let before = session.service.requests.count
    session.press("k")
    session.settle()
    #expect(session.service.requests.count == before)
  }

  @Test func theOtherIsChosenByNumberInTheTreeOrBySwapping() {
    var session = compared(iterations: 3)
    session.press("z")
    finish(&session)
    #expect(session.state.other == NodeID(1) && session.state.pair?.a == NodeID(3))
    session.press(":compare 2")
    session.press(.enter)
    #expect(session.state.other == NodeID(2))
    session.press(":compare 3")
    session.press(.enter)
    #expect(session.state.message?.text.contains("number of another run") == true)
    session.press(":compare 9")
    session.press(.enter)
    #expect(session.state.message?.text.contains("number of another run") == true)
    session.press("b")
    #expect(session.state.pair == RunPair(a: NodeID(2), b: NodeID(3)))
    session.press("vt")
    session.press("kkkv")
    #expect(session.state.isComparing && session.state.other == NodeID(1))
  }

  @Test func whatWouldChangeNothingSaysWhy() {
    var session = compared(iterations: 3)
    let before = session.service.requests.count
    for key in "mMcaP" {
      session.press(String(key))
      #expect(session.state.message?.text.contains("v shows one") == true, "\(key)")
    }
    #expect(session.state.metricIndex == 0 && session.service.requests.count == before)
    session.press("vm")
    #expect(session.state.metricIndex == 1)
  }

  @Test func panesOfBothTakeTheFocusAndTheRoom() {
    var session = compared(width: 120, height: 40)
    #expect(session.state.focus == .differences)
    session.press(.tab)
    #expect(session.state.focus == .bothPaths && session.state.zoom == .compare)
    session.press("+")
    #expect(session.state.zoom == .bothPaths && session.screen.text.contains("fitted to both"))
    session.press(.tab)
    #expect(session.state.zoom == .bothPredictions)
    session.press(.escape)
    #expect(session.state.zoom == .compare)
    session.press(.escape)
    #expect(session.state.zoom == nil && session.state.focus == .heat)
  }

  @Test func theMouseAndTheCursorMoveInBoth() throws {
    var session = compared(width: 120, height: 40)
    let rect = try #require(Layout(session.state).place(.differences)).inner(session.state)
    var found: Point?
    for y in rect.y..<rect.maxY {
      for x in rect.x..<rect.maxX where found == nil {
        let point = Point(x: x, y: y)
        if Pane.of(.differences).pick(session.state, rect, point) == Pick(token: 4, iteration: 3) {
          found = point
        }
      }
    }
    session.send(.mouse(MouseEvent(action: .press, at: try #require(found))))
    session.settle()
    #expect(session.state.cursor == Address(token: 4, iteration: 3))
    #expect(session.screen.text.contains("next after 4 '-' at r 3"))
    let plot = try #require(Layout(session.state).place(.bothEntropy)).inner(session.state)
    session.send(
      .mouse(MouseEvent(action: .press, at: Point(x: plot.maxX - 1, y: plot.y + 2))))
    #expect(session.state.cursor == Address(token: 4, iteration: 16))
  }

  /// Texts of several lengths: what only one has is beside nothing.
  @Test func aTextBesideALongerOne() {
    var session = compared(width: 120, height: 40, iterations: 6)
    session.press("v.")
    finish(&session)
    session.press("v")
    session.settle()
    #expect(session.state.bothBranches?.rows == 18 && session.state.bothBranches?.commonRows == 17)
    let text = session.screen.text
    #expect(text.contains("B not run so far"))
    #expect(text.contains("only one has this token"))
    session.press("b")
    session.settle()
    session.press("jjjj")
    #expect(session.state.cursor.token == 16, "the cursor is in the branch looked at")
  }

  @Test func aBranchThatIsGoneLeavesWords() {
    var session = compared(iterations: 3)
    session.press("tj")
    session.press("d")
    session.press("t")
    session.press("v")
    session.state.zoom = .compare
    #expect(session.screen.text.contains("u brings it back"))
  }
}
