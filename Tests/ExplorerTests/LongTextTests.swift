import Engine
import Exports
import RunFiles
import TestSupport
import Testing
import Trajectories

@testable import Explorer

/// Texts whose readouts take long: what needs none is seen first, what was not read says so, and nothing
/// that decides or leaves the program sees half of it.
@Suite struct LongTextTests {
  private static let prompt = String(repeating: "12+", count: 40)

  /// A session with its first iteration on its way.
  private func session(width: Int = 80, height: Int = 24) -> Session {
    Session(
      width: width, height: height, prompt: Self.prompt, iterations: 4, runToTarget: false,
      isLong: true)
  }

  private func reached(_ session: Session) throws -> ComputeEvent {
    let run = try #require(session.state.trajectory)
    let step = ScriptedRun.step(run.lastIteration + 1, tokens: run.tokens, seed: 7)
    return .reached(session.node, step.unread, places: nil)
  }

  /// The events of a session that has not begun, up to a run with s₀ alone.
  private func atTheStart(width: Int = 80, height: Int = 24) throws -> Session {
    var session = session(width: width, height: height)
    session.press("/")
    session.press(Self.prompt + "3")
    session.send(.key(.enter))
    for event in session.service.takeEvents() { session.send(.compute(event)) }
    #expect(session.state.edge == 0 && session.state.isStepping)
    return session
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60)])
  func anIterationIsSeenBeforeItIsRead(width: Int, height: Int) throws {
    var session = try atTheStart(width: width, height: height)
    let before = session.state
    #expect(session.screen.text.contains("not read yet"))
    session.send(.compute(try reached(session)))
    let text = session.screen.text
    expectSnapshot(text, "reached-\(width)x\(height)")
    #expect(!text.contains("diverged") && !text.contains("╳"))
    // It is drawn, and no part of the run.
    #expect(session.state.edge == 0 && session.state.cursor == before.cursor)
    #expect(session.state.drawn.edge == 1 && session.state.drawn.cursor.iteration == 1)
    let top = [Candidate(id: 1, text: "@", probability: 1)]
    let reading = Reading(entropy: 0, kl: nil, top: top)
    let token = session.state.cursor.token
    session.send(
      .compute(.glimpsed(session.node, iteration: 1, first: token, [reading])))
    #expect(session.screen.text.contains("@"))
    #expect(session.state.drawn.reading == reading)
    session.settle()
    #expect(session.state.reached == nil && session.state.edge == 1)
    #expect(session.screen == render(session.state.drawn))
  }

  @Test func whatDoesNotFitIsNotDrawn() throws {
    var session = try atTheStart()
    let run = try #require(session.state.trajectory)
    let later = ScriptedRun.step(3, tokens: run.tokens, seed: 7).unread
    session.send(.compute(.reached(session.node, later, places: nil)))
    #expect(session.state.reached == nil)
    session.send(.compute(try reached(session)))
    #expect(session.state.reached != nil)
    session.send(.compute(.cancelled(.run(session.node))))
    #expect(session.state.reached == nil && session.state.drawn.edge == 0)
  }

  /// s₀ is read when nothing else is to be done.
  @Test func theStartIsReadAtRest() throws {
    var session = session()
    #expect(session.state.trajectory?.isStartRead == false)
    session.settle()
    session.wait(0.2)
    #expect(session.state.isPlaying && session.state.startReading.asked == nil)
    session.wait(60)
    let run = try #require(session.state.trajectory)
    #expect(run.lastIteration == 4 && run.isStartRead)
    let asked = session.service.requests.filter { if case .readStart = $0 { true } else { false } }
    #expect(asked.count == 1)
    let usual = Session(prompt: Self.prompt, iterations: 4)
    #expect(run.steps[0].readings == usual.state.trajectory?.steps[0].readings)
  }

  /// It gives way to whatever is done, and comes later.
  @Test func theStartGivesWay() throws {
    var session = session()
    session.wait(60)
    let whole = try #require(session.state.trajectory)
    let node = session.node
    let unread = Trajectory(
      prompt: whole.prompt, tokens: whole.tokens, start: whole.start,
      initial: whole.steps[0].unread)
    session.state.runs.extend(node) { run in
      run = unread
      for step in whole.steps.dropFirst() { run.append(step) }
      if let arrival = whole.arrival { run.measured(arrival) }
    }
    session.press("j")
    #expect(session.state.startReading.asked == node)
    #expect(session.effects.contains { $0 == .submit(.readStart(session.key!)) })
    _ = session.service.takeEvents()
    session.press("l")
    let place = session.effects.firstIndex(of: .drop(.start))
    let step = session.effects.firstIndex {
      if case .submit(.step) = $0 { true } else { false }
    }
    #expect(try #require(place) < #require(step))
    session.settle()
    session.wait(10)
    #expect(session.state.trajectory?.isStartRead == true)
    #expect(session.state.edge == 5)
  }

  /// A condition may look at s₀: it is there before the iteration at which the condition is asked.
  @Test func conditionsSeeTheStart() throws {
    var session = try atTheStart()
    session.press("B")
    session.press("entropy jumps 3")
    session.send(.key(.enter))
    #expect(session.state.breaking.points.count == 1)
    #expect(session.state.startReading.asked == session.node)
    #expect(session.effects.contains { $0 == .submit(.readStart(session.key!)) })
  }

  /// Nothing is asked for twice that cannot be done.
  @Test func whatCannotBeReadStaysUnread() throws {
    var session = session()
    session.state.isPlaying = false
    session.settle()
    session.send(.compute(.failed(.start, message: "no")))
    session.press("j")
    #expect(session.state.failure == "no")
  }
}

/// The same of the compute thread, with a threshold that every text passes.
@Suite(.hangingIsTold) struct LongTextComputeTests {
  private func service(_ longReadout: Int?) -> ComputeThread {
    ComputeThread(candidates: 4, longReadout: longReadout) { _ in
      try ComputeThreadTests.embedded()
    }
  }

  /// Does lines of a log, and then the same acts at rest.
  private func replay(_ longReadout: Int?, _ lines: String) throws -> Replay {
    let log = try SessionLog(
      parsing: "muninn-log 1 size 100x30\nbegin \"3+4-2+9-5?\" r 6 seed 7\n" + lines)
    var replay = Replay(log, service: service(longReadout), gallery: [])
    try replay.run(log)
    return replay
  }

  /// Whatever is put off, a session comes to the same at rest, and stops at the same places.
  @Test(arguments: [
    "", "extend 4\n", "break entropy jumps 1.2\nextend 20\n", "until entropy jumps 1.01\n",
    "seed 3\nuntil argmax stable 3\nappend\n", "goto 0\nmetric norm\ngoto 9:2\nzoom\n",
    "compare 1\n", "goto 3\nfind entropy jumps 1.1\nprevious-flip\n",
  ])
  func sessionsComeToTheSame(lines: String) throws {
    let (usual, patient) = (try replay(nil, lines), try replay(1, lines))
    let (a, b) = (usual.state, patient.state)
    #expect(a.cursor == b.cursor && a.edge == b.edge && a.runs.tree.count == b.runs.tree.count)
    let (run, other) = (try #require(a.trajectory), try #require(b.trajectory))
    #expect(other.isStartRead && run.steps.map(\.readings) == other.steps.map(\.readings))
    #expect(run.steps.map(\.measures) == other.steps.map(\.measures))
    #expect(render(a).text == render(b).text)
  }

  /// A file that is asked for has all numbers; one that nobody waits for says what was not read.
  @Test(arguments: [true, false]) func filesSayWhatWasRead(isQuiet: Bool) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("a.muninn")
    let base = ComputeThreadTests()
    let service = service(1)
    defer { service.shutDown() }
    service.submit(.begin(RunNumber(1), .text("3+4?"), .seed(7)))
    service.submit(.step(base.key("3+4?", ComputeThreadTests.seed7), to: 1))
    var state = ExplorerState(prompt: .text("3+4?"), start: .seed(7), iterations: 1)
    state.run = RunNumber(1)
    let events = base.events(of: service) { if case .stepped = $0 { true } else { false } }
    for event in events {
      if case .opened(let model, let vocabulary) = event {
        (state.model, state.vocabulary) = (model, vocabulary)
      } else {
        _ = receive(event, &state)
      }
    }
    #expect(state.trajectory?.isStartRead == false && state.edge == 1)
    for case .submit(let request) in Saving.save(to: path, isQuiet: isQuiet, state) {
      service.submit(request)
    }
    let answers = base.events(of: service) { if case .saved = $0 { true } else { false } }
    #expect(answers.contains { if case .saved = $0 { true } else { false } })
    let run = try #require(try RunFile.open(path).trajectories.values.first)
    #expect(run.isStartRead == !isQuiet && run.divergence == nil)
    #expect(run.steps[1].readings.count == 5 && run.steps[1].isRead)
  }

  /// A thread for which every readout is long, asked for a run and its first iteration.
  private func oneStep(_ base: ComputeThreadTests) -> (ComputeThread, RunKey) {
    let service = service(1)
    service.submit(.begin(RunNumber(1), .text("3+4?"), .seed(7)))
    let key = base.key("3+4?", ComputeThreadTests.seed7)
    service.submit(.step(key, to: 1))
    return (service, key)
  }

  @Test func whatIsKnownWhenIsTold() throws {
    let base = ComputeThreadTests()
    let (service, key) = oneStep(base)
    defer { service.shutDown() }
    service.submit(.readStart(key))
    let all = base.events(of: service) { if case .startRead = $0 { true } else { false } }
    let names = all.compactMap { event -> String? in
      switch event {
      case .began(_, _, let run): run.isStartRead ? "began, read" : "began"
      case .reached(_, let step, _): step.isRead ? "reached, read" : "reached"
      case .stepped(_, let step, _, _): step.isRead ? "stepped" : "stepped, unread"
      case .startRead(_, let readings): readings.contains { $0.isUnread } ? "unread" : "start"
      default: nil
      }
    }
    #expect(names == ["began", "reached", "stepped", "start"])
  }

  /// Exports have all numbers, whatever the screen has read so far.
  @Test func whatLeavesTheProgramIsWhole() throws {
    let base = ComputeThreadTests()
    let (service, key) = oneStep(base)
    defer { service.shutDown() }
    service.submit(.arrive(key, upTo: [1]))
    var run: Trajectory?
    _ = base.events(of: service) { event in
      if case .began(_, _, let begun) = event { run = begun }
      if case .stepped(_, let step, _, _) = event { run?.append(step) }
      if case .arrived(_, let arrivals) = event { arrivals.first.map { run?.measured($0) } }
      return run?.arrival != nil
    }
    let trajectory = try #require(run)
    #expect(!trajectory.isStartRead && trajectory.arrival?.hasStart == false)
    let source = ExportSource(
      [.init(number: 1, words: "3+4?", lineage: key.lineage, trajectory: trajectory)], current: 1)
    service.submit(
      .export(
        ExportQuestion(
          number: 1, exporter: .csv, source: source, path: "x", replaces: false)))
    let all = base.events(of: service) { if case .exported = $0 { true } else { false } }
    guard case .exported(_, let runs)? = all.last else {
      Issue.record("nothing came")
      return
    }
    let found = try #require(runs.runs.first?.trajectory)
    #expect(found.isStartRead && found.arrival?.hasStart == true)
    #expect(found.steps[1].readings == trajectory.steps[1].readings)
  }
}
