import Trajectories

/// Playing, stepping and starting runs.
enum Playback {
  /// Lets time flow from now.
  static func play(_ state: inout ExplorerState) -> [Effect] {
    state.isPlaying = true
    state.stepGoal = nil
    state.nextDue = state.now + (state.speed.map { 1 / $0 } ?? 0)
    // The first iteration does not wait for its turn.
    return state.isAtEdge ? requestStep(&state) : advance(&state) + wake(state)
  }

  static func pause(_ state: inout ExplorerState) {
    state.isPlaying = false
    state.nextDue = nil
    state.stepGoal = nil
    state.breaking.until = nil
  }

  /// Moves on when the next iteration is due.
  static func advance(_ state: inout ExplorerState) -> [Effect] {
    guard state.isPlaying, let due = state.nextDue else { return [] }
    guard state.now >= due else { return [.wake(at: due)] }
    let period = state.speed.map { 1 / $0 } ?? 0
    if state.isAtEndOfLoop {
      state.cursor.iteration = 0
      state.nextDue = state.now + max(period, 1.0 / 60)
      return wake(state)
    }
    if !state.isAtEdge {
      state.cursor.iteration += 1
      if Breaking.stop(&state) { return [] }
      state.nextDue = max(due + period, state.now)
      // Iterations already kept, at full speed, are still seen one by one.
      if period == 0 { state.nextDue = state.now + 1.0 / 60 }
      return state.isAtEdge && state.edge >= state.target ? finish(&state) : wake(state)
    }
    if state.edge >= state.target { return finish(&state) }
    guard !state.isBusy else { return [] }
    state.nextDue = max(due + period, state.now)
    return requestStep(&state)
  }

  /// Asks for one more iteration, unless one is on its way.
  static func requestStep(_ state: inout ExplorerState) -> [Effect] {
    guard let key = state.runKey, !state.isBusy else { return [] }
    if ThoughtEnd.isReached(&state) {
      let message = state.message
      defer { state.message = message }
      return finish(&state)
    }
    guard state.edge < state.target else { return finish(&state) }
    // Together with others it is on its way already.
    guard state.together?.stepping.contains(key.node) != true else { return [] }
    state.isStepping = true
    state.steppingNode = key.node
    state.waiting.since = state.now
    return [
      .submit(
        .step(
          key, to: state.edge + 1, reading: HeatMap.livePositionsShown(state),
          measuring: Measuring.isLookedAt(state)))
    ]
  }

  /// The cursor goes `count` iterations on, computing what is not there yet.
  static func stepForward(_ state: inout ExplorerState, by count: Int) -> [Effect] {
    pause(&state)
    let goal = min(state.cursor.iteration + count, maximumIterations)
    guard goal > state.edge else {
      state.cursor.iteration = goal
      return []
    }
    if let reason = state.noMoreThoughts {
      state.cursor.iteration = state.edge
      state.complain(reason)
      return []
    }
    state.standOnPassage()
    state.cursor.iteration = state.edge
    state.liveTarget = max(state.liveTarget, goal)
    state.stepGoal = goal
    return requestStep(&state)
  }

  /// A bound on what one run may be asked for, so that a slip of the hand is no endless run.
  static let maximumIterations = 100_000

  /// What follows after a step has come in.
  static func stepped(_ state: inout ExplorerState) -> [Effect] {
    var effects: [Effect] = []
    if !state.isLive {
      // Somewhere else is looked at meanwhile.
    } else if let goal = state.stepGoal {
      state.cursor.iteration = min(goal, state.edge)
      if Breaking.stop(&state) {
        // Where it wanted to go it does not go.
      } else if state.edge < goal {
        effects += requestStep(&state)
      } else {
        state.stepGoal = nil
      }
    } else if state.isPlaying {
      let isFollowing = state.cursor.iteration == state.edge - 1
      if isFollowing { state.cursor.iteration = state.edge }
      if isFollowing, Breaking.stop(&state) {
        // It rests here.
      } else if state.isAtEdge && state.edge >= state.target {
        effects += finish(&state)
      } else {
        effects += advance(&state)
      }
    }
    return fitIfDue(&state) + effects
  }

  /// An iteration of a run came that is not looked at: what is looked at has its turn.
  static func goOn(_ state: inout ExplorerState) -> [Effect] {
    state.stepGoal != nil && state.isLive ? requestStep(&state) : advance(&state)
  }

  /// Seconds that playback which begins anew rests at its end.
  static let restAtEnd = 1.5

  /// What rests at the end of a loop rests there for good.
  static func leaveLoop(_ state: inout ExplorerState) -> [Effect] {
    guard state.isPlaying, state.isAtEdge, state.edge >= state.target else { return [] }
    return finish(&state)
  }

  private static func wake(_ state: ExplorerState) -> [Effect] {
    state.nextDue.map { [.wake(at: $0)] } ?? []
  }

  private static func finish(_ state: inout ExplorerState) -> [Effect] {
    if let effects = Breaking.goOn(&state) { return effects }
    if state.isAtEndOfLoop {
      // Long enough to see where it has come to.
      state.nextDue = state.now + max(restAtEnd, state.speed.map { 1 / $0 } ?? 0)
      return wake(state)
    }
    pause(&state)
    guard state.isLive else {
      state.say(
        "token \(state.passage?.tokens.upperBound ?? 0) was taken here at r "
          + "\(state.passage?.iterations ?? 0); e or l thinks on, as a branch")
      return []
    }
    if state.writing.pending > 0 {
      return Writing.append(&state, after: state.passageIndex, at: state.edge)
    }
    let next = "e extends, . appends, / asks something else"
    let warning = state.model?.depthWarning(at: state.edge)
    state.say("reached r = \(state.edge); \(warning ?? next)")
    return []
  }

  /// A basis to look at early, and a better one when the run has reached its target; then it stays.
  private static func fitIfDue(_ state: inout ExplorerState) -> [Effect] {
    guard !state.isFitting, !state.hasFitAtTarget else { return [] }
    let isFirst = state.projection == nil && state.edge >= 3
    guard state.passageIndex == 0 else { return [] }
    let isFinal =
      state.edge >= state.target && state.edge >= 2 && state.breaking.until == nil
    guard isFirst || isFinal else { return [] }
    let effects = PlaneLook.fit(0...state.edge, &state)
    state.hasFitAtTarget = isFinal
    state.isProvisionalFit = !isFinal
    return effects
  }

  /// Asks for what the plane lacks of a branch that one came back to.
  static func askPlane(_ state: inout ExplorerState) -> [Effect] {
    guard state.isPlaneStale, !state.isFitting, !state.isBeginning, !state.isStepping,
      state.edge >= 2, let key = state.runKey
    else { return [] }
    state.isPlaneStale = false
    state.isFitting = true
    return [.submit(Measuring.project(key, state))]
  }
}
