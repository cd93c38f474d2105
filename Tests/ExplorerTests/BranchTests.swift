import LatentModels
import Tensors
import Testing
import Trajectories

@testable import Explorer

/// The tree of runs in the hand: nothing is lost, everything is found again, and undone.
@Suite struct BranchTests {
  private func finish(_ session: inout Session) {
    session.settle()
    for _ in 0..<40 where session.state.isBusy || session.state.isPlaying { session.wait(60) }
  }

  /// What can be seen of a branch.
  private struct Look: Equatable {
    let node: NodeID?
    let tokens: [Int]
    let iterations: [Int]
    let answers: [Int?]
    let cursor: Address

    init(_ state: ExplorerState) {
      node = state.runs.tree.current
      let passages = state.branch?.passages ?? []
      tokens = passages.flatMap { $0.trajectory.tokens.map(\.id) }
      iterations = passages.map(\.iterations)
      answers = passages.map { $0.run.answer?.argmax }
      cursor = state.cursor
    }
  }

  @Test func anotherSeedIsABranchAndTheFirstStays() throws {
    var session = Session()
    let first = Look(session.state)
    session.press("r")
    finish(&session)
    #expect(session.state.start == .seed(8) && session.state.edge == 16)
    let second = Look(session.state)
    session.press("b")
    #expect(session.effects.isEmpty, "it is there at once")
    #expect(Look(session.state) == first && session.state.start == .seed(7))
    #expect(session.state.projection?.coordinates.count == 17)
    session.press("b")
    #expect(Look(session.state) == second)
    session.press("z")
    finish(&session)
    #expect(session.state.start == .zero && session.state.runs.tree.count == 3)
    session.press("r")
    finish(&session)
    #expect(session.state.start == .seed(9), "the next that was not run yet")
    session.press("7r")
    #expect(session.effects.isEmpty && session.state.message?.text.contains("already") == true)
    #expect(Look(session.state) == first)
    session.press("8r")
    #expect(Look(session.state) == second)
  }

  @Test func twentyForksAreFoundAgainUndoneAndRedone() throws {
    var session = Session(iterations: 6)
    session.press(":each 3")
    session.press(.enter)
    var looks = [Look(session.state)]
    for fork in 0..<20 {
      switch fork % 4 {
      case 0: session.press("r")
      case 1: session.press(".")
      case 2: session.press("h.")
      default:
        session.press("/")
        session.press(.control("u"))
        session.press("\(fork)+4?")
        session.press(.enter)
      }
      finish(&session)
      let look = Look(session.state)
      // What the scripted model ends is no branch.
      if look.node != looks.last?.node { looks.append(look) }
    }
    let made = session.state.runs.tree.nodes
    #expect(made.count >= 15)
    var random = SplitMix(state: 11)
    for look in looks.shuffled(using: &random) {
      session.press(":show \(look.node?.value ?? 0)")
      session.press(.enter)
      #expect(session.effects.isEmpty)
      let now = Look(session.state)
      #expect(
        now.node == look.node && now.tokens == look.tokens && now.iterations == look.iterations
          && now.answers == look.answers)
    }
    let tree = session.state.runs.tree
    var undone = 0
    while session.state.runs.history.canUndo, undone < 200 {
      session.press("u")
      if session.state.message?.kind == .error { break }
      undone += 1
    }
    #expect(session.state.runs.tree.count == 1 && undone >= 30)
    #expect(Look(session.state).tokens == looks[0].tokens)
    for _ in 0..<undone { session.press(.control("r")) }
    #expect(session.state.runs.tree == tree)
    #expect(session.state.branch != nil)
    session.press(.control("r"))
    #expect(session.state.message?.text.contains("Nothing to redo") == true)
  }

  /// Any keys in any order: the tree is whole, something is looked at, and all of it goes back.
  @Test(arguments: 0..<12) func aStormOfKeys(seed: Int) throws {
    var session = Session(width: 100, height: 30, iterations: 4)
    var random = SplitMix(state: UInt64(seed) &* 977 &+ 3)
    let keys: [Key] =
      "rz.wubbtvVosjkdR hlHL0$nNeemcxpPa+_5".map { Key.character($0) }
      + [.control("r"), .control("r"), .enter, .escape, .tab, .control("c")]
    for _ in 0..<160 {
      let key = keys[Int.random(in: 0..<keys.count, using: &random)]
      session.press(key)
      if session.effects.contains(where: { if case .quit = $0 { true } else { false } }) {
        session.state.isQuitArmed = false
      }
      // Some answers come later than the next keys.
      if Int.random(in: 0..<3, using: &random) > 0 { session.settle() }
      if Int.random(in: 0..<8, using: &random) == 0 { session.wait(2) }
      let state = session.state
      let current = try #require(state.runs.tree.current)
      let branch = try #require(state.branch, "after \(key)")
      #expect(branch.node == current && state.runs.tree.contains(current))
      #expect(state.cursor.token < branch.tokenCount)
      #expect(state.cursor.iteration <= state.edge)
      for node in state.runs.tree.nodes {
        #expect(state.runs[node.id] != nil, "run \(node.id) has been begun")
      }
      #expect(render(state).size == state.size)
    }
    session.press(.escape)
    finish(&session)
    let tree = session.state.runs.tree
    var undone = 0
    for _ in 0..<400 {
      session.press("u")
      if session.state.message?.kind == .error { break }
      undone += 1
    }
    for _ in 0..<undone { session.press(.control("r")) }
    #expect(session.state.runs.tree == tree)
  }

  @Test func theTreeIsMovedInOpenedNamedAndCut() throws {
    var session = Session(width: 120, height: 40)
    session.press("r")
    finish(&session)
    session.press("2.")
    finish(&session)
    session.press("tk")
    #expect(session.state.zoom == .runs)
    session.press(.enter)
    #expect(session.state.zoom == nil && session.state.runs.tree.current == NodeID(2))
    session.press("tR")
    session.press("careful")
    session.press(.enter)
    #expect(session.state.runs.tree[NodeID(2)]?.name == "careful")
    #expect(session.screen.text.contains("careful"))
    session.press("d")
    #expect(session.state.runs.tree.count == 1 && session.state.zoom == .runs)
    #expect(session.state.message?.text.contains("2 that went on from it; u brings back") == true)
    session.press("d")
    #expect(session.state.message?.kind == .error, "the last one stays")
    session.press("u")
    #expect(session.state.runs.tree.count == 4 && session.state.runs.tree.current == NodeID(2))
    session.press("u")
    #expect(session.state.runs.tree[NodeID(2)]?.name == nil)
    session.press(.escape)
    #expect(session.state.zoom == nil)
    session.press("d")
    #expect(session.state.message?.text.contains("does nothing here") == true)
  }

  @Test func aCountIsOneAct() throws {
    var session = Session(iterations: 6)
    session.press(":each 2")
    session.press(.enter)
    let before = session.state.runs.tree
    session.press("3.")
    finish(&session)
    #expect(session.state.runs.tree.count == 4)
    let node = session.state.runs.tree.current
    session.press("u")
    #expect(session.state.runs.tree == before)
    #expect(session.state.message?.text.contains("3 branches") == true)
    session.press(.control("r"))
    #expect(session.state.runs.tree.count == 4 && session.state.runs.tree.current == node)
    // One that was stopped and begun again is another.
    session.press("5.")
    session.settle()
    session.press(.control("c"))
    finish(&session)
    let stopped = session.state.runs.tree.count
    #expect(stopped == 5)
    session.press(":token 20 x")
    session.press(.enter)
    finish(&session)
    #expect(session.state.runs.tree.count == 6)
    session.press("u")
    #expect(session.state.runs.tree.count == 5)
    session.press("u")
    #expect(session.state.runs.tree.count == 4)
  }

  @Test func familiesFoldInTheTree() throws {
    var session = Session(width: 120, height: 40)
    session.press(":starts 4")
    session.press(.enter)
    finish(&session)
    session.press(.escape)
    session.press("t")
    #expect(session.screen.text.contains("+ zero, seeds 0-3 (5)"))
    #expect(session.screen.text.contains("r 16: '4' ×5"))
    let folded = RunList(session.state)
    #expect(folded.rows.count == 2 && folded.selected == NodeID(1))
    session.press("j")
    #expect(RunList(session.state).selectedFamily != nil)
    session.press("R")
    #expect(session.state.message?.text.contains("l shows its runs") == true)
    session.press("l")
    #expect(RunList(session.state).rows.count == 7)
    #expect(RunList(session.state).selectedFamily != nil, "its own line stays selected")
    session.press("jj")
    #expect(RunList(session.state).selected == NodeID(3))
    session.press("h")
    #expect(RunList(session.state).rows.count == 2)
    session.press(.enter)
    #expect(session.state.zoom == .variants && session.state.table?.variants.position == nil)
    session.press("t")
    session.press("jljj")
    session.press(.enter)
    #expect(session.state.zoom == nil && session.state.runs.tree.current == NodeID(3))
    // Looked at in a folded family, its line says so.
    session.press("t")
    session.press("h")
    #expect(session.screen.text.contains("▸   + zero, seeds 0-3"))
    session.press("d")
    #expect(session.state.runs.tree.count == 1 && session.state.runs.tree.current == NodeID(1))
    #expect(session.state.message?.text == "5 runs are gone; u brings back")
    session.press("u")
    #expect(session.state.runs.tree.count == 6 && session.state.runs.tree.current == NodeID(3))
    session.press("kh")
    #expect(session.state.message?.text.contains("begun alone") == true)
  }

  @Test func theMouseMovesInTheTree() throws {
    var session = Session(width: 120, height: 40, iterations: 6)
    session.press("r")
    finish(&session)
    session.press("z")
    finish(&session)
    session.press("t")
    func click(_ line: Int) {
      session.send(.mouse(MouseEvent(action: .press, at: Point(x: 9, y: 2 + line))))
    }
    let focus = session.state.focus
    click(1)
    #expect(RunList(session.state).selected == NodeID(1) && session.state.zoom == .runs)
    session.send(.mouse(MouseEvent(action: .wheelDown, at: Point(x: 9, y: 5))))
    #expect(RunList(session.state).selected == NodeID(2))
    click(30)
    #expect(RunList(session.state).selected == NodeID(2))
    click(2)
    #expect(session.state.zoom == nil && session.state.runs.tree.current == NodeID(2))
    #expect(session.state.focus == focus)
    session.press(":starts 2")
    session.press(.enter)
    finish(&session)
    click(1)
    #expect(session.state.zoom == .variants)
    click(1)
    #expect(session.state.zoom == nil && session.state.runs.tree.current == NodeID(3))
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60)]) func theTreeOnTheScreen(
    width: Int, height: Int
  ) {
    var session = Session(width: width, height: height)
    session.press("r")
    finish(&session)
    session.press(":goto 16:9")
    session.press(.enter)
    session.press("2.")
    finish(&session)
    session.press("z")
    finish(&session)
    session.press("/")
    session.press(.control("u"))
    session.press("7+8?")
    session.press(.enter)
    finish(&session)
    session.press("b")
    session.press("t")
    session.state.message = nil
    expectSnapshot(session.screen.text, "runs-\(width)x\(height)")
    session.state.capabilities.colours = .none
    session.state.capabilities.glyphs = .ascii
    #expect(session.screen.text.contains("zero start"))
  }
}

/// Numbers that are the same every time.
private struct SplitMix: RandomNumberGenerator {
  var state: UInt64
  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }
}
