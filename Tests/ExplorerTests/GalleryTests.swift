import Engine
import Testing
import Trajectories

@testable import Explorer

/// The list of prompts, and what is said of right and wrong answers.
@Suite struct GalleryTests {
  static let entries = [
    GalleryEntry(
      prompt: ScriptedRun.prompt, task: "arith", difficulty: 7,
      look: "A wave: partial sums settle from left to right, the answer last."),
    GalleryEntry(
      prompt: "@b ab bc?", task: "swap", difficulty: 2,
      look: "Press x: a rule at the last position leaves before the wave has come to it."),
    GalleryEntry(prompt: "You may copy", task: nil, difficulty: nil, look: "Plain English."),
  ]

  private func session(
    width: Int = 120, height: Int = 24, capabilities: Capabilities = .full
  ) -> Session {
    var session = Session(width: width, height: height, capabilities: capabilities)
    session.state.gallery = Self.entries
    return session
  }

  @Test(arguments: [(120, 24), (80, 24), (30, 8)]) func opensAList(width: Int, height: Int) {
    var session = session(width: width, height: height)
    session.press("Gj")
    expectSnapshot(session.screen.text, "gallery-\(width)x\(height)")
  }

  @Test func enterAsksAndEscapeLeavesTheRun() {
    var session = session()
    let run = session.state.run
    session.press("Gjj")
    session.press(.escape)
    #expect(session.state.mode == .normal && session.state.run == run)
    session.press("Gj")
    session.press(.enter)
    session.settle()
    #expect(session.state.promptText == "@b ab bc?" && session.state.run != run)
    #expect(session.state.hint == Self.entries[1].look)
    // Opened again, it stands there; a count opens one at once.
    session.press("G")
    #expect(session.state.mode == .gallery(GalleryState(selected: 1)))
    session.press("G3G")
    session.settle()
    #expect(session.state.promptText == "You may copy")
    session.press("4G")
    #expect(session.state.message?.text == "gallery takes a number from 1 to 3, not \"4\"")
  }

  @Test func theEndsHold() {
    var session = session()
    session.press("Gkk$j")
    #expect(session.state.mode == .gallery(GalleryState(selected: 2)))
    session.press(.pageUp)
    #expect(session.state.mode == .gallery(GalleryState(selected: 0)))
    session.press("G")
    var empty = Session()
    empty.press("G")
    #expect(empty.state.mode == .normal)
    #expect(empty.state.message?.text == "there are no prompts in the gallery")
  }

  @Test func everySizeFits() {
    var session = session()
    session.press("Gj")
    for width in SizeSweepTests.widths {
      for height in SizeSweepTests.heights {
        session.state.size = Size(width: width, height: height)
        let screen = session.screen
        #expect(screen.cells.count == width * height)
        for y in 0..<height { #expect(Printable.width(screen.row(y)) == width) }
      }
    }
  }
}

@Suite struct JudgementTests {
  /// A run of a prompt that says the same text everywhere but where told.
  private func state(
    _ prompt: String, saying said: [Int: String], iterations: Int = 2
  ) -> ExplorerState {
    var session = Session(width: 120, height: 40, prompt: prompt, iterations: iterations)
    let tokens = ScriptedRun.tokens(prompt)
    func step(_ iteration: Int) -> Step {
      let measure = StateMeasure(
        norm: 1, residual: 1, relativeResidual: 1, cosine: 1)
      return Step(
        iteration: iteration,
        measures: tokens.map { _ in measure },
        readings: tokens.indices.map {
          Reading(
            entropy: 0.1, kl: 0.1,
            top: [Candidate(id: 1, text: said[$0] ?? "t", probability: 0.9)])
        }, duration: .microseconds(5))
    }
    var trajectory = Trajectory(prompt: prompt, tokens: tokens, start: "zero", initial: step(0))
    for iteration in 1...iterations {
      trajectory.append(step(iteration))
    }
    try? session.state.showOnly(trajectory)
    session.state.cursor = Address(token: tokens.count - 1, iteration: iterations)
    return session.state
  }

  @Test func answersAreRightOrWrong() {
    // 3+4-2?: the answer stands after token 6.
    #expect(state("3+4-2?", saying: [6: "5"]).judgementOfAnswer?.isRight == true)
    let wrong = state("3+4-2?", saying: [6: "7"])
    #expect(
      wrong.judgementOfAnswer == Judgement(isRight: false, said: "7", expected: "5", modulus: 10))
    let line = render(wrong).row(0)
    #expect(line.contains("✗ says 7, should be 5 (mod 10)"), "\(line)")
    let right = render(state("3+4-2?", saying: [6: "5"]))
    #expect(right.row(0).contains("✓ 5 is right (mod 10)"))
    // Where there is little room the same in fewer words.
    var narrow = wrong
    narrow.size = Size(width: 80, height: 24)
    #expect(render(narrow).row(0).contains("✗ should be 5 (mod 10)"), "\(render(narrow).row(0))")
    // Parity is what it looks like.
    #expect(state("#0110?", saying: [5: "1"]).judgementOfAnswer?.modulus == nil)
    #expect(state("hello", saying: [:]).judgementOfAnswer == nil)
  }

  /// A model of continuous thoughts answers behind its mark, not behind the prompt.
  @Test(
    arguments: [
      ("#", "", nil), ("#", "<|end-latent|>", nil), (" ", "<|end-latent|>###", nil),
      ("1", "<|end-latent|>###", true), ("1", "<|end-latent|>### ", true),
      ("2", "<|end-latent|>### 1", true), ("3", "<|end-latent|>### 1", false),
      ("7", "<|end-latent|>### ", false), ("\n", "<|end-latent|>### 12", nil),
    ] as [(String, String, Bool?)])
  func answersBehindThoughts(_ said: String, _ written: String, _ isRight: Bool?) {
    let judged = ExplorerState.judgementBehindThoughts(said, after: written, of: "12")
    #expect(judged?.isRight == isRight)
    var asked = state("3+4-2?", saying: [6: "5"])
    asked.model = ModelSummary(
      name: "thinks", defaultIterations: 6, parameters: 1, width: 8, vocabularySize: 256,
      maximumTokens: 256, thinksOnce: true, tasks: ["arith"])
    #expect(asked.judgementOfAnswer == nil, "what follows the prompt is no answer")
  }

  /// To a model that never saw the task the text may ask something else.
  @Test(arguments: [([], nil), (["parity"], nil), (["arith"], true)] as [(Set<String>, Bool?)])
  func onlyWhatAModelWasTrainedOnIsJudged(_ tasks: Set<String>, _ verdict: Bool?) {
    var other = state("7+8?", saying: [4: "5", 2: "7"])
    other.model = ModelSummary(
      name: "other", defaultIterations: 4, parameters: 1, width: 8, vocabularySize: 256,
      maximumTokens: 256, tasks: tasks)
    #expect(other.judgementOfAnswer?.isRight == verdict)
    #expect(other.judgement(token: 2, iteration: 1)?.isRight == verdict)
    #expect(render(other).text.contains("right") == (verdict == true))
  }

  @Test func partialResultsAreJudgedWhereTheyStand() {
    let state = state("3+4-2?", saying: [2: "3", 4: "8"])
    // At + the value is 3, at - it is 7; digits promise nothing.
    #expect(
      state.judgement(token: 2, iteration: 1)
        == Judgement(isRight: true, said: "3", expected: "3", modulus: 10))
    #expect(
      state.judgement(token: 4, iteration: 2)
        == Judgement(isRight: false, said: "8", expected: "7", modulus: 10))
    #expect(state.judgement(token: 3, iteration: 2) == nil)
    #expect(state.judgement(token: 0, iteration: 2) == nil)
    // Nothing was thought yet, or it is not there.
    #expect(state.judgement(token: 4, iteration: 0) == nil)
    #expect(state.judgement(token: 4, iteration: 3) == nil)
    #expect(state.judgement(token: 99, iteration: 1) == nil)
  }

  @Test func answersOfSeveralDigitsAreJudgedByTheirBeginning() {
    let right = state("37+85=", saying: [6: "1"])
    #expect(right.judgementOfAnswer == Judgement(isRight: true, said: "1", expected: "122"))
    let wrong = state("37+85=", saying: [6: "2"])
    #expect(wrong.judgementOfAnswer == Judgement(isRight: false, said: "2", expected: "122"))
    #expect(right.judgementOfAnswer?.words(right.glyphs) == "✓ 122 is right so far")
    // A token of several digits, and of too many.
    #expect(state("37+85=", saying: [6: " 122"]).judgementOfAnswer?.isRight == true)
    #expect(state("37+85=", saying: [6: "1220"]).judgementOfAnswer?.isRight == false)
  }

  /// The whole picture of a wrong answer, and of a right one, in letters alone.
  @Test func picturesSayIt() {
    var session = Session(width: 80, height: 24, capabilities: .plain, theme: .mono)
    expectSnapshot(session.screen.text, "wrong-ascii-80x24")
    // The scripted run says 9 - 0: what it says at the first minus is 7, as it should be.
    session.press("12k")
    expectSnapshot(session.screen.text, "right-ascii-80x24")
  }
}
