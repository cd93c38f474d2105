import Trajectories

/// A session of which nothing more can be computed: what is there is looked at, and what would need the
/// model is not begun, but said why not.
enum ReadingOnly {
  static func update(_ state: inout ExplorerState, _ event: ExplorerEvent) -> [Effect] {
    let before = state
    let effects = take(event, &state)
    state.keepFocusInSight()
    guard let reason = state.noModel, before.noModel != nil else { return effects }
    let isRefused =
      effects.contains(where: \.isComputing) || state.watching.awaited != nil
      || wants(state) && !wants(before)
    guard isRefused else { return effects }
    state = before
    Playback.pause(&state)
    state.pendingCount = nil
    switch state.mode {
    case .help, .messages, .normal: break
    default: state.mode = .normal
    }
    state.complain(reason)
    return []
  }

  /// Whether something is looked at that is computed when it is looked at, and for no other reason.
  static func wants(_ state: ExplorerState) -> Bool {
    var asking = state
    let effects =
      LookingInside.ask(&asking) + LookingAtAttention.ask(&asking) + LookingMotion.ask(&asking)
      + Causing.ask(&asking) + Fanning.ask(&asking) + FanJudging.ask(&asking)
    return effects.contains(where: \.isComputing)
  }

  /// Panes that show what a file has.
  static let panes: Set<PaneName> = [
    .heat, .plane, .predictions, .residuals, .entropy, .exits, .runs, .watched, .variants,
    .contraction,
    .scrub,
  ]
}

extension Effect {
  /// Whether a model is needed for it.
  var isComputing: Bool {
    guard case .submit(let request) = self else { return false }
    switch request {
    case .save, .open, .watch: return false
    default: return true
    }
  }
}
