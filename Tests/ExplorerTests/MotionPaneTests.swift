import LatentModels
import Testing
import Trajectories

@testable import Explorer

/// Kinds of motion on the screen: what is asked for and when, and how it looks.
@Suite struct MotionPaneTests {
  private func asked(_ session: Session) -> [(rows: Range<Int>, window: ClosedRange<Int>)] {
    session.service.requests.compactMap {
      if case .motion(_, let rows, let window) = $0 { (rows, window) } else { nil }
    }
  }

  private func opened(
    width: Int = 80, height: Int = 24, capabilities: Capabilities = .full, theme: Theme = .dark
  ) -> Session {
    var session = Session(width: width, height: height, capabilities: capabilities, theme: theme)
    session.press("o")
    session.settle()
    return session
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60)])
  func kindsOfMotion(width: Int, height: Int) {
    let session = opened(width: width, height: height)
    let text = session.screen.text
    #expect(text.contains("motion · r 8-16 · token 16 '?': "))
    #expect(text.contains("fixed point"))
    expectSnapshot(text, "motion-\(width)x\(height)")
  }

  @Test func withoutColourAndInASCII() {
    let text = opened(capabilities: .plain, theme: .mono).screen.text
    #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
    expectSnapshot(text, "motion-ascii-80x24")
  }

  /// One look answers whether it is a fixed point or an orbit.
  @Test func eachKindIsTold() {
    var session = opened(width: 120, height: 40)
    for (token, words) in [(3, "cycle 3"), (5, "slide"), (16, "fixed point")] {
      session.press(":goto \(token)")
      session.press(.enter)
      session.state.select(token: token)
      let text = session.screen.text
      #expect(text.contains("token \(session.state.tokenLabel(token)): \(words)"), "\(token)")
      #expect(session.state.motionWords == words)
    }
    session.press(.escape)
    #expect(session.state.zoom == nil)
    #expect(session.screen.row(0).contains("fixed point"))
  }

  @Test func itIsAskedForOnceAndOnlyWhileItIsLookedAt() {
    var session = Session()
    session.press("hjkl")
    #expect(asked(session).isEmpty && session.state.motionWords == nil)
    session.press("o")
    session.settle()
    #expect(asked(session).map(\.window) == [8...16] && asked(session)[0].rows == 0..<17)
    session.press("kkj")
    session.send(.tick(now: session.state.now + 5))
    #expect(asked(session).count == 1)
    session.press("o")
    #expect(session.state.zoom == nil && session.state.motionWords == "fixed point")
    // What is known is kept up to date, once time rests.
    session.press("4e")
    session.wait(100)
    #expect(asked(session).map(\.window) == [8...16, 10...20])
    #expect(session.state.motionWords == "fixed point")
  }

  @Test func aWindowIsChosen() {
    var session = Session()
    session.type("motion 4-12")
    #expect(session.state.zoom == .motion && asked(session).last?.window == 4...12)
    #expect(session.screen.text.contains("r 4-12"))
    session.type("motion 9-40")
    #expect(session.said.contains("from 0 to 16"))
    session.press("o")
    session.press("o")
    session.settle()
    #expect(asked(session).last?.window == 8...16)
  }

  @Test func theJacobianIsAskedForByHand() {
    var session = opened(width: 120, height: 40)
    session.press("J")
    session.settle()
    let text = session.screen.text.replacing("│", with: " ")
    #expect(text.contains("largest singular value 1.42"))
    let requests = session.service.requests.filter {
      if case .stretch = $0 { true } else { false }
    }
    #expect(requests.count == 1)
    session.press(.escape)
    session.press("J")
    #expect(session.said.contains("does nothing here"))
  }

  @Test func leavingStopsWhatIsWorkedOut() {
    var session = Session()
    session.press("o")
    session.press(.escape)
    #expect(session.effects == [.cancel] && session.state.zoom == nil)
    session.send(.compute(.cancelled(.motion)))
    #expect(!session.state.motion.isAsking && session.said.contains("stopped"))
    session.press("o")
    session.send(.compute(.failed(.motion, message: "There is no room.")))
    #expect(session.screen.text.contains("There is no room."))
    let before = asked(session).count
    session.send(.tick(now: session.state.now + 1))
    #expect(asked(session).count == before)
  }

  /// A short run has no verdict, and says why.
  @Test func aShortRunIsUnclear() {
    var session = Session(iterations: 4)
    session.press("o")
    session.settle()
    #expect(session.state.motionWords == "unclear")
    #expect(session.screen.text.contains("a verdict needs 6"))
  }

  @Test func aDivergedRunNamesItsBlock() throws {
    var session = Session(iterations: 4)
    let tokens = ScriptedRun.tokens(ScriptedRun.prompt)
    let lost = StateMeasure(norm: .nan, residual: .nan, relativeResidual: .nan, cosine: .nan)
    session.send(
      .compute(
        .stepped(
          session.node,
          Step(
            iteration: 5, measures: tokens.map { _ in lost },
            readings: tokens.map { _ in .diverged }, duration: .zero), distanceToLast: nil,
          places: nil)))
    #expect(session.said == "diverged: the state of token 0 is not finite, first at r 5")
    session.send(
      .compute(
        .located(
          session.node,
          Divergence(
            .state, at: Address(token: 3, iteration: 5),
            origin: .site(Site(.core, 2, .feedForward))))))
    #expect(session.said.hasSuffix("in the feed-forward network of core block 2 (3:5.2)"))
    #expect(session.state.divergence?.at.token == 3)
  }

  @Test func everySizeDrawsSomethingThatFits() {
    var session = opened()
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
