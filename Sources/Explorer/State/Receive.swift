import Trajectories

/// What the compute side says.
func receive(_ event: ComputeEvent, _ state: inout ExplorerState) -> [Effect] {
  switch event {
  case .loading(let fraction, let message):
    state.loading = LoadingProgress(fraction: fraction, message: message)
    return []
  case .opened(let model, let vocabulary):
    state.model = model
    state.vocabulary = vocabulary
    state.loading = nil
    state.failure = nil
    state.runs = Runs(rules: ExitRule.rules(hasGate: model.hasExitGate))
    state.journal.beginning = LogHeader(state)
    state.liveTarget = state.usualTarget
    state.isPlaying = state.wishedFile == nil
    let effects =
      if let file = state.wishedFile { FileCommands.open(file, &state) } else {
        Asking.ask(state.wishedPrompt, state.wishedStart, &state)
      }
    if !model.notes.isEmpty { state.say(model.notes.joined(separator: "; ")) }
    return effects
  case .expected(let run, let forecast):
    if run == state.run { Waiting.expect(forecast, &state) }
    return []
  case .beginning(let run, let done, let total):
    if run == state.run, total > 0 { state.layers = (done, total) }
    return []
  case .began(let run, let cause, let trajectory):
    if run == state.run {
      (state.isBeginning, state.waiting, state.layers) = (false, Waiting(), nil)
    }
    state.failure = nil
    return Asking.began(cause, trajectory, &state)
  case .begunTogether(let run, let begun):
    if run == state.run { state.isBeginning = false }
    state.failure = nil
    return Asking.begunTogether(run, begun, &state)
  case .progress(_, _, let done, let total):
    if total > 0 { state.layers = (done, total) }
    return []
  case .reached(let node, let step, let places):
    ReachedStep.took(step, of: node, places, &state)
    return []
  case .startRead(let node, let readings):
    StartReading.took(readings, of: node, &state)
    return []
  case .glimpsed(let node, let iteration, let first, let readings):
    guard node == state.branch?.node,
      iteration == (state.runs[node]?.trajectory.lastIteration ?? -1) + 1
    else { return [] }
    for (row, reading) in readings.enumerated() { state.glimpse[first + row] = reading }
    return []
  case .stepped(let node, let step, let distances, let places):
    return append(step, to: node, distances, places, &state)
  case .steppedTogether(let steps): return Together.stepped(steps, &state)
  case .spread(let nodes, let first, let spread):
    FamilyLook.measured(spread, from: first, of: nodes, &state)
    return []
  case .measured(let node, let distances):
    Measuring.measured(distances, of: node, &state)
    return []
  case .arrived(let node, let arrivals):
    LookingAtArrival.took(arrivals, of: node, &state)
    return []
  case .projected(let node, let projection):
    if node == state.runs.tree.current {
      state.isFitting = false
      state.projection = projection
    } else {
      state.views[node]?.projection = projection
    }
    return []
  case .compared(let a, let b, let iteration, let distances):
    Comparing.compared(RunPair(a: a, b: b), at: iteration, distances, &state)
    return []
  case .shared(let nodes, let plane, let from):
    Comparing.shared(nodes, plane, from: from, &state)
    FamilyLook.shared(nodes, plane, from: from, &state)
    return []
  case .inside(let node, let pass):
    LookingInside.took(pass, of: node, &state)
    return []
  case .ensemble(let chunk):
    Fanning.took(chunk, &state)
    return []
  case .judged(let found):
    FanJudging.took(found, &state)
    return []
  case .searched(let found):
    FanJudging.took(found, &state)
    return []
  case .depth(let node, let table):
    LookingAtDepth.took(table, of: node, &state)
    return []
  case .attention(let node, let map):
    LookingAtAttention.took(map, of: node, &state)
    return []
  case .standings(let node, let iteration, let first, let standings):
    Watching.took(standings, of: node, at: iteration, from: first, &state)
    return []
  case .moved(let node, let rows, let window, let motions):
    LookingMotion.took(motions, of: node, rows: rows, window: window, &state)
    return []
  case .stretched(let node, let window, let found, let done, let total):
    LookingMotion.took(found, of: node, window: window, done: done, total: total, &state)
    return []
  case .located(let node, let divergence):
    state.runs.extend(node) { $0.located(divergence) }
    if node == state.branch?.node { _ = sayIfDiverged(&state) }
    return []
  case .appended(let fork, let cause, let trajectory, let places):
    return Writing.appended(cause, trajectory, at: fork, places, &state)
  case .causalMap(let map):
    Causing.took(map, &state)
    return []
  case .causalCells(let question, let effects):
    Causing.took(effects, of: question, &state)
    return []
  case .edited(let node, let cause, let trajectory) where cause == state.causing.awaited:
    return Corrupting.edited(node, cause, trajectory, &state)
  case .edited(let node, let cause, let trajectory) where cause == state.causing.making:
    return Causing.made(node, cause, trajectory, &state)
  case .edited(let node, let cause, let trajectory):
    return Editing.edited(node, cause, trajectory, &state)
  case .copied(let node, let cause, let trajectory):
    return FanBranch.made(node, cause, trajectory, &state)
  case .saved(let path, let bytes):
    Saving.saved(path, bytes, &state)
    return []
  case .reopened(let reopened): return Reopening.took(reopened, &state)
  case .exported(let question, let runs): return Exporting.took(runs, for: question, &state)
  case .ended(let fork, let token): return Writing.ended(token, at: fork, &state)
  case .memoryIsFull(let bytes):
    state.fullMemory = bytes
    return []
  case .cancelled(let asked):
    if case .beginning(let run) = asked { state.beginnings[run] = nil }
    if case .beginning(let run) = asked, run != state.run { return [] }
    if asked == .file {
      state.say("stopped; no file was written or opened")
      return []
    }
    if asked == .comparison {
      state.comparing.stop()
      state.familyLook.isAsking = false
      state.say("comparing stopped; v v compares anew")
      return []
    }
    if asked == .inside {
      state.stopLookingInside(byHand: true)
      state.say("looking inside stopped; another cell, or enter twice, looks again")
      return []
    }
    if asked == .motion {
      state.stopLookingAtMotion()
      state.say("looking at motion stopped; o twice looks again")
      return []
    }
    if asked == .arrival {
      state.arrival.stop(state.runs.tree.current)
      state.say("measuring stopped; m and M again measure anew")
      return []
    }
    if asked == .start {
      state.startReading.stop()
      return []
    }
    if asked == .cause {
      if state.causing.stop() { state.say("stopped; C goes on, esc goes back") }
      return []
    }
    if asked == .ensemble {
      if state.fanning.stop() { state.say("stopped; S goes on, esc goes back") }
      return []
    }
    if asked == .export {
      state.exporting.stop()
      state.say("stopped, and nothing was written; :export begins anew")
      return []
    }
    if asked == .judging {
      state.fanning.judging.stop(forgets: false)
      state.say("judging stopped; judge goes on")
      return []
    }
    if asked == .depth {
      state.depth.stop(state.runs.tree.current)
      state.say("reading blocks stopped; another run is read again")
      return []
    }
    if asked == .attention {
      state.inside.map.stop()
      state.say("stopped; another block, or A twice, looks again")
      return []
    }
    if asked == .standings {
      state.watching.stop()
      state.say("watching stopped; another token, or :watch, goes on")
      return []
    }
    let wasFittingAlone = state.isFitting && !state.isStepping
    stopWorking(&state)
    if wasFittingAlone {
      state.say("fitting stopped, the basis is the one before; P fits anew")
      return []
    }
    if case .together = asked {
      state.say("stopped; what was run so far stays")
      return []
    }
    state.say("stopped at r = \(state.edge); l or space goes on")
    return []
  case .failed(let asked, let message):
    if case .beginning(let run)? = asked { state.beginnings[run] = nil }
    if case .beginning(let run)? = asked, run != state.run { return [] }
    state.loading = nil
    if case .together? = asked { state.familyLook.isGivenUp = true }
    switch asked {
    case .comparison:
      state.comparing.stop()
      state.familyLook.isGivenUp = true
      state.familyLook.isAsking = false
    case .inside: state.stopLookingInside(byHand: false)
    case .motion: state.stopLookingAtMotion()
    case .start: state.startReading.fail()
    case .arrival: state.arrival.stop(state.runs.tree.current)
    case .cause: _ = state.causing.stop()
    case .ensemble: _ = state.fanning.stop()
    case .judging: state.fanning.judging.stop(forgets: true)
    case .export: state.exporting.stop()
    case .attention: state.inside.map.stop()
    case .depth: state.depth.stop(state.runs.tree.current)
    case .standings: state.watching.stop()
    case .file: break
    case .beginning, .run, .together, nil: stopWorking(&state)
    }
    state.fail(message)
    return []
  }
}

private func stopWorking(_ state: inout ExplorerState) {
  Playback.pause(&state)
  state.isStepping = false
  state.isFitting = false
  state.isMeasuring = false
  state.isBeginning = false
  state.together = nil
  state.familyLook.isAsking = false
  (state.causing.awaited, state.causing.making) = (nil, nil)
  state.fanning.making = nil
  state.writing.isAppending = false
  state.writing.pending = 0
  (state.reached, state.glimpse) = (nil, [:])
  state.layers = nil
  state.waiting = Waiting()
}

/// A run that stopped being numbers just now rests, and says so.
func sayIfDiverged(_ state: inout ExplorerState) -> Bool {
  guard let last = state.branch?.last, let divergence = last.trajectory.divergence,
    divergence.at.iteration == last.trajectory.lastIteration
  else { return false }
  Playback.pause(&state)
  state.writing.pending = 0
  state.complain("diverged: \(divergence.shifted(by: last.firstToken).words)")
  return true
}

/// Takes in an iteration of a run, whichever is looked at.
private func append(
  _ step: Step, to node: NodeID, _ distances: [[Float]]?, _ places: PlanePlaces?,
  _ state: inout ExplorerState
) -> [Effect] {
  state.isStepping = false
  (state.reached, state.glimpse) = (nil, [:])
  state.layers = nil
  state.waiting.since = nil
  // Undone meanwhile, and by a new act for good.
  guard state.runs[node] != nil else { return Playback.goOn(&state) }
  if let problem = state.runs[node].flatMap({ misfit(step, places, $0.trajectory) }) {
    stopWorking(&state)
    state.fail(
      "Iteration \(step.iteration) came in a shape that does not fit this run: \(problem). It was not "
        + "taken; r begins another run.")
    return []
  }
  add(step, to: node, distances, &state)
  let first = state.runs.branch(to: node)?.last.firstToken ?? 0
  guard node == state.runs.tree.current else {
    if let places {
      state.views[node]?.projection?.add(places, iteration: step.iteration, firstToken: first)
    }
    return Playback.goOn(&state)
  }
  if let places { state.projection?.add(places, iteration: step.iteration, firstToken: first) }
  if sayIfDiverged(&state) {
    state.cursor.iteration = state.isLive ? state.edge : state.cursor.iteration
    return []
  }
  Writing.checkExit(&state)
  return Playback.stepped(&state)
}

private func add(
  _ step: Step, to node: NodeID, _ distances: [[Float]]?, _ state: inout ExplorerState
) {
  state.runs.extend(node) { trajectory in
    trajectory.append(step)
    if let distances { trajectory.measured(distanceToLast: distances) }
  }
}

/// What is wrong with a step that is to follow; nil where it fits.
func misfit(_ step: Step, _ places: PlanePlaces?, _ run: Trajectory) -> String? {
  let tokens = run.tokens.count
  let next = run.lastIteration + 1
  if step.iteration != next { return "iteration \(next) is the next" }
  for (what, count) in [
    ("readings", step.readings.count), ("measures", step.measures.count),
    ("gates", step.gates?.count ?? tokens), ("second measures", step.second?.count ?? tokens),
    ("coordinates", places?.coordinates.count ?? tokens),
  ] where count != tokens {
    return "\(count) \(what) for \(tokens) tokens"
  }
  return nil
}
