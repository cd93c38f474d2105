import Trajectories

/// What the compute side says.
func receive(_ event: ComputeEvent, _ state: inout ExplorerState) -> [Effect] {
  switch event {
  case .loading(let fraction, let message):
    state.loading = LoadingProgress(fraction: fraction, message: message)
    return []
  case .opened(let model):
    state.model = model
    state.loading = nil
    state.failure = nil
    state.liveTarget = max(1, state.wishedIterations ?? model.defaultIterations)
    state.isPlaying = true
    let effects = Playback.begin(&state)
    if !model.notes.isEmpty { state.say(model.notes.joined(separator: "; ")) }
    return effects
  case .began(let run, let trajectory):
    guard run == state.run else { return [] }
    state.failure = nil
    return show(trajectory, &state)
  case .progress(let run, _, let done, let total):
    guard run == state.run, total > 0 else { return [] }
    state.layers = (done, total)
    return []
  case .glimpsed(let run, let iteration, let first, let readings):
    guard run == state.run, !state.isBeginning,
      iteration == (state.rollout?.last.trajectory.lastIteration ?? -1) + 1
    else { return [] }
    for (row, reading) in readings.enumerated() { state.glimpse[first + row] = reading }
    return []
  case .stepped(let run, let step, let distances, let places):
    guard run == state.run, !state.isBeginning else { return [] }
    return append(step, distances, places, &state)
  case .measured(let run, let distances):
    guard run == state.run, !state.isBeginning else { return [] }
    Measuring.measured(distances, &state)
    return []
  case .projected(let run, let projection):
    guard run == state.run else { return [] }
    state.isFitting = false
    state.projection = projection
    return []
  case .appended(let run, let passage, let iteration, let token, let places):
    guard run == state.run, !state.isBeginning else { return [] }
    return Writing.appended(token, after: passage, at: iteration, places, &state)
  case .ended(let run, let passage, let iteration, let token):
    guard run == state.run, !state.isBeginning else { return [] }
    return Writing.ended(token, after: passage, at: iteration, &state)
  case .rewritten(let run, let projection):
    guard run == state.run, !state.isBeginning else { return [] }
    return Writing.rewritten(projection, &state)
  case .cancelled(let run):
    guard run == state.run else { return [] }
    stopWorking(&state)
    state.say("stopped at r = \(state.edge); l or space goes on")
    return []
  case .failed(let run, let message):
    guard run == nil || run == state.run else { return [] }
    state.loading = nil
    stopWorking(&state)
    state.failure = message
    return []
  }
}

private func stopWorking(_ state: inout ExplorerState) {
  Playback.pause(&state)
  state.isStepping = false
  state.isFitting = false
  state.isMeasuring = false
  state.writing.change = nil
  state.writing.pending = 0
  state.glimpse = [:]
  state.layers = nil
  if state.isBeginning {
    state.isBeginning = false
    state.run = max(state.run, state.shownRun)
    if let prompt = state.shownPrompt, let start = state.shownStart {
      (state.prompt, state.start) = (prompt, start)
    }
  }
}

private func show(_ trajectory: Trajectory, _ state: inout ExplorerState) -> [Effect] {
  let isSamePrompt = state.rollout?.passages[0].trajectory.tokens == trajectory.tokens
  state.isBeginning = false
  state.shownRun = state.run
  (state.shownPrompt, state.shownStart) = (state.prompt, state.start)
  let rules = ExitRule.rules(hasGate: state.model?.hasExitGate ?? false)
  if state.rollout.map({ $0.passages.count > 1 }) ?? false {
    // The target was that of an appended token.
    state.liveTarget = max(1, state.wishedIterations ?? state.model?.defaultIterations ?? 1)
  }
  state.rollout = Rollout(prompt: trajectory, rules: rules)
  state.writing.reset()
  state.glimpse = [:]
  state.projection = nil
  state.isProvisionalFit = true
  state.isFitting = false
  state.isMeasuring = false
  state.hasFitAtTarget = false
  state.cursor.iteration = 0
  // The answer is read at the last token; look there unless the user chose a place in this prompt.
  if !isSamePrompt || state.cursor.token >= trajectory.tokens.count {
    state.cursor.token = max(0, trajectory.tokens.count - 1)
  }
  if sayIfDiverged(&state) { return [] }
  return state.isPlaying ? Playback.play(&state) : []
}

/// A run that stopped being numbers just now rests, and says so.
private func sayIfDiverged(_ state: inout ExplorerState) -> Bool {
  guard let last = state.rollout?.last, let divergence = last.trajectory.divergence,
    divergence.at.iteration == last.trajectory.lastIteration
  else { return false }
  Playback.pause(&state)
  state.writing.pending = 0
  state.complain("diverged: \(divergence.shifted(by: last.firstToken).words)")
  return true
}

private func append(
  _ step: Step, _ distances: [[Float]]?, _ places: Places?, _ state: inout ExplorerState
) -> [Effect] {
  state.isStepping = false
  state.glimpse = [:]
  state.layers = nil
  let first = state.rollout?.last.firstToken ?? 0
  if let problem = misfit(step, places, state) {
    stopWorking(&state)
    state.failure =
      "Iteration \(step.iteration) came in a shape that does not fit this run: \(problem). It was not "
      + "taken; r begins the run anew."
    return []
  }
  state.rollout?.append(step)
  if let distances, let live = state.rollout?.passages.count {
    state.rollout?.measured(distanceToLast: distances, ofPassage: live - 1)
  }
  if let places { state.projection?.add(places, iteration: step.iteration, firstToken: first) }
  if sayIfDiverged(&state) {
    state.cursor.iteration = state.isLive ? state.edge : state.cursor.iteration
    return []
  }
  Writing.checkExit(&state)
  return Playback.stepped(&state)
}

/// What is wrong with a step that is to follow; nil where it fits.
private func misfit(
  _ step: Step, _ places: Places?, _ state: ExplorerState
) -> String? {
  guard let live = state.rollout?.last else { return "there is no run" }
  let tokens = live.tokens.count
  let next = live.trajectory.lastIteration + 1
  if step.iteration != next { return "iteration \(next) is the next" }
  for (what, count) in [
    ("readings", step.readings.count), ("measures", step.measures.count),
    ("gates", step.gates?.count ?? tokens), ("coordinates", places?.coordinates.count ?? tokens),
  ] where count != tokens {
    return "\(count) \(what) for \(tokens) tokens"
  }
  return nil
}
