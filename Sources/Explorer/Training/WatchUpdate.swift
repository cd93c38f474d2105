/// Everything the watching screen does, as one pure step.
func update(_ state: inout WatchState, _ event: WatchEvent) -> [WatchEffect] {
  switch event {
  case .key(let key): return press(key, &state)
  case .resize(let size):
    state.size = size
    return []
  case .signal(let number):
    // The second one does not wait for the step at hand.
    if state.signal != nil { return [.stop, .leave] }
    state.signal = number
    return WatchCommand.stop(&state)
  case .training(let event): return receive(event, &state)
  }
}

private func press(_ key: Key, _ state: inout WatchState) -> [WatchEffect] {
  state.message = nil
  if state.isHelpShown {
    state.isHelpShown = false
    if key != .control("c") { return [] }
  }
  guard let command = WatchCommand.all.first(where: { $0.keys.contains(key) }) else {
    let name = Printable.clip(key.label(ascii: state.glyphs.isASCII), 20)
    state.message = "\(name) does nothing here; ? lists the keys"
    return []
  }
  return command.perform(&state)
}

private func receive(_ event: TrainingEvent, _ state: inout WatchState) -> [WatchEffect] {
  switch event {
  case .step(let step): state.step = step
  case .record(let record):
    state.records.append(record)
    if let accuracy = record.accuracy {
      state.accuracy = accuracy
      state.accuracyStep = record.step
    }
  case .looked(let paths):
    if let before = state.paths, before.fittedAt != paths.fittedAt {
      state.message = "the plane is that of step \(paths.fittedAt)"
    }
    state.paths = paths
  case .saved(let step): state.savedStep = step
  case .paused(let isPaused):
    switch (state.phase, isPaused) {
    case (.paused, true): state.phase = .paused(isStill: true)
    default: break
    }
  case .ended(let end):
    let wasAsked = state.phase == .stopping
    state.phase = .ended(end)
    if wasAsked || end == .failed { return [.leave] }
  }
  return []
}
