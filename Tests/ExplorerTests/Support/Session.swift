import LatentModels
import Tensors
import Testing
import Trajectories

@testable import Explorer

/// A session with the scripted run: presses keys, answers requests, looks at the screen.
struct Session {
  var state: ExplorerState
  private(set) var effects: [Effect] = []
  /// What it asked to be remembered.
  private(set) var remembered: [Effect] = []
  let service: ScriptedCompute

  init(
    width: Int = 80, height: Int = 24, capabilities: Capabilities = .full, theme: Theme = .dark,
    prompt: String = ScriptedRun.prompt, iterations: Int? = nil, runToTarget: Bool = true,
    isLong: Bool = false
  ) {
    service = ScriptedCompute(isLong: isLong)
    state = ExplorerState(
      prompt: .text(prompt), start: .seed(7), iterations: iterations, capabilities: capabilities,
      theme: theme)
    state.size = Size(width: width, height: height)
    settle()
    if runToTarget { wait(100) }
    state.message = nil
    state.messages = MessageLog()
  }

  /// Sends an event and carries its effects out; keeps what it asked for.
  mutating func send(_ event: ExplorerEvent) {
    effects = []
    remembered = []
    sendOn(event)
  }

  private mutating func sendOn(_ event: ExplorerEvent) {
    for effect in update(&state, event) {
      if case .remember = effect { remembered.append(effect) } else { effects.append(effect) }
      if case .submit(let request) = effect { service.submit(request) }
    }
  }

  /// Takes in everything the compute side has to say.
  mutating func settle() {
    for _ in 0..<1000 {
      let events = service.takeEvents()
      if events.isEmpty { return }
      for event in events { sendOn(.compute(event)) }
    }
  }

  /// Lets time pass, in steps of a frame.
  mutating func wait(_ seconds: Double) {
    let end = state.now + seconds
    while state.now < end {
      sendOn(.tick(now: state.now + 0.05))
      settle()
      if !state.isPlaying, state.stepGoal == nil { state.now = end }
    }
  }

  /// Presses keys: each character is one.
  mutating func press(_ keys: String) {
    for character in keys { send(.key(.character(character))) }
  }

  mutating func press(_ key: Key) { send(.key(key)) }

  /// Types a command and takes in what it leads to.
  mutating func type(_ command: String) {
    press(":" + command)
    send(.key(.enter))
    settle()
  }

  /// What the footer says.
  var said: String { state.message?.text ?? "" }

  var screen: Screen { render(state) }

  /// The run that is looked at; 0 where there is none.
  var node: NodeID { state.runs.tree.current ?? NodeID(0) }
  /// As the compute side knows it.
  var key: RunKey? { state.runKey }
}

extension ExplorerState {
  /// Puts a run in place of all there are.
  mutating func showOnly(_ trajectory: Trajectory, rules: [ExitRule] = []) throws {
    runs = Runs(rules: rules)
    try runs.add(
      PromptCause(
        text: trajectory.prompt, ids: trajectory.tokens.map(\.id), start: ScriptedRun.start(7)),
      trajectory)
  }
}
