import Checkpoints
import Engine
import TestSupport
import Testing
import Trajectories

@testable import Explorer
@testable import muninn

/// Every tour inside the program, given on the embedded model: what it tells is so.
@Suite(.hangingIsTold) struct TourTests {
  private static let sizes = [Size(width: 80, height: 24), Size(width: 120, height: 40)]
  private static let names = [
    "iteration", "harder", "starts", "stop", "words", "carries", "vote",
  ]

  private func service() throws -> ComputeThread {
    let model = try ModelOptions.parse(["--threads", "1"])
    let checkpoint = try model.openCheckpoint()
    return .opening(checkpoint, try model.plan(checkpoint), as: model)
  }

  private func tour(_ name: String) throws -> Tour { try #require(Tour.named(name)) }

  @Test func theyAreThereInOrder() {
    #expect(Tour.all.map(\.name) == Self.names)
    #expect(Tour.all.allSatisfy { !$0.title.isEmpty && !$0.about.isEmpty && $0.steps >= 6 })
    #expect(Tour.named("iter")?.name == "iteration" && Tour.named("") == nil)
    #expect(Tour.named("s") == nil && Tour.named("nonsense") == nil)
  }

  /// As a log like any other: a failing expectation fails.
  @Test(arguments: names, sizes) func whatItSaysIsSo(name: String, size: Size) throws {
    var log = try tour(name).log
    log.header.size = size
    let service = try service()
    defer { service.shutDown() }
    var replay = Replay(log, service: service, gallery: [])
    try replay.run(log)
    #expect(
      log.lines.contains { if case .expect = $0 { true } else { false } }, "it claims something")
  }

  /// `muninn tour NAME` begins with the tour's own run, which is on its way when the tour asks for it.
  @Test(arguments: names) func itBeginsOnItsOwnRun(name: String) throws {
    let tour = try tour(name)
    guard case .text(let prompt)? = tour.log.prompt else {
      Issue.record("\(name) has no prompt")
      return
    }
    let log = try SessionLog(parsing: "begin \"\(prompt)\" r 1\ntour \(name)\n")
    let service = try service()
    defer { service.shutDown() }
    var replay = Replay(log, service: service, gallery: [])
    try replay.run(log)
    let touring = try #require(replay.state.touring)
    #expect(touring.step == 1 && !touring.isGoing && !touring.words.isEmpty)
  }

  /// In the explorer, after something else was looked at: step by step, each told whole.
  @Test(arguments: names, sizes) func itIsGivenStepByStep(name: String, size: Size) throws {
    let tour = try tour(name)
    var log = try SessionLog(parsing: "begin \"7+9?\" r 5\n")
    log.header.size = size
    let service = try service()
    defer { service.shutDown() }
    var replay = Replay(log, service: service, gallery: [])
    try replay.run(log)
    let before = replay.state
    #expect(before.edge == 5)
    func act(_ line: String) throws {
      log.lines = [try LogLine(parsing: line)]
      try replay.run(log)
    }
    try act("tour \(name)")
    for step in 1...tour.steps {
      let state = replay.state
      let touring = try #require(state.touring, "step \(step)")
      #expect(touring.step == step && !touring.isGoing && touring.trouble == nil)
      #expect(touring.words == tour.narration[step - 1])
      #expect(StripView.isWhole(state), "step \(step) has no room")
      #expect(state.message == nil)
      let screen = render(state).text
      #expect(screen.contains("\(step) of \(tour.steps)") && screen.contains("space: "))
      try act("tour-next")
    }
    let state = replay.state
    #expect(state.touring == nil && state.presenting == nil && !state.isPlaying)
    #expect(state.speedIndex == before.speedIndex && state.metricIndex == before.metricIndex)
    // The run from before is where it was, and the session goes on.
    try act("show 1")
    #expect(replay.state.edge == 5 && replay.state.cursor == before.cursor)
    try act("extend 1")
    #expect(replay.state.edge == 6)
    let again = replay.state.sessionLog.text
    let other = try self.service()
    defer { other.shutDown() }
    let read = try SessionLog(parsing: again)
    var second = Replay(read, service: other, gallery: [])
    try second.run(read)
    #expect(render(second.state).text == render(replay.state).text)
  }

  /// Read aloud at three words a second, with the pauses and what is played: under five minutes.
  @Test(arguments: names) func itIsShort(name: String) throws {
    let tour = try tour(name)
    var seconds = Double(tour.narration.joined(separator: " ").split(separator: " ").count) / 3
    var speed = 4.0
    for line in tour.log.lines {
      switch line {
      case .pause(let pause): seconds += pause
      case .invocation(let act) where act.command == "speed":
        speed = act.argument.flatMap(Double.init) ?? 60
      case .invocation(let act) where ["play", "ask", "append", "seed"].contains(act.command):
        seconds += 12 / speed
      default: break
      }
    }
    #expect(seconds < 300 && seconds > 60, "\(name) takes \(seconds) s")
  }

  @Test(arguments: names) func itIsWellMade(name: String) throws {
    let tour = try tour(name)
    var isTold = false
    for line in tour.log.lines {
      switch line {
      case .tell: isTold = true
      case .wait:
        #expect(isTold, "one waits where nothing was told")
        isTold = false
      case .when, .size: Issue.record("\(line) has no place in a tour")
      default: break
      }
    }
    #expect(!isTold, "what is told last is waited for")
  }

  /// Whatever a person does in between, the tour goes back to its own run and on.
  @Test func somebodyDoesOtherThingsInBetween() throws {
    let log = try SessionLog(
      parsing: """
        begin "7+9?" r 5
        tour iteration
        tour-next
        tour-next
        expect r 1
        ask "1+1?"
        zoom plane
        metric entropy
        expect screen contains What is an iteration  3 of 9
        tour-next
        expect r 3
        expect screen contains 4 of 9
        expect screen lacks Not as told
        show 1
        tour-next
        expect r 4
        expect answer 5
        dismiss
        expect screen lacks of 9
        expect answer 5
        extend 2
        """)
    let service = try service()
    defer { service.shutDown() }
    var replay = Replay(log, service: service, gallery: [])
    try replay.run(log)
    #expect(replay.state.touring == nil && replay.state.zoom == nil)
  }

  @Test func theProgramTellsThem() throws {
    let list = try Program.run(["tour"])
    #expect(list.status == 0)
    for tour in Tour.all { #expect(list.out.contains("\(tour.name) ")) }
    let told = try Program.run(["tour", "iter"])
    #expect(told.status == 0, "\(told.error)")
    #expect(told.out.contains("What is an iteration") && told.out.contains("9 of 9  That is"))
    let wrong = try Program.run(["tour", "nonsense"])
    #expect(wrong.status != 0 && wrong.error.contains("iteration, harder"))
  }
}
