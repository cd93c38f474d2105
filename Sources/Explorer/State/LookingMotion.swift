import Engine
import Trajectories

/// A run over a window of iterations.
struct MotionPlace: Sendable, Hashable {
  let node: NodeID
  let window: ClosedRange<Int>
}

/// What the explorer keeps of kinds of motion: those of the run and the window that were looked at last.
/// They come a few tokens at a time, while they are looked at, or with the first plane of a small run.
struct LookingMotion: Sendable {
  /// Chosen by hand; nil for the second half of the run.
  var window: ClosedRange<Int>?
  var place: MotionPlace?
  /// Of every token of the run; nil where it has not come.
  var known: [Motion?] = []
  /// What was asked for and has not come.
  var asked: MotionPlace?
  var isAsking: Bool { asked != nil }
  /// Stopped by hand, or could not be done: not asked for until something else was looked at.
  var stopped: MotionPlace?
  /// Whether the Jacobian is wanted, and what is known of it.
  var wantsStretch = false
  var stretch: (place: MotionPlace, found: LocalStretch, done: Int, total: Int)?
  /// What filled the screen before.
  var outer: PaneName?

  /// States² · width · tokens up to which motions are kept up to date without being looked at: some tens
  /// of milliseconds.
  static let smallWork = 1 << 27
}

extension LookingMotion {
  /// Asks for what is looked at and not known; what is being computed comes first.
  static func ask(_ state: inout ExplorerState) -> [Effect] {
    guard !state.motion.isAsking, !state.isBusy, let place = state.motionPlace,
      let key = state.runKey(place.node), let tokens = state.passage?.tokens.count
    else { return [] }
    let isLookedAt = state.zoom == .motion
    // Once it was known it stays so, where that is little work and time rests.
    let isFollowed =
      state.motion.place?.node == place.node && !state.isPlaying && state.stepGoal == nil
      && work(place, tokens, state) <= smallWork
    guard isLookedAt || isFollowed else { return [] }
    if state.motion.stopped != place { state.motion.stopped = nil }
    guard state.motion.stopped == nil else { return [] }
    if state.motion.place != place {
      state.motion.place = place
      state.motion.known = [Motion?](repeating: nil, count: tokens)
    }
    if let rows = missing(place, state) {
      state.motion.asked = place
      return [.submit(.motion(key, rows: rows, window: place.window))]
    }
    guard isLookedAt, state.motion.wantsStretch, place.window.count > 1 else { return [] }
    if let stretch = state.motion.stretch, stretch.place == place, stretch.done == stretch.total {
      return []
    }
    state.motion.asked = place
    return [.submit(.stretch(key, window: place.window))]
  }

  private static func work(_ place: MotionPlace, _ tokens: Int, _ state: ExplorerState) -> Int {
    place.window.count * place.window.count * (state.model?.width ?? 0) * tokens
  }

  /// Tokens that are asked for next: those around the selected one first.
  private static func missing(_ place: MotionPlace, _ state: ExplorerState) -> Range<Int>? {
    let known = state.motion.known
    let size = Engine.tokensAtOnce(place.window, width: state.model?.width ?? 1)
    func chunk(_ row: Int) -> Range<Int> {
      let first = row / size * size
      return first..<min(known.count, first + size)
    }
    if known.indices.contains(state.row), known[state.row] == nil { return chunk(state.row) }
    return known.firstIndex { $0 == nil }.map(chunk)
  }

  /// What was told of some tokens, whichever run is looked at now.
  static func took(
    _ motions: [Motion], of node: NodeID, rows: Range<Int>, window: ClosedRange<Int>,
    _ state: inout ExplorerState
  ) {
    let place = MotionPlace(node: node, window: window)
    if state.motion.asked == place { state.motion.asked = nil }
    guard let tokens = state.runs[node]?.trajectory.tokens.count, rows.upperBound <= tokens,
      motions.count == rows.count
    else { return }
    if state.motion.place != place {
      // It came by itself, with a plane.
      guard state.motion.place == nil || node == state.branch?.node else { return }
      state.motion.place = place
      state.motion.known = [Motion?](repeating: nil, count: tokens)
    }
    for (row, motion) in zip(rows, motions) { state.motion.known[row] = motion }
  }

  static func took(
    _ found: LocalStretch, of node: NodeID, window: ClosedRange<Int>, done: Int, total: Int,
    _ state: inout ExplorerState
  ) {
    let place = MotionPlace(node: node, window: window)
    if state.motion.asked == place { state.motion.asked = nil }
    state.motion.stretch = (place, found, done, total)
  }
}

extension ExplorerState {
  /// The run and the window that are looked at; nil where there is no run.
  var motionPlace: MotionPlace? {
    guard let passage else { return nil }
    let chosen = motion.window.flatMap { window in
      window.lowerBound <= edge ? window.lowerBound...min(edge, window.upperBound) : nil
    }
    return MotionPlace(
      node: passage.node,
      window: Motion.lookedAt(chosen ?? Motion.usualWindow(upTo: edge)))
  }

  /// What is known of a token, by its row in the run that is looked at.
  func motion(ofRow row: Int) -> Motion? {
    guard motion.place == motionPlace, motion.known.indices.contains(row) else { return nil }
    return motion.known[row]
  }

  /// The kind of motion of the selected token in a word or two; nil where it is not known.
  var motionWords: String? { motion(ofRow: row)?.kind.words }

  /// Shows kinds of motion; what was playing rests.
  mutating func lookAtMotion() {
    Playback.pause(&self)
    if zoom != .motion { motion.outer = zoom }
    motion.stopped = nil
    zoom = .motion
  }

  /// What was asked for does not come.
  mutating func stopLookingAtMotion() {
    motion.stopped = motion.asked ?? motionPlace
    motion.asked = nil
    motion.wantsStretch = false
  }
}
