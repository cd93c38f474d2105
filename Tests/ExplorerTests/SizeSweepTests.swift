import Testing
import Trajectories

@testable import Explorer

/// Every size, zoom and mode draws something that fits: no crash, no line too long.
@Suite struct SizeSweepTests {
  static let widths = Array(1...12) + [19, 20, 21, 33, 40, 69, 70, 79, 80, 81, 99, 100, 133, 220]
  static let heights = Array(1...9) + [11, 12, 15, 16, 24, 29, 30, 47, 70]

  private func check(_ state: ExplorerState, _ label: String) {
    let screen = render(state)
    #expect(screen.cells.count == state.size.width * state.size.height)
    for y in 0..<screen.size.height {
      let width = Printable.width(screen.row(y))
      #expect(width == state.size.width, "\(label) row \(y) of \(state.size)")
    }
    if let caret = screen.caret {
      #expect(screen.bounds.contains(caret), "\(label) caret at \(state.size)")
    }
  }

  @Test func allPanes() {
    var session = Session()
    session.press("5h")
    for width in Self.widths {
      for height in Self.heights {
        session.state.size = Size(width: width, height: height)
        check(session.state, "all")
      }
    }
  }

  @Test(arguments: PaneName.allCases)
  func zoomed(_ pane: PaneName) {
    var session = Session()
    session.state.zoom = pane
    session.state.focus = pane
    for width in Self.widths where width % 3 != 1 {
      for height in Self.heights where height % 2 == 1 {
        session.state.size = Size(width: width, height: height)
        check(session.state, "zoom \(pane)")
      }
    }
  }

  @Test func modesThemesAndPlainTerminals() {
    var session = Session(capabilities: .plain, theme: .mono)
    let modes: [Mode] = [
      .prompt(LineEditor("日本 a\u{301} long long text of a prompt that goes on and on")),
      .command(LineEditor("")), .help(HelpState()),
      .messages(scroll: 3), .gallery(GalleryState()),
      .help(HelpState(scroll: 3, filter: LineEditor("tok"), isFiltering: true)),
    ]
    for mode in modes {
      session.state.mode = mode
      for width in Self.widths where width % 2 == 0 {
        for height in Self.heights where height % 2 == 0 {
          session.state.size = Size(width: width, height: height)
          check(session.state, "\(mode)")
        }
      }
    }
  }

  @Test func tokensOfAllKinds() throws {
    let texts = ["日本語", "e\u{301}", "\u{1b}[2J", " the", "👨‍👩‍👧", "\u{202e}abc", "", "\n", "🇩🇪", "ﷺ"]
    var session = Session()
    let tokens = texts.enumerated().map { Token(id: $0.offset, text: $0.element, isSpecial: false) }
    try session.state.showOnly(
      ScriptedRun.trajectory(iterations: 9, tokens: tokens, texts: texts), rules: ExitRule.all)
    session.state.projection = nil
    session.state.cursor = Address(token: 3, iteration: 4)
    session.state.liveTarget = 9
    for width in stride(from: 20, through: 130, by: 11) {
      for height in [6, 10, 24, 41] {
        session.state.size = Size(width: width, height: height)
        check(session.state, "tokens")
        let text = render(session.state).text
        #expect(
          text.unicodeScalars.allSatisfy {
            $0 == "\n"
              || $0.properties.generalCategory != .control
                && $0.properties.generalCategory != .format
          })
      }
    }
    session.state.size = Size(width: 80, height: 24)
    expectSnapshot(render(session.state).text, "odd-tokens-80x24")
  }

  @Test func numbersThatAreNone() throws {
    var session = Session(runToTarget: false)
    let run = try #require(session.state.trajectory)
    let next = run.lastIteration + 1
    let tokens = run.tokens
    var step = ScriptedRun.step(next, tokens: tokens)
    step = Step(
      iteration: next,
      measures: tokens.map { _ in
        StateMeasure(norm: .nan, residual: .infinity, relativeResidual: .nan, cosine: -.infinity)
      },
      readings: tokens.map { _ in
        Reading(
          entropy: .nan, kl: .nan, top: [Candidate(id: 1, text: "x", probability: .nan)])
      }, duration: .zero)
    session.state.isStepping = true
    session.send(
      .compute(
        .stepped(
          session.node, step,
          distanceToLast: Array(repeating: tokens.map { _ in .nan }, count: next + 1), places: nil))
    )
    #expect(session.state.edge == next && !session.state.isPlaying)
    #expect(session.state.message?.text.contains("diverged: the state of token 0") == true)
    for metric in session.state.metrics.indices {
      session.state.metricIndex = metric
      check(session.state, "nan")
    }
  }
}
