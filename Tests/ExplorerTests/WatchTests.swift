import Glibc
import Testing

@testable import Explorer

/// The screen that watches training, fed with a scripted run.
@Suite struct WatchTests {
  static let facts = TrainingFacts(
    name: "demo", folder: "out",
    stages: [
      .init(name: "look up", steps: 800), .init(name: "folds", steps: 5_200),
      .init(name: "everything", steps: 14_000),
    ],
    units: ["arith": "operators", "parity": "bits", "swap": "swaps"], prompt: "3+4-2+9?",
    answer: "4")

  /// A run so many steps in: a loss that falls by factors, an accuracy that needs iterations.
  static func state(
    steps: Int = 2_400, size: Size = Size(width: 80, height: 24),
    capabilities: Capabilities = .full
  ) -> WatchState {
    var state = WatchState(facts: facts, capabilities: capabilities, theme: .dark)
    state.size = size
    for step in stride(from: 10, through: steps, by: 10) {
      let wave = 1 + 0.1 * sin(Double(step))
      let share = min(1, Double(step) / 2_000)
      let limits = ["arith": 2 + step / 600, "parity": 3 + step / 400]
      let accuracy =
        step % 200 == 0
        ? TrainingAccuracy(
          readouts: [1, 4, 16, 64],
          shares: [
            "arith": [0.1, 0.3 * share, 0.9 * share, 0.9 * share],
            "parity": [0.5, 0.5, 0.5 + 0.5 * share, 0.5 + 0.5 * share],
          ], problems: 16, limits: limits) : nil
      send(
        .record(
          TrainingRecord(
            step: step, loss: wave * 2.5 * exp(-Double(step) / 700),
            limits: limits, accuracy: accuracy)),
        to: &state)
    }
    send(
      .step(
        TrainingStep(
          step: steps + 4, stage: 1, loss: 0.1, iterations: 9, tokensPerSecond: 15_240,
          secondsLeft: 3_912)), to: &state)
    send(.saved(step: 2_000), to: &state)
    send(.looked(paths(steps)), to: &state)
    return state
  }

  static func paths(_ steps: Int) -> TrainingPaths {
    let looks = [300, 600, 1_200, steps]
    return TrainingPaths(
      paths: looks.enumerated().map { index, step in
        let reach = Double(index + 1) / 4
        return TrainingPaths.Path(
          step: step,
          points: (0...32).map { iteration in
            let part = exp(-Double(iteration) / 4)
            return [
              Float(3 * reach * (1 - part) * cos(Double(iteration) / 5)),
              Float(2 * reach * (1 - part) * sin(Double(iteration) / 5) + part),
            ]
          },
          readings: (0...32).map { iteration in
            .init(
              text: iteration * (index + 1) >= 32 ? "4" : "\(iteration % 10)",
              probability: min(0.99, 0.1 + 0.02 * Double(iteration * (index + 1))))
          })
      }, fittedAt: 1_210, explainedShare: 0.83)
  }

  @discardableResult
  static func send(_ event: TrainingEvent, to state: inout WatchState) -> [WatchEffect] {
    update(&state, .training(event))
  }

  private func press(_ key: Key, _ state: inout WatchState) -> [WatchEffect] {
    update(&state, .key(key))
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60), (50, 20), (40, 10), (19, 5)])
  func wholeScreen(width: Int, height: Int) {
    let state = Self.state(size: Size(width: width, height: height))
    expectSnapshot(render(state).text, "watch-\(width)x\(height)")
  }

  @Test func inASCII() {
    let state = Self.state(size: Size(width: 80, height: 24), capabilities: .plain)
    let text = render(state).text
    #expect(text.unicodeScalars.allSatisfy { $0.isASCII })
    expectSnapshot(text, "watch-ascii-80x24")
  }

  @Test func atTheVeryBeginning() {
    var state = WatchState(facts: Self.facts, capabilities: .full, theme: .dark)
    #expect(render(state).text.contains("starting"))
    Self.send(
      .step(
        TrainingStep(
          step: 1, stage: 0, loss: 5.5, iterations: 3, tokensPerSecond: 9_000,
          secondsLeft: .infinity)), to: &state)
    let text = render(state).text
    #expect(text.contains("1/20000") && text.contains("training"))
  }

  @Test func helpListsEveryKey() {
    var state = Self.state(size: Size(width: 100, height: 40))
    _ = press(.character("?"), &state)
    let text = render(state).text
    for command in WatchCommand.all { #expect(text.contains(command.doc), "\(command.title)") }
    expectSnapshot(text, "watch-help-100x40")
    #expect(press(.character("q"), &state) == [], "it closes the help, nothing else")
    #expect(state.phase == .running)
  }

  /// A key that the explorer has too means the same there.
  @Test func itsKeysAgreeWithTheExplorer() throws {
    let same = [
      "pause": "play", "refit": "refit", "glyphs": "glyphs", "theme": "theme", "paint": "redraw",
      "suspend": "suspend", "help": "help", "stop": "quit", "interrupt": "cancel",
    ]
    for command in WatchCommand.all {
      for key in command.keys {
        let there = Command.all.first { $0.keys.contains(key) && $0.only == nil }
        guard let there else { continue }
        // The explorer's F1 is the page about the pane, which is help too.
        if key == .function(1) { continue }
        #expect(same[command.title] == there.name, "\(command.title): \(there.name)")
      }
    }
  }

  @Test func pausesAndGoesOn() {
    var state = Self.state()
    #expect(press(.character(" "), &state) == [.pause(true)])
    #expect(render(state).text.contains("pausing"))
    Self.send(.paused(true), to: &state)
    #expect(render(state).text.contains("paused"))
    #expect(press(.character(" "), &state) == [.pause(false)])
    Self.send(.paused(false), to: &state)
    #expect(state.phase == .running)
  }

  @Test func stopsSavesAndLeaves() {
    var state = Self.state()
    #expect(press(.character("q"), &state) == [.stop])
    #expect(render(state).text.contains("stopping, saving"))
    #expect(press(.character("q"), &state) == [.stop], "it does not leave before it is saved")
    #expect(Self.send(.ended(.stopped), to: &state) == [.leave])
    #expect(state.signal == nil)
  }

  @Test func aRunThatIsDoneStaysUntilItIsLeft() {
    var state = Self.state()
    #expect(Self.send(.ended(.finished), to: &state) == [])
    #expect(render(state).text.contains("finished, q leaves"))
    #expect(press(.character("q"), &state) == [.leave])
    var failed = Self.state()
    #expect(Self.send(.ended(.failed), to: &failed) == [.leave], "the error is for the shell")
  }

  @Test func theSecondInterruptDoesNotWait() {
    var state = Self.state()
    #expect(press(.control("c"), &state) == [.stop])
    #expect(state.signal == SIGINT)
    #expect(press(.control("c"), &state) == [.stop, .leave])
    var other = Self.state()
    #expect(update(&other, .signal(SIGTERM)) == [.stop])
    #expect(Self.send(.ended(.stopped), to: &other) == [.leave])
    #expect(other.signal == SIGTERM)
  }

  @Test func keysThatMeanNothingSaySo() {
    var state = Self.state()
    #expect(press(.character("x"), &state) == [])
    #expect(render(state).text.contains("x does nothing here"))
    #expect(press(.character("P"), &state) == [.fit])
    let scale = state.shownLossScale
    _ = press(.character("X"), &state)
    #expect(state.shownLossScale != scale)
  }

  /// Shares stand beside the limit they were measured at, not the one reached since.
  @Test func anOldMeasurementKeepsItsLimit() {
    var state = Self.state()
    let measured = state.accuracy?.limits
    #expect(measured == ["arith": 6, "parity": 9])
    Self.send(
      .record(TrainingRecord(step: 2_410, loss: 0.1, limits: ["arith": 8, "parity": 9])),
      to: &state)
    #expect(state.accuracy?.limits == measured && state.accuracyStep == 2_400)
    let screen = render(state)
    let rows = (0..<screen.size.height).map { screen.row($0) }
    #expect(rows.contains { $0.contains("arith") && $0.contains("6→8") }, "\(rows)")
    #expect(rows.contains { $0.contains("parity") && $0.contains(" 9 ") && !$0.contains("→9") })
  }

  /// Every size draws something that fits.
  @Test func everySize() {
    var states = [
      Self.state(), Self.state(capabilities: .plain),
      WatchState(facts: Self.facts, capabilities: .full, theme: .mono), Self.state(),
    ]
    states[3].isHelpShown = true
    // Numbers that are none, and more tasks than rows.
    Self.send(
      .record(
        TrainingRecord(
          step: 2_410, loss: .nan,
          limits: Dictionary(uniqueKeysWithValues: (0..<30).map { ("task-\($0)", $0) }),
          accuracy: TrainingAccuracy(
            readouts: [1], shares: ["task-1": [.nan], "task-2": []], problems: 0,
            limits: ["task-1": 4]))),
      to: &states[1])
    Self.send(
      .looked(
        TrainingPaths(
          paths: [.init(step: 1, points: [[.nan, 1]], readings: [])], fittedAt: 1,
          explainedShare: 0)), to: &states[1])
    for width in SizeSweepTests.widths {
      for height in SizeSweepTests.heights {
        for index in states.indices {
          states[index].size = Size(width: width, height: height)
          let screen = render(states[index])
          for y in 0..<screen.size.height {
            #expect(Printable.width(screen.row(y)) == width, "row \(y) of \(width)x\(height)")
          }
        }
      }
    }
  }

  @Test func theChannelCarriesWishes() {
    let channel = TrainingChannel()
    #expect(!channel.waitForLeave(fit: {}))
    channel.fit()
    var fits = 0
    #expect(!channel.waitForLeave(fit: { fits += 1 }))
    #expect(!channel.waitForLeave(fit: { fits += 1 }))
    #expect(fits == 1)
    // Paused when it ends: the wait is over.
    channel.pause(true)
    channel.stop()
    #expect(channel.waitForLeave(fit: {}))
    channel.post(.saved(step: 1))
    channel.post(.step(step(1)))
    channel.post(.step(step(2)))
    #expect(channel.takeEvents() == [.saved(step: 1), .step(step(2))], "only the newest step")
    #expect(channel.takeEvents().isEmpty)
  }

  private func step(_ step: Int) -> TrainingStep {
    TrainingStep(
      step: step, stage: 0, loss: 1, iterations: 1, tokensPerSecond: 1, secondsLeft: 1)
  }
}
