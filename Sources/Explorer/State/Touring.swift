import Trajectories

/// A tour that is given: how far it is, and what it tells. Its acts are done one after another, each when all
/// that the one before asked for is there, up to the next place where a person goes on.
struct Touring: Sendable {
  let tour: Tour
  /// The line whose turn it is.
  private(set) var next = 0
  /// The line that the step in view begins with.
  private var first = 0
  /// Steps told so far, this one too.
  private(set) var step = 0
  /// What is told.
  private(set) var words = ""
  /// Acts are being done.
  private(set) var isGoing = true
  /// A person took over in the middle of a step, which is given again from its beginning.
  private(set) var isInterrupted = false
  /// What is otherwise than the tour says.
  private(set) var trouble: String?
  /// A person does not want to wait: time flows as fast as it can.
  private(set) var isHurried = true
  /// Where the step before left the session.
  private var place: TourPlace?
  /// When the line after a pause has its turn.
  private var due: Double?
  /// Its own run is still on its way.
  private(set) var isBeginning = true
  /// What the tour changes of how the screen is driven, as it was.
  private let before: Before

  private struct Before: Sendable {
    let speedIndex: Int
    let presenting: Presenting?
    let isLooping: Bool
    let showsAll: Bool
    let metricIndex: Int
  }

  private init(_ tour: Tour, _ state: ExplorerState) {
    self.tour = tour
    before = Before(
      speedIndex: state.speedIndex, presenting: state.presenting, isLooping: state.isLooping,
      showsAll: state.planeShowsAll, metricIndex: state.metricIndex)
  }

  private var lines: [LogLine] { tour.log.lines }
  /// How far its own run goes.
  func usualTarget(_ state: ExplorerState) -> Int {
    tour.log.iterations ?? state.model?.defaultIterations ?? 1
  }
  /// What is shown is being got ready, and would tell too much.
  func hidesPanes(_ state: ExplorerState) -> Bool {
    isBeginning || isGoing && words.isEmpty && ExplorerState.speeds[state.speedIndex] == nil
  }
  /// Everything was told.
  var isDone: Bool { !isGoing && !isInterrupted && step >= tour.steps }

  /// What the key that goes on does.
  var nextTitle: String {
    isGoing ? "hurry" : isInterrupted ? "on with the tour" : isDone ? "end the tour" : "next"
  }

  /// What the strip says.
  func strip(_ glyphs: Glyphs) -> Strip {
    let press = isGoing ? glyphs.ellipsis : "space: \(nextTitle)"
    var text = words
    if isInterrupted {
      text = "You took over, and the session is yours. Space goes back to where the tour was."
    } else if let trouble {
      text += " (Not as told, since something was done before: \(trouble).)"
    }
    return Strip(
      kind: .tour,
      head: "\(tour.title)  \(max(1, step)) of \(tour.steps)  \(glyphs.dot)  \(press)", text: text)
  }
}

// MARK: What a person does

extension Touring {
  /// Begins a tour: its own run is asked for, and rests at its start.
  static func begin(_ tour: Tour, _ state: inout ExplorerState) -> [Effect] {
    end(&state)
    state.hint = nil
    Playback.pause(&state)
    state.zoom = nil
    state.touring = Touring(tour, state)
    // As a log's own run does, it goes to its end at once; nothing is told of it yet.
    state.isPlaying = true
    let effects = Asking.ask(tour.log.prompt ?? state.prompt, tour.log.start, &state)
    // A run that is there already does not begin again: the tour takes it on when it is at rest.
    if !state.isBeginning { state.isPlaying = false }
    state.message = nil
    return effects
  }

  /// Goes on to the next step, or hurries the one that is on its way.
  static func next(_ state: inout ExplorerState) -> [Effect] {
    guard var touring = state.touring else { return [] }
    if touring.isGoing {
      touring.isHurried = true
      touring.due = nil
      state.touring = touring
      if state.isPlaying { state.nextDue = state.now }
      return state.isPlaying ? [.wake(at: state.now)] : []
    }
    if touring.isBeginning { return begin(touring.tour, &state) }
    guard !touring.isDone else {
      let title = touring.tour.title
      end(&state)
      state.say("that was: \(title); T lists the others, and the session is yours")
      return []
    }
    Playback.pause(&state)
    if let place = touring.place, let problem = place.restore(&state) {
      state.complain("\(problem); :tour \(touring.tour.name) begins it anew")
      return []
    }
    if touring.isInterrupted {
      touring.next = touring.first
      touring.step -= touring.words.isEmpty ? 0 : 1
    }
    touring.first = touring.next
    (touring.isGoing, touring.isInterrupted, touring.isHurried) = (true, false, false)
    (touring.trouble, touring.words) = (nil, "")
    state.touring = touring
    return []
  }

  /// Leaves the session where it is; how fast time flows and what is shown is a person's own again.
  static func end(_ state: inout ExplorerState) {
    guard let touring = state.touring else { return }
    state.touring = nil
    (state.speedIndex, state.isLooping) = (touring.before.speedIndex, touring.before.isLooping)
    state.presenting = touring.before.presenting
    state.planeShowsAll = touring.before.showsAll
    state.metricIndex = min(touring.before.metricIndex, state.metrics.count - 1)
    Playback.pause(&state)
  }

  /// A person does something between two steps, or in the middle of one, which waits then.
  static func disturbed(by command: Command, _ state: inout ExplorerState) {
    guard state.touring?.isGoing == true, !harmless.contains(command.name) else { return }
    state.touring?.isGoing = false
    state.touring?.isInterrupted = true
    state.touring?.isHurried = false
  }

  /// What changes nothing that a tour goes on from.
  private static let harmless: Set = [
    "tour", "tour-next", "tour-end", "help", "messages", "dismiss", "command", "redraw", "suspend",
    "log", "theme", "glyphs", "present", "verdict", "speed", "slower", "faster", "quit",
  ]
}

// MARK: What the tour does

extension Touring {
  /// Does the line whose turn it is; nil where none has its turn now.
  static func goOn(_ state: inout ExplorerState) -> [Effect]? {
    guard var touring = state.touring, touring.isGoing, state.isAtRest, !state.isBeginning,
      state.trajectory != nil
    else { return nil }
    if let due = touring.due, state.now < due { return nil }
    touring.due = nil
    if touring.isBeginning {
      guard state.failure == nil else { return nil }
      guard state.edge >= touring.usualTarget(state) else {
        state.liveTarget = touring.usualTarget(state)
        return Playback.play(&state)
      }
      state.liveTarget = state.edge
      (touring.isBeginning, touring.isHurried) = (false, false)
      touring.place = TourPlace(state)
    }
    guard touring.lines.indices.contains(touring.next) else {
      rest(touring, &state)
      return nil
    }
    let line = touring.lines[touring.next]
    touring.next += 1
    state.touring = touring
    switch line {
    case .comment, .size, .when: return []
    case .tell(let words):
      state.touring?.tell(words)
      return []
    case .wait:
      rest(touring, &state)
      return nil
    case .pause(let seconds):
      guard !touring.isHurried else { return [] }
      let due = state.now + seconds
      state.touring?.due = due
      return [.wake(at: due)]
    case .expect(let expectation):
      if touring.trouble == nil {
        // Of the screen as it will be when the step is told.
        var seen = state
        if touring.words.isEmpty, touring.tour.narration.indices.contains(touring.step) {
          seen.touring?.words = touring.tour.narration[touring.step]
        }
        let failure = expectation.failure(seen)
        state.touring?.trouble = failure
      }
      return []
    case .invocation(let invocation):
      // What a person has open stays open.
      let mode = state.mode
      let effects = Command.named(invocation.command)?.run(&state, invocation.argument) ?? []
      state.mode = mode
      return effects
    }
  }

  private mutating func tell(_ text: String) {
    if words.isEmpty { step += 1 }
    words += (words.isEmpty ? "" : " ") + text
  }

  /// The step has been given: one looks, and goes on when one likes.
  private static func rest(_ touring: Touring, _ state: inout ExplorerState) {
    var touring = touring
    touring.isGoing = false
    touring.isHurried = false
    touring.place = TourPlace(state)
    state.message = nil
    state.touring = touring
  }
}

/// Where a tour left the session, so that it can go on from there whatever a person did meanwhile.
private struct TourPlace: Sendable, Hashable {
  let node: NodeID?
  let cursor: Address
  let zoom: PaneName?
  let focus: PaneName
  let metricIndex: Int
  let showsAll: Bool

  init(_ state: ExplorerState) {
    node = state.runs.tree.current
    cursor = state.cursor
    (zoom, focus) = (state.zoom, state.focus)
    metricIndex = state.metricIndex
    showsAll = state.planeShowsAll
  }

  /// Goes back there.
  /// - Returns: what stands in the way.
  func restore(_ state: inout ExplorerState) -> String? {
    if let node, node != state.runs.tree.current {
      guard state.runs.tree.contains(node), state.show(node) else {
        return "the run that this tour was at is gone"
      }
    }
    state.select(token: cursor.token)
    state.cursor.iteration = min(cursor.iteration, state.edge)
    (state.zoom, state.focus) = (zoom, focus)
    state.metricIndex = metricIndex
    state.planeShowsAll = showsAll
    return nil
  }
}
