import Engine
import Trajectories

/// Runs of a file that another model made, beside those of the model at hand: they are looked at and
/// compared with, and what would compute something of them is refused, in one place.
enum OtherModels {
  /// As `update` does it, of a session that has such runs.
  static func update(_ state: inout ExplorerState, _ event: ExplorerEvent) -> [Effect] {
    let before = state
    var effects = take(event, &state)
    // Of a run of another model nothing is asked for because it is looked at.
    if state.otherModel == nil { effects = follow(effects, &state) }
    return refuse(effects, of: event, since: before, &state)
  }

  /// Lets through what needs nothing of such runs. Of an act that does, nothing stays, and it is said why.
  private static func refuse(
    _ effects: [Effect], of event: ExplorerEvent, since before: ExplorerState,
    _ state: inout ExplorerState
  ) -> [Effect] {
    var model = effects.lazy.compactMap(\.otherModel).first
    if case .compute = event {
      // Answers are about other runs, and stay.
      return model == nil ? effects : effects.filter { $0.otherModel == nil }
    }
    if let here = state.otherModel, before.otherModel != nil {
      // What is computed when it is looked at, and for no other reason.
      state.keepFocusInSight()
      let isWanted =
        state.watching.awaited != nil || ReadingOnly.wants(state) && !ReadingOnly.wants(before)
      if isWanted { model = model ?? here }
    }
    guard let model else { return effects }
    state = before
    Playback.pause(&state)
    state.pendingCount = nil
    switch state.mode {
    case .help, .messages, .normal: break
    default: state.mode = .normal
    }
    state.complain(refusal(model))
    return []
  }

  static func refusal(_ model: String) -> String {
    "\(Printable.clip(model, 40)) made this run, and is not at hand; b goes back to the model here"
  }

  /// The same prompt from the same start on the model at hand, beside a run of a file.
  static func begin(beside node: NodeID, _ state: inout ExplorerState) -> [Effect] {
    guard let root = state.runs.tree.path(to: node).first,
      case .prompt(let cause) = root.cause, let run = state.runs[root.id]
    else { return [] }
    state.run = state.run.next
    state.beginnings[state.run] = .beside(root.id, goal: max(1, run.trajectory.lastIteration))
    state.isBeginning = true
    state.isPlaying = true
    return [.submit(.beginTogether(state.run, [.prompt(cause.here)]))]
  }

  /// It began: both are looked at.
  static func began(
    _ begun: Begun, beside other: NodeID, goal: Int, _ state: inout ExplorerState
  ) -> [Effect] {
    state.isPlaying = false
    _ = Asking.began(begun.cause, begun.trajectory, &state)
    guard state.runs.tree.contains(other), state.divergence == nil else { return [] }
    state.liveTarget = goal
    state.compare(with: other)
    return Playback.play(&state)
  }
}

extension ExplorerState {
  /// Which other model made the run looked at, in words; nil for the model at hand.
  var otherModel: String? { runs.tree.current.flatMap(runs.tree.otherModel) }
}

extension ExplorerState {
  /// What stands where states and distributions of a run of another model would be needed.
  func unknown(of model: String) -> String {
    "needs \(Printable.clip(model, 30)), which is not at hand"
  }
}

extension Effect {
  /// The other model of a run that this would compute something of; nil where there is none.
  var otherModel: String? {
    guard case .submit(let request) = self else { return nil }
    return request.concerned.lazy.compactMap(\.otherModel).first
  }
}

extension ComputeRequest {
  /// What made the runs that it computes something of.
  fileprivate var concerned: [Lineage] {
    switch self {
    case .begin, .watch, .save, .open, .export: []
    case .beginTogether(_, let beginnings):
      beginnings.compactMap { if case .prompt(let cause) = $0 { Lineage(cause) } else { nil } }
    case .step(let key, _, _, _), .measure(let key, _), .arrive(let key, _),
      .append(let key, _, _), .copy(let key, _), .inside(let key, _, _, _),
      .depth(let key, _, _), .attention(let key, _, _), .standings(_, let key, _, _),
      .motion(let key, _, _), .stretch(let key, _), .readStart(let key):
      [key.lineage]
    case .edit(let key, let cause): [key.lineage] + cause.runs
    case .stepTogether(let keys, _), .spread(let keys, _), .sharePlane(let keys, _, _, _):
      keys.map(\.lineage)
    case .compare(let a, let b, _, _): [a.lineage, b.lineage]
    case .causalMap(let question): [question.clean, question.corrupted]
    case .causalCells(let map, _): [map.clean, map.corrupted]
    case .ensemble(let question, _): [Lineage(question.cause)]
    case .judge(let question, _), .beam(let question): [Lineage(question.ensemble.cause)]
    case .project(let key, _, _, let beside): [key.lineage] + beside.map(\.lineage)
    }
  }
}
