import Engine
import Testing
import Trajectories

@testable import Explorer

/// What a person does, and what comes of it.
@Suite struct StoryTests {
  @Test func theFirstRunGoesToItsTargetAndRests() {
    let session = Session(iterations: 6)
    #expect(session.state.edge == 6)
    #expect(session.state.play == .paused)
    #expect(session.state.cursor == Address(token: 16, iteration: 6))
    #expect(session.state.isProvisionalFit == false)
    #expect(session.state.projection?.fit == ProjectionFit(token: nil, iterations: 0...6))
  }

  @Test func aPlaneIsSeenEarlyAndSaysItIsProvisional() {
    var session = Session(runToTarget: false)
    session.wait(1.2)
    #expect(session.state.edge < 16)
    #expect(session.state.isProvisionalFit)
    #expect(session.state.projection != nil)
    #expect(Pane.of(.plane).title(session.state, 80).contains("provisional"))
  }

  @Test func extendWithACountGrowsTheTargetAndStepsOn() throws {
    var session = Session(iterations: 6)
    let key = try #require(session.key)
    session.press("12")
    #expect(session.state.pendingCount == 12)
    session.press("e")
    #expect(session.state.target == 18)
    #expect(session.effects.contains(.submit(.step(key, to: session.state.edge + 1))))
    session.settle()
    session.wait(60)
    #expect(session.state.edge == 18)
  }

  @Test func steppingBackShowsThePastAndForwardComesBack() throws {
    var session = Session()
    let key = try #require(session.key)
    session.press("5h")
    #expect(session.state.cursor.iteration == 11)
    #expect(session.screen.row(0).contains("viewing 11 of 16"))
    session.press("2l")
    #expect(session.state.cursor.iteration == 13)
    for iteration in 1...16 {
      #expect(session.service.requests.filter { $0 == .step(key, to: iteration) }.count == 1)
    }
  }

  @Test func steppingForwardAtTheEdgeComputesAsManyAsAsked() {
    var session = Session()
    session.press("3l")
    session.settle()
    #expect(session.state.edge == 19)
    #expect(session.state.cursor.iteration == 19)
    #expect(session.state.play == .paused)
    #expect(session.state.target == 19)
  }

  @Test func spaceReplaysFromTheCursorThenPauses() {
    var session = Session()
    session.press("0")
    #expect(session.state.cursor.iteration == 0)
    session.press(" ")
    #expect(session.state.play == .playing)
    session.wait(1)
    #expect((3...6).contains(session.state.cursor.iteration))
    session.press(" ")
    #expect(session.state.play == .paused)
  }

  @Test func atTheTargetSpaceSaysWhatWouldWork() {
    var session = Session()
    session.press(" ")
    #expect(session.state.message?.kind == .error)
    #expect(session.state.message?.text.contains("e extends") == true)
  }

  @Test func aCountBeforeRIsTheSeed() {
    var session = Session()
    session.press("42r")
    #expect(
      session.effects == [
        .submit(.begin(RunNumber(2), .text(ScriptedRun.prompt), .seed(42)))
      ])
    session.settle()
    #expect(session.state.edge <= 1 && session.state.start == .seed(42))
  }

  @Test func whatWasOverriddenInReadingIsSaidWhenTheModelOpens() {
    var session = Session()
    let model = ModelSummary(
      name: "m", defaultIterations: 16, parameters: 1, width: 8, vocabularySize: 256,
      maximumTokens: 256, notes: ["rope_base is 3", "another"])
    _ = update(&session.state, .compute(.opened(model, ScriptedRun.vocabulary)))
    #expect(session.state.message?.text == "rope_base is 3; another")
  }

  @Test func aModelWithOneStartHasNoOther() {
    var session = Session()
    session.state.model = ModelSummary(
      name: "looped", defaultIterations: 16, parameters: 1, width: 8, vocabularySize: 256,
      maximumTokens: 256, trainedDepth: 16, hasFixedStart: true)
    for key in ["r", "z"] {
      session.press(key)
      #expect(session.state.message?.kind == .error)
      #expect(session.state.message?.text.contains("starts from its prompt") == true)
      #expect(session.effects.isEmpty && session.state.start == .seed(7))
    }
    session.press("e")
    #expect(session.state.message?.text.contains("trained to r = 16") == true)
    session.wait(60)
    #expect(session.state.edge == 24)
    #expect(session.state.message?.text.contains("trained to r = 16") == true)
  }

  /// A run that is not looked at any more takes what was still on its way to it.
  @Test func answersToAnotherRunAreItsOwn() {
    var session = Session(iterations: 4)
    let old = session.node
    let asked = session.state.run
    session.press("r")
    session.settle()
    session.wait(60)
    let tokens = ScriptedRun.tokens(ScriptedRun.prompt)
    session.send(
      .compute(
        .stepped(
          old, ScriptedRun.step(5, tokens: tokens),
          distanceToLast: ScriptedRun.distances(tokens.count, to: 5), places: nil)))
    #expect(session.state.edge == 4 && session.node != old)
    #expect(session.state.runs[old]?.trajectory.lastIteration == 5)
    session.send(.compute(.failed(.beginning(asked), message: "late")))
    #expect(session.state.failure == nil)
  }

  @Test func askingSomethingElse() {
    var session = Session()
    session.press("/")
    session.press(.control("u"))
    session.press("7+8?")
    #expect(session.screen.row(23).hasPrefix("prompt> 7+8?"))
    session.press(.enter)
    #expect(session.effects == [.submit(.begin(RunNumber(2), .text("7+8?"), .seed(7)))])
    session.settle()
    #expect(session.state.cursor.token == 4)
    session.press("/")
    session.press(.up)
    session.press(.escape)
    #expect(session.state.prompt == .text("7+8?"))
  }

  @Test func aFailedRunSaysWhyAndTheOldOneStays() {
    var session = Session()
    session.press("/9")
    session.press(.enter)
    session.send(
      .compute(.failed(.beginning(session.state.run), message: "the prompt is too long")))
    #expect(session.state.prompt == .text(ScriptedRun.prompt))
    #expect(session.state.failure == "the prompt is too long")
    #expect(session.screen.text.contains("the prompt is too long"))
    // It stays, whatever is pressed, until it is sent away; and it was said.
    session.press("hk")
    session.press(.tab)
    #expect(session.screen.text.contains("the prompt is too long"))
    #expect(session.state.cursor.iteration == 15)
    session.press("l")
    session.press(.escape)
    #expect(!session.screen.text.contains("the prompt is too long"))
    #expect(session.state.edge == 16)
    #expect(session.state.play == .paused)
  }

  @Test func theBasisIsFittedOnTheIterationsAskedFor() throws {
    var session = Session()
    session.press("4P")
    let key = try #require(session.key)
    let edge = session.state.edge
    #expect(
      session.effects
        == [.submit(.project(key, ProjectionFit(token: nil, iterations: 4...edge), upTo: [edge]))]
    )
    session.press(":refit 3-9")
    session.press(.enter)
    #expect(
      session.effects == [
        .submit(.project(key, ProjectionFit(token: nil, iterations: 3...9), upTo: [edge]))
      ])
    for wrong in ["9-3", "3-999", "x-4", "1-2-3", "5-5"] {
      session.press(":refit \(wrong)")
      session.press(.enter)
      #expect(session.effects.isEmpty && session.state.message?.kind == .error, "\(wrong)")
    }
  }

  @Test func controlCStopsFirstAndQuitsThen() {
    var session = Session(runToTarget: false)
    session.state.isStepping = true
    session.press(.control("c"))
    #expect(session.effects == [.cancel])
    #expect(session.state.play == .paused)
    session.press(.control("c"))
    #expect(session.effects == [.quit(130)])
  }

  @Test func flipsAreVisitedInTurn() throws {
    var session = Session()
    let flips = try #require(session.state.trajectory).flips(token: 16)
    #expect(flips.count > 1)
    session.press("0n")
    #expect(session.state.cursor.iteration == flips[0])
    session.press("n")
    #expect(session.state.cursor.iteration == flips[1])
    session.press("N")
    #expect(session.state.cursor.iteration == flips[0])
    session.press("N")
    #expect(session.state.message?.kind == .error)
  }

  @Test func commandsByName() {
    var session = Session()
    session.press(":ext")
    session.press(.tab)
    session.press("4")
    #expect(session.screen.text.contains("Think longer"))
    session.press(.enter)
    #expect(session.state.target == 20)
    session.press(":goto 3:2")
    session.press(.enter)
    #expect(session.state.cursor == Address(token: 3, iteration: 2))
    session.press(":nonsense")
    session.press(.enter)
    #expect(session.state.message?.text.contains("no command nonsense") == true)
  }

  @Test func aKeyThatMeansNothingSaysSo() {
    var session = Session()
    session.press("Q")
    #expect(session.state.message?.text.contains("? lists the keys") == true)
  }

  @Test func clicksPickCellsAndTheWheelSteps() throws {
    var session = Session()
    let heat = try #require(Layout(session.state).place(.heat)).inner(session.state)
    let branch = try #require(session.state.branch)
    let map = try #require(HeatMap(session.state, branch, heat))
    let cell = map.grid.cell(Address(token: 5, iteration: 3))
    let at = Point(x: cell.x, y: cell.y)
    session.send(.mouse(MouseEvent(action: .press, at: at)))
    #expect(session.state.cursor == Address(token: 5, iteration: 3))
    session.send(.mouse(MouseEvent(action: .wheelUp, at: Point(x: 60, y: 22))))
    #expect(session.state.cursor.iteration == 2)
  }

  @Test func lastFlipIsOneKeyAway() throws {
    var session = Session()
    let last = try #require(session.state.flips.last)
    session.press("0F")
    #expect(session.state.cursor.iteration == last)
    #expect(session.screen.text.contains("stable since r \(last)"))
    session.press("h")
    #expect(session.screen.text.contains("not yet final: the last flip is at r \(last)"))
  }

  @Test func aDragStaysWithTheBarItBeganOn() {
    var session = Session()
    session.send(.mouse(MouseEvent(action: .press, at: Point(x: 1, y: 22))))
    #expect(session.state.cursor.iteration == 0)
    session.send(.mouse(MouseEvent(action: .drag, at: Point(x: 71, y: 5))))
    #expect(session.state.cursor.iteration == 16)
  }

  @Test func aModelThatNeverOpensEndsInFailure() {
    var state = ExplorerState(prompt: .text("2+2?"), start: .zero)
    _ = update(&state, .compute(.failed(nil, message: "The file is damaged.")))
    let text = render(state).text
    #expect(text.contains("The model could not be opened"))
    #expect(text.contains("The file is damaged.") && text.contains("q quits"))
    #expect(update(&state, .key(.character("q"))) == [.quit(1)])
  }

  @Test func theInterruptSignalStopsFirstAndQuitsThen() {
    var session = Session(runToTarget: false)
    session.state.isStepping = true
    session.press("/")
    session.send(.interrupt)
    #expect(session.effects == [.cancel] && session.state.mode == .normal)
    session.send(.interrupt)
    #expect(session.effects == [.quit(130)])
  }

  @Test func everyKeyBelongsToOneCommand() {
    let keys = Command.all.filter { $0.only == nil }.flatMap(\.keys)
    #expect(Set(keys).count == keys.count)
    #expect(Set(Command.all.map(\.name)).count == Command.all.count)
    for command in Command.all {
      #expect(command.doc.hasSuffix(".") || command.doc.hasSuffix("`."))
    }
  }

  @Test func noKeyCrashesOrIsSilent() {
    for command in Command.all {
      var empty = ExplorerState(prompt: .text("x"), start: .zero)
      expectAnswer(command, &empty, nil)
      var session = Session(iterations: 3)
      expectAnswer(command, &session.state, "9999999")
      let screen = render(session.state)
      #expect(screen.cells.count == 80 * 24)
    }
  }

  /// A key does something, or a word says why not.
  private func expectAnswer(
    _ command: Command, _ state: inout ExplorerState, _ text: String?
  ) {
    let before = state
    let effects = command.run(&state, text)
    let isSame =
      state.cursor == before.cursor && state.mode == before.mode && state.message == before.message
      && state.play == before.play && state.metricIndex == before.metricIndex
      && state.target == before.target && render(state).cells == render(before).cells
    // Nothing is drawn yet where these two could be seen, or the last iteration is in view.
    let isUnseen = ["zoom", "cells", "last"].contains(command.name)
    #expect(!effects.isEmpty || !isSame || isUnseen, "\(command.name)")
  }
}
