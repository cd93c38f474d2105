import Trajectories

/// Something that happened.
enum ExplorerEvent: Sendable {
  case key(Key)
  case mouse(MouseEvent)
  case resize(Size)
  /// Time goes on; `now` in seconds. Sent before every other event of a batch.
  case tick(now: Double)
  case compute(ComputeEvent)
  /// A line of a log that is done again.
  case invocation(Invocation)
  /// What a log tells between its lines.
  case narrated(String)
  /// The log that was written cannot be any more, for this reason.
  case logFailed(String)
  /// Something was done at the edge, or could not be, or a log tells a class: what is more than a word goes
  /// to the strip.
  case told(String, Strip.Kind? = nil)
  /// The interrupt signal: what Ctrl-C means where the terminal does not send a key for it.
  case interrupt
  /// The program is asked to end, with this exit status.
  case terminate(Int32)
}

struct MouseEvent: Sendable, Hashable {
  enum Action: Sendable, Hashable {
    case press
    case drag
    case wheelUp
    case wheelDown
  }
  var action: Action
  var at: Point
}

/// Something to do at the edge.
enum Effect: Sendable, Equatable {
  case submit(ComputeRequest)
  /// What was asked about something is not looked at any more.
  case drop(Asked)
  case cancel
  /// A tick is wanted at this time.
  case wake(at: Double)
  case suspend
  /// Keep a line that was typed for other sessions.
  case remember(HistoryKind, String)
  /// Write a file.
  case export(ExportJob)
  /// Hand a text to the terminal's clipboard.
  case copy(ClipboardCopy)
  /// Paint everything anew.
  case redraw
  case quit(Int32)
}

/// Everything the explorer does, as one pure step.
func update(_ state: inout ExplorerState, _ event: ExplorerEvent) -> [Effect] {
  if state.noModel != nil { return ReadingOnly.update(&state, event) }
  if case .compute(let answer) = event, answer.isAnswer { state.journal.answers += 1 }
  var effects =
    state.hasOtherModels
    ? OtherModels.update(&state, event) : follow(take(event, &state), &state)
  // A line of a tour has its turn when all that the one before asked for is there.
  while let more = Touring.goOn(&state) { effects += follow(more, &state) }
  return effects
}

/// What an event leads to, and what is asked for of what is looked at now.
func follow(_ effects: [Effect], _ state: inout ExplorerState) -> [Effect] {
  state.keepFocusInSight()
  // What steps are to tell is said before they are asked for.
  let all =
    Watching.tell(&state) + Causing.leave(&state) + Fanning.leave(&state)
    + FanJudging.leave(&state) + effects
    + Measuring.ask(&state) + LookingAtArrival.ask(&state) + Playback.askPlane(&state)
    + Comparing.ask(&state)
    + FamilyLook.ask(&state) + LookingInside.ask(&state) + LookingAtAttention.ask(&state)
    + Watching.ask(&state) + LookingMotion.ask(&state) + Causing.ask(&state)
    + Fanning.ask(&state) + FanJudging.ask(&state) + LookingAtDepth.ask(&state)
    + PlaneLook.follow(&state)
  return StartReading.follow(all, &state)
}

/// What an event does, without what is asked for because of it.
func take(_ event: ExplorerEvent, _ state: inout ExplorerState) -> [Effect] {
  switch event {
  case .key(let key): return press(key, &state)
  case .mouse(let mouse): return point(mouse, &state)
  case .resize(let size):
    if state.journal.beginning != nil, size != state.size { state.journal.add(size) }
    state.size = size
    return []
  case .tick(let now):
    state.now = now
    return WhichKey.advance(&state) + Playback.advance(&state)
  case .compute(let event): return receive(event, &state)
  case .invocation(let invocation): return invoke(invocation, &state)
  case .narrated(let words):
    state.say(words)
    return []
  case .logFailed(let words):
    state.logPath = nil
    state.complain(words)
    return []
  case .told(let words, let kind):
    state.message = nil
    switch kind {
    case nil: state.say(words)
    case .hint, .tour: state.advise(words)
    case .failure: state.fail(words)
    }
    return []
  case .interrupt:
    if state.isQuitArmed { return [.quit(130)] }
    state.mode = .normal
    return press(.control("c"), &state)
  case .terminate(let status): return [.quit(status)]
  }
}
