import LatentModels
import Trajectories

/// A place where a run stops by itself: when something becomes so of a token.
struct Breakpoint: Sendable, Hashable {
  let number: Int
  /// The token it is asked of.
  let token: Int
  let condition: Condition
  /// Where it stops, if it was named by an address.
  var place: Address?

  /// - Parameter passes: of an iteration of the model; nil where it has none.
  func words(_ passes: ModelFacts.Passes?) -> String {
    place?.described(passes) ?? "\(condition) (token \(token))"
  }
}

/// Conditions that are watched, gone on to and looked for.
struct Breaking: Sendable {
  private(set) var points: [Breakpoint] = []
  private var lastNumber = 0
  /// What the run goes on until, and the iteration at which it gives up.
  var until: (condition: Condition, token: Int, bound: Int, place: Address?)?
  /// What n and N look for; nil: where the likeliest token changes.
  var search: Condition?
  /// A piece of the text that they look for instead.
  var text: String?

  /// A run that is to go on until something is so gives up after this many iterations more.
  var patience = 1000

  /// Sets a breakpoint, unless it is there.
  mutating func add(_ stop: StopParameter.Stop, token: Int) -> Breakpoint {
    let token = stop.place?.token ?? token
    if let there = points.first(where: {
      $0.condition == stop.condition && $0.token == token && $0.place == stop.place
    }) {
      return there
    }
    lastNumber += 1
    let point = Breakpoint(
      number: lastNumber, token: token, condition: stop.condition, place: stop.place)
    points.append(point)
    return point
  }

  /// Takes breakpoints out; nil: all.
  /// - Returns: how many there were.
  mutating func remove(_ number: Int?) -> Int {
    let before = points.count
    points.removeAll { number == nil || $0.number == number }
    return before - points.count
  }

  /// What n and N look for, in words.
  var sought: String { search.map { "\"\($0)\"" } ?? "flip of this token" }
}

extension Breaking {
  /// Rests where a breakpoint holds, or what was run until.
  /// - Returns: whether it does.
  static func stop(_ state: inout ExplorerState) -> Bool {
    let iteration = state.cursor.iteration
    if let until = state.breaking.until,
      holds(until.condition, of: until.token, at: iteration, state)
    {
      rest(at: until.place, token: until.token, &state) {
        until.place == nil ? "\($0) is where \(until.condition)" : "\($0) is reached"
      }
      return true
    }
    guard let point = state.breaking.points.first(where: { isHit($0, at: iteration, state) })
    else { return false }
    rest(at: point.place, token: point.token, &state) {
      "break \(point.number) at \($0)" + (point.place == nil ? ": \(point.condition)" : "")
    }
    return true
  }

  /// Rests, looks at the place if there is one, and says where that is: without one, at a token of the
  /// iteration at the cursor.
  private static func rest(
    at place: Address?, token: Int, _ state: inout ExplorerState, saying text: (String) -> String
  ) {
    Playback.pause(&state)
    if let place { look(at: place, &state) }
    let here = Address(token: token, iteration: state.cursor.iteration)
    state.say(text(state.words(place ?? here)))
  }

  /// To the token of an address, and inside where it names a block; its iteration is at the cursor.
  private static func look(at place: Address, _ state: inout ExplorerState) {
    let iteration = state.cursor.iteration
    state.select(token: place.token)
    state.cursor.iteration = iteration
    if let block = place.block { state.lookInside(at: block) }
  }

  /// A run that is to go on until something is so goes on past its target.
  /// - Returns: nil when there is nothing to go on for.
  static func goOn(_ state: inout ExplorerState) -> [Effect]? {
    guard let until = state.breaking.until, state.isLive else { return nil }
    guard state.edge < until.bound else {
      Playback.pause(&state)
      state.complain(
        "not met up to r \(state.edge): \(until.place.map(state.words) ?? "\(until.condition)"); "
          + "U goes on for another try")
      return []
    }
    guard state.isAtEdge, !state.isBusy else { return [] }
    state.liveTarget = max(state.liveTarget, state.edge + 1)
    return Playback.requestStep(&state)
  }

  /// Runs until something is so of the token looked at, beginning behind the cursor.
  static func run(until stop: StopParameter.Stop, _ state: inout ExplorerState) -> [Effect] {
    if let place = stop.place { state.select(token: place.token) }
    let (condition, token) = (stop.condition, state.cursor.token)
    if let there = first(condition, of: token, state, isForward: true) {
      let effects = goTo(there, &state)
      if let place = stop.place {
        look(at: place, &state)
        state.say("\(state.words(place)) is there already")
      } else {
        let place = Address(token: token, iteration: there)
        state.say("\(state.words(place)) is where \(condition)")
      }
      return effects
    }
    state.standOnPassage()
    state.cursor.iteration = state.edge
    state.breaking.until = (
      condition, token, state.edge + state.breaking.patience, stop.place
    )
    return Playback.play(&state)
  }

  /// The next or the last iteration, seen from the cursor, at which a breakpoint would stop a run.
  static func place(_ state: ExplorerState, isForward: Bool) -> Int? {
    guard let range = range(state, isForward: isForward) else { return nil }
    let stops = { (iteration: Int) in
      state.breaking.points.contains { isHit($0, at: iteration, state) }
    }
    return isForward ? range.first(where: stops) : range.last(where: stops)
  }

  /// To the next or the last iteration where what is looked for is so of the token looked at.
  static func found(_ state: ExplorerState, isForward: Bool) -> Int? {
    guard let search = state.breaking.search else {
      return isForward
        ? state.flips.first { $0 > state.cursor.iteration }
        : state.flips.last { $0 < state.cursor.iteration }
    }
    return first(search, of: state.cursor.token, state, isForward: isForward)
  }

  private static func first(
    _ condition: Condition, of token: Int, _ state: ExplorerState, isForward: Bool
  ) -> Int? {
    guard let passage = state.passage, let range = range(state, isForward: isForward) else {
      return nil
    }
    return passage.trajectory.first(
      condition, token: token - passage.firstToken, in: range, backwards: !isForward)
  }

  /// The iterations there are behind the cursor, or before it; nil where there are none.
  private static func range(_ state: ExplorerState, isForward: Bool) -> ClosedRange<Int>? {
    let here = state.cursor.iteration
    if isForward { return here < state.edge ? here + 1...state.edge : nil }
    return here > 1 ? 1...here - 1 : nil
  }

  /// Where it becomes so: a condition that was so already at the iteration before stops nothing.
  private static func isHit(_ point: Breakpoint, at iteration: Int, _ state: ExplorerState) -> Bool
  {
    holds(point.condition, of: point.token, at: iteration, state)
      && (iteration < 2 || !holds(point.condition, of: point.token, at: iteration - 1, state))
  }

  private static func holds(
    _ condition: Condition, of token: Int, at iteration: Int, _ state: ExplorerState
  ) -> Bool {
    guard let passage = state.passage, passage.tokens.contains(token), iteration >= 1,
      iteration <= passage.trajectory.lastIteration
    else { return false }
    return condition.holds(
      of: token - passage.firstToken, in: passage.trajectory.instant(iteration))
  }
}
