import Trajectories

/// What the explorer keeps of asking for what is read out of s₀ of a text whose readouts take long. Nothing
/// follows from it but what is seen of s₀, so that it comes when nothing else is to be done, and gives way
/// to whatever is.
struct StartReading: Sendable {
  /// Was asked for and has not come.
  private(set) var asked: NodeID?
  /// Could not be done: nothing is asked for of this run.
  private var failed: NodeID?

  /// Asks for it before what else there is to do where conditions may look at it, after that where they
  /// do not.
  /// - Parameter effects: what else there is to do.
  static func follow(_ effects: [Effect], _ state: inout ExplorerState) -> [Effect] {
    let wish = wish(beside: effects, state)
    if wish == state.startReading.asked { return effects }
    var first: [Effect] = state.startReading.asked == nil ? [] : [.drop(.start)]
    state.startReading.asked = nil
    if let wish, let key = state.runKey(wish) {
      state.startReading.asked = wish
      first.append(.submit(.readStart(key)))
    }
    return first + effects
  }

  private static func wish(beside effects: [Effect], _ state: ExplorerState) -> NodeID? {
    guard
      let node = state.branch?.passages.first(where: { !$0.trajectory.isStartRead })?.node,
      node != state.startReading.failed, state.noModel == nil,
      state.runs.tree.otherModel(of: node) == nil, !effects.contains(where: \.leaves)
    else { return nil }
    // Where it is asked for, the answer is there before that to the step which a condition is asked of.
    if !state.breaking.points.isEmpty || state.breaking.until != nil { return node }
    let isFree =
      !state.isPlaying && state.stepGoal == nil && state.together == nil && !state.awaitsAnswers
      && state.arrival.asked == nil && !effects.contains { $0.isRequest }
    return isFree ? node : nil
  }

  static func took(_ readings: [Reading], of node: NodeID, _ state: inout ExplorerState) {
    if state.startReading.asked == node { state.startReading.asked = nil }
    state.runs.extend(node) { $0.read(start: readings) }
  }

  /// What was asked for does not come.
  mutating func stop() { asked = nil }

  /// Nor would it if it were asked for again.
  mutating func fail() { (asked, failed) = (nil, asked) }
}

extension Effect {
  fileprivate var isRequest: Bool {
    if case .submit = self { true } else { false }
  }

  fileprivate var leaves: Bool {
    if case .quit = self { true } else { false }
  }
}
